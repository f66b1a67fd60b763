"""What a rule of the script is: a place in the conversation, and what happens there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypedDict

import attrs

from safesend.errors import ConfigurationError

__all__ = ["STAGES", "Aim", "Moment", "Plan", "Rule", "Target", "When", "checked_reply"]

STAGES = (
    "connect",
    "ehlo",
    "helo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "bdat",
    "content",
    "rset",
    "noop",
    "quit",
)
"""The places of a conversation; "dot" is another word for "content".

The last chunk of a message ("BDAT n LAST") is both "bdat" and "content".
"""

_BEFORE_ANY_MESSAGE = frozenset({"connect", "ehlo", "helo", "starttls", "auth"})
_BEFORE_ANY_RECIPIENT = _BEFORE_ANY_MESSAGE | {"mail"}
_REPLY = re.compile(r"(?:([2-5]\d\d)-[^\r\n]*\n)*([2-5]\d\d)(?: [^\r\n]*)?")


@attrs.frozen
class Moment:
    """What the server knows when it is about to answer.

    `argument` is the command's (the address for MAIL and RCPT), `accepted` counts
    the messages taken on this connection so far, `recipients` are those taken in this
    transaction. `message` is the number of the transaction on this server, from 1; 0
    outside of one.
    """

    stage: str
    argument: str
    connection: int
    accepted: int
    sender: str | None
    recipients: tuple[str, ...]
    message: int = 0


When = Callable[[Moment], bool]


class Aim(TypedDict, total=False):
    """Which moments of a stage are meant, and how many of them."""

    times: int | None
    when: When | None
    to: str | None
    message: int | None


@attrs.frozen
class Plan:
    """What is to happen instead of, or besides, the usual answer."""

    reply: str | None = None
    drop_after: bool = False
    drop_before_reply: bool = False
    stall: float = 0.0
    surplus: str | None = None
    garbage: bytes | None = None

    def joined(self, later: Plan) -> Plan:
        """Both; where they disagree, the later one."""
        usual = Plan()
        changed = {
            field.name: getattr(later, field.name)
            for field in attrs.fields(Plan)
            if getattr(later, field.name) != getattr(usual, field.name)
        }
        return attrs.evolve(self, **changed)


class Target:
    """A stage, and which of its moments. Raises ConfigurationError for none at all."""

    def __init__(
        self,
        stage: str,
        *,
        when: When | None = None,
        to: str | None = None,
        message: int | None = None,
    ) -> None:
        self.stage = "content" if stage == "dot" else stage
        self._when, self._message = when, message
        self._to = None if to is None else to.casefold()
        if self.stage not in STAGES:
            raise ConfigurationError(
                f"no stage is called {stage!r}; there are {', '.join(STAGES)}, and dot"
            )
        if message is not None and message < 1:
            raise ConfigurationError(f"message={message}: the first message is 1")
        if to is not None and "@" not in to:
            raise ConfigurationError("to= is one whole address; for others use when=")
        self._check_that_it_can_be_hit()

    def _check_that_it_can_be_hit(self) -> None:
        if self._message is not None and self.stage in _BEFORE_ANY_MESSAGE:
            raise ConfigurationError(
                f"no message has begun at {self.stage!r}: message= never applies there"
            )
        if self._to is not None and self.stage in _BEFORE_ANY_RECIPIENT:
            raise ConfigurationError(
                f"no recipient is known at {self.stage!r}: to= never applies there;"
                " aim with message= or when=, or at 'rcpt'"
            )

    def is_hit(self, moment: Moment) -> bool:
        """Whether this moment is meant."""
        return (
            moment.stage == self.stage
            and self._message in {None, moment.message}
            and self._is_for(moment)
            and (self._when is None or self._when(moment))
        )

    def _is_for(self, moment: Moment) -> bool:
        if self._to is None:
            return True
        # At "rcpt", and in LMTP at "content", the argument is who is meant.
        one = moment.stage in {"rcpt", "content"} and "@" in moment.argument
        named = (moment.argument,) if one else moment.recipients
        return self._to in {name.casefold() for name in named}


@attrs.define
class Rule:
    """What happens at a target; `times` is how often still (None: always)."""

    target: Target
    plan: Plan
    times: int | None

    def __attrs_post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ConfigurationError(
                f"times={self.times}: it would never happen; None is for always"
            )

    def take(self, moment: Moment) -> bool:
        """Whether it happens now; that is one time less."""
        if self.times == 0 or not self.target.is_hit(moment):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def checked_reply(text: str) -> str:
    r"""A reply as SMTP has them, lines parted by \n. Raises ConfigurationError."""
    found = _REPLY.fullmatch(text)
    if found is None or found[1] not in {None, found[2]}:
        raise ConfigurationError(
            f"{text!r} is no reply; write a code and a text: '451 4.7.1 Later'."
            " For what is none there is garbage()"
        )
    return text
