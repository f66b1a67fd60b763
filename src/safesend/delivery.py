"""One recipient's turn, and how it ended."""

from __future__ import annotations

import enum

import attrs

__all__ = [
    "Accepted",
    "Deferred",
    "InDoubt",
    "NotSent",
    "Outcome",
    "Refused",
    "Stage",
]


class Stage(enum.StrEnum):
    """Where in the conversation something happened (RFC 5321 section 4.3.2)."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    """After the end of the message (the final dot, or BDAT LAST)."""
    COMPOSE = "compose"
    """Before any server: the message of this row could not be made."""


@attrs.frozen
class Accepted:
    """The carrier took responsibility for the message (2xx after its end)."""

    stage: Stage = Stage.CONTENT
    code: int | None = None
    enhanced: str | None = None
    """The enhanced status code (RFC 3463), for example "2.0.0"."""
    text: str = ""
    """What the server said, addresses masked."""


@attrs.frozen
class Deferred:
    """Not now (4xx): the message was not taken, and may be tried again later."""

    stage: Stage
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


@attrs.frozen
class Refused:
    """Never (5xx): the message was not taken, and trying again will not help."""

    stage: Stage
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


@attrs.frozen
class InDoubt:
    """The message's end was on the wire and no reply came back (RFC 1047).

    It may have been delivered. It is never sent again without being told to.
    """

    stage: Stage = Stage.CONTENT
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


@attrs.frozen
class NotSent:
    """The message's end never left: nothing was delivered, the row may go again.

    Nobody refused it, so it does not count as an attempt of the recipient.
    """

    stage: Stage
    code: int | None = None
    enhanced: str | None = None
    text: str = ""


Outcome = Accepted | Deferred | Refused | InDoubt | NotSent
