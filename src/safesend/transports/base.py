"""What a carrier is: one method deep, so that writing one is easy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import attrs

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope

if TYPE_CHECKING:
    from safesend.smtp.seen import ServerSeen

__all__ = [
    "AskingSession",
    "Careful",
    "Informed",
    "Limits",
    "Navigator",
    "Probing",
    "PromptSession",
    "Session",
    "Switching",
    "Transport",
]


@attrs.frozen
class Limits:
    """What the carrier itself allows: messages a second, and how many at all.

    `idempotency`: a header, and for how many seconds the carrier takes a message that
    bears a value there which it has seen before for the same one. It is put on every
    message, and what is in doubt is sent again by itself meanwhile. `assumed`: the rate
    is a careful guess, so that one that a person set goes before it. `notes`: what a
    person should know besides, each in a sentence.
    """

    rate: float | None = None
    quota: int | None = None
    idempotency: tuple[str, float] | None = None
    assumed: bool = False
    notes: tuple[str, ...] = ()


class Session(Protocol):
    """One line to the carrier. Used by one task at a time.

    It may have an attribute `security`: how the line is secured, in a few words that
    the ledger keeps for the report ("TLS 1.3, ...", "not encrypted").
    """

    @property
    def usable(self) -> bool:
        """Whether `deliver` may be called again; if not, close it and connect anew."""

    def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome for each envelope taken, in the order in which they were taken.

        Envelopes are taken from the iterable only when they are about to be begun
        (at most one ahead). A session that breaks stops taking, gives the outcome
        of every envelope that it took, and ends; it never raises for a server's or
        a network's fault. An envelope that was not taken was not touched.
        """

    async def close(self) -> None:
        """Say goodbye and let go. Never raises; may be called twice."""


@runtime_checkable
class PromptSession(Session, Protocol):
    """What a fast session offers besides: each outcome is told the moment it is known.

    That spares a turn of the event loop for each message. No carrier needs it.
    """

    async def deliver_telling(
        self, envelopes: Iterable[Envelope], tell: Callable[[Outcome], None]
    ) -> None:
        """As `Session.deliver`, but that `tell` is called with each outcome.

        It is called from callbacks of the event loop and must not block. An error that
        it raises cuts the line, and is raised here.
        """


@runtime_checkable
class AskingSession(Session, Protocol):
    """What a session offers that can still hold a message back once it was begun.

    A process that was stopped in between may go on when others have decided about its
    messages. No carrier needs it.
    """

    def ask(self, may_go: Callable[[], bool]) -> None:
        """Have this asked before a message leaves for good.

        Where it says no, the message is `NotSent`, and the session ends.
        """


@runtime_checkable
class Transport(Protocol):
    """A carrier of envelopes: a frozen value that holds settings, and no connection."""

    @property
    def name(self) -> str:
        """Where it leads, to show a person ("smtp://host:587"); no secrets."""

    def route(self, envelope: Envelope) -> str:
        """The queue for this envelope. Sessions belong to routes."""

    async def connect(self, route: str) -> Session:
        """Open a session. Raises `TransportError`; `.permanent` says to stop."""

    def limits(self) -> Limits | None:
        """What the carrier allows, if it says so."""


@runtime_checkable
class Informed(Transport, Protocol):
    """A carrier that must be asked what it allows, before each run."""

    async def inform(self) -> Limits | None:
        """Ask; what it said goes before `limits()`. Raises `TransportError`."""


@runtime_checkable
class Navigator(Transport, Protocol):
    """A carrier that has to find out where messages go before it knows their routes."""

    async def look_up(self, envelopes: Sequence[Envelope]) -> None:
        """Find out for these; then `route` is asked for each of them.

        What cannot be found out is no error: such an envelope gets a route of its own,
        whose session tells its outcome. May be cancelled.
        """


@runtime_checkable
class Careful(Transport, Protocol):
    """A carrier to servers of strangers, who bear only so many sessions."""

    def most_sessions(self, route: str) -> int | None:
        """The most at once on a route, which begins with one; None: as many as one has.

        Any route may be asked for, as the ledger also knows those of other carriers:
        of them it says None, and it never raises. RFC 6647 section 5: a greylisting
        server is tried by one session first.
        """


@runtime_checkable
class Probing(Transport, Protocol):
    """A carrier that can look at its server before a mailing."""

    async def probe(self) -> Sequence[ServerSeen]:
        """Go the way that a message goes up to where it would be handed over.

        Connect, TLS, login; no sender, no recipient, nothing that costs or counts. One
        for each server. Raises nothing for the other side's fault: that is seen.
        """


@runtime_checkable
class Switching(Transport, Protocol):
    """A carrier made of several, any of which may take a message.

    It says in which order they are asked. Who is in order is not its to judge: the
    engine knows what servers said, and routes a message by the first way that is.
    """

    @property
    def carriers(self) -> Mapping[str, Transport]:
        """Those that carry, by a label that is the name of their mail as a whole."""

    def ways(self, envelope: Envelope) -> Sequence[str]:
        """The routes by which it may go, in order, and the same at every try."""

    def carrier_of(self, route: str) -> str:
        """The label of the carrier whose route that is."""
