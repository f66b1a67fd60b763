"""What a test has sent so far, each sending once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar

import attrs

from safesend.testing.guard.place import Place, here

__all__ = ["Intended", "Log", "Sent"]


@attrs.frozen
class Sent:
    """One message as it was handed over: through what, for whom, and from where.

    `trouble` is why there is no content that can be read.
    """

    mailer: str
    recipients: tuple[str, ...] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    place: Place | None = None
    trouble: str = ""


Intended = Callable[[], Iterable[tuple[Iterable[str], bytes]]]
"""Gives recipients and content of each message that a call was asked to send."""


@attrs.define(eq=False)
class _Call:
    """A call of an upper layer that is under way; whether a lower one sent for it."""

    log: Log
    above: _Call | None
    seen: bool = False


_CALL: ContextVar[_Call | None] = ContextVar("_CALL", default=None)


@attrs.define(eq=False)
class Log:
    """What was sent, and which calls are under way."""

    sent: list[Sent] = attrs.field(factory=list)

    def add(self, mailer: str, recipients: Iterable[str], content: bytes) -> None:
        """A message has gone out, as these octets."""
        call = _CALL.get()
        while call is not None:
            call.seen, call = call.seen or call.log is self, call.above
        self.sent.append(Sent(mailer, tuple(recipients), content, here()))

    @contextlib.contextmanager
    def during(self, mailer: str, intended: Intended) -> Iterator[None]:
        """While an upper layer is asked to send.

        What a lower one hands over meanwhile is the truth, and counts. When none does,
        because the upper layer keeps its mail or goes ways that nobody watches, or
        because it could not send, then what it was asked to send counts. What cannot
        be read is told, unless the upper layer could not either.
        """
        call = _Call(self, _CALL.get())
        token = _CALL.set(call)
        done = False
        try:
            yield
            done = True
        finally:
            _CALL.reset(token)
            if not call.seen:
                self._ask(mailer, intended, done=done)

    def _ask(self, mailer: str, intended: Intended, *, done: bool) -> None:
        try:
            for recipients, content in intended():
                self.add(mailer, recipients, bytes(memoryview(content)))
        except Exception as error:  # noqa: BLE001 - other people's objects
            if done:
                trouble = type(error).__name__
                self.sent.append(Sent(mailer, (), b"", here(), trouble))
