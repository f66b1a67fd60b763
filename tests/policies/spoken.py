"""Replies as a server writes them, and the outcomes that they lead to."""

from __future__ import annotations

from safesend.delivery import Deferred, Refused, Stage
from safesend.smtp.reply import Reply, ReplyParser

__all__ = ["said"]


def said(stage: str, reply: str) -> Deferred | Refused:
    """The outcome of this reply at this stage: `said("rcpt", "550 5.1.1 No")`."""
    found: list[Reply] = []
    ReplyParser().feed(f"{reply}\r\n".encode(), found)
    kind = Refused if found[0].permanent else Deferred
    return kind(Stage(stage), found[0].code, found[0].enhanced, found[0].text)
