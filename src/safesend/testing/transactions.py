"""How each transaction went: for tests that ask about rates, retries and gaps."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = ["Attempt", "Transaction"]


@attrs.frozen(kw_only=True)
class Transaction:
    """A try to hand over one message: a MAIL, and what followed until it was over.

    `stage` and `reply` are those of the answer that decided it: that to the message
    itself, or the first refusal; without either, of the last answer (a client that
    gave up after it). `reply` is "" where the server hung up instead. Times are
    `monotonic()` ones of the server's clock.
    """

    number: int
    """The ordinal on this server, from 1: `Moment.message`."""
    connection: int
    sender: str
    recipients: tuple[str, ...]
    """Everybody who was named, taken or not."""
    began: float
    ended: float
    stage: str
    reply: str
    accepted: bool
    """Whether the server has kept the message."""
    wishes: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """RET, ENVID, NOTIFY and ORCPT as they were written, where `dsn` is offered."""

    @property
    def recipient(self) -> str:
        """The first who was named; "" when nobody was."""
        return self.recipients[0] if self.recipients else ""


@attrs.define
class Attempt:
    """A transaction under way."""

    number: int
    connection: int
    sender: str
    began: float
    recipients: list[str] = attrs.field(factory=list)
    wishes: dict[str, str] = attrs.field(factory=dict)
    _last: tuple[str, str, float, bool] = attrs.field(init=False)
    _decided: bool = False

    def __attrs_post_init__(self) -> None:
        self._last = ("mail", "", self.began, False)

    def note(self, stage: str, reply: str, now: float, *, kept: bool = False) -> None:
        """An answer was given, or "" instead of one; what decided before stays."""
        if kept or not self._decided:
            self._last = (stage, reply, now, kept)
            self._decided = kept or reply[:1] in {"", "4", "5"}

    def so_far(self) -> Transaction:
        """What can be told of it now; from any thread."""
        stage, reply, ended, accepted = self._last
        return Transaction(
            number=self.number,
            connection=self.connection,
            sender=self.sender,
            recipients=tuple(self.recipients),
            began=self.began,
            ended=ended,
            stage=stage,
            reply=reply,
            accepted=accepted,
            wishes=dict(self.wishes),
        )
