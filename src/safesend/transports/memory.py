"""A carrier without a world: keeps what it is given, answers what it was told to."""

from __future__ import annotations

import asyncio
import itertools
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable

import attrs

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome
from safesend.errors import ConfigurationError
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.transports.base import Limits, Session

__all__ = ["MemoryTransport"]

_TURN = 64
"""Outcomes after which others get their turn in the event loop."""


_OPEN: weakref.WeakValueDictionary[str, MemoryTransport] = weakref.WeakValueDictionary()
_NUMBERS = itertools.count(1)


def _number() -> str:
    return str(next(_NUMBERS))


def _accept(_: Envelope) -> Outcome:
    return Accepted()


@attrs.frozen(eq=False)
class MemoryTransport:
    """For tests and trials: `.messages` holds the envelopes that were accepted.

    `.deliveries` holds every envelope that was taken, with its outcome. All sessions
    of the transport share both; the lists may be read from any thread. `answer` is
    asked for the outcome of each envelope for which `answers()` scripted none. Code
    that opens a transport by its URL gets this very one by `.url`, in this process and
    while it is there.
    """

    answer: Callable[[Envelope], Outcome] = attrs.field(default=_accept, repr=False)
    messages: list[Envelope] = attrs.field(factory=list, init=False, repr=False)
    deliveries: list[tuple[Envelope, Outcome]] = attrs.field(
        factory=list, init=False, repr=False
    )
    _script: deque[Outcome] = attrs.field(factory=deque, init=False, repr=False)
    _number: str = attrs.field(factory=_number, init=False, repr=False)

    @classmethod
    def from_url(
        cls, url: str, *, password: str | Secret | None = None
    ) -> MemoryTransport:
        """From `memory:`, a new one, or from the `url` of another, that one.

        Raises `ConfigurationError` for anything else.
        """
        number = url.partition(":")[2]
        if password is not None:
            raise ConfigurationError("memory: takes no password")
        if not number:
            return cls()
        found = _OPEN.get(number)
        if found is None:
            raise ConfigurationError(
                "memory: takes no path, and no transport of this process has this URL"
                " (any more); keep the MemoryTransport, and use its url"
            )
        return found

    @property
    def url(self) -> str:
        """What `open_transport` opens this very transport by."""
        _OPEN[self._number] = self
        return f"memory:{self._number}"

    def answers(self, *outcomes: Outcome) -> None:
        """Give these to the next envelopes, one each."""
        self._script.extend(outcomes)

    @property
    def name(self) -> str:
        """Always "memory:"."""
        return "memory:"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one memory for all
        """Always the same."""
        return self.name

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """Never fails."""
        return _MemorySession(self)

    def limits(self) -> Limits | None:
        """None."""
        return None

    def take(self, envelope: Envelope) -> Outcome:
        """Decide about one envelope, and remember it."""
        outcome = self._script.popleft() if self._script else self.answer(envelope)
        self.deliveries.append((envelope, outcome))
        if isinstance(outcome, Accepted):
            self.messages.append(envelope)
        return outcome


class _MemorySession:
    """Breaks as a connection would: nothing goes on after `InDoubt` or `NotSent`."""

    security = "kept in the memory of this process"

    def __init__(self, transport: MemoryTransport) -> None:
        self._transport = transport
        self._usable = True

    @property
    def usable(self) -> bool:
        return self._usable

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        if not self._usable:
            return
        for number, envelope in enumerate(envelopes, 1):
            outcome = self._transport.take(envelope)
            self._usable &= not isinstance(outcome, InDoubt | NotSent)
            yield outcome
            if not self._usable:
                return
            if number % _TURN == 0:
                await asyncio.sleep(0)

    async def close(self) -> None:
        self._usable = False
