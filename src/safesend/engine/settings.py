"""What a call of `send` goes by, and what it did: values."""

from __future__ import annotations

import attrs

from safesend.engine.beginning import Beginning
from safesend.engine.events import Switched, Waiting
from safesend.engine.grouping import Grouping
from safesend.engine.report import Pause
from safesend.engine.verdicts import Booking
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.replies import Rulebook, builtin
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList
from safesend.transports.base import Transport

__all__ = ["Settings", "Tally", "relay_name"]


@attrs.frozen(kw_only=True)
class Settings:
    """How a call sends. `deadline` is the date by which it returns."""

    booking: Booking
    lanes: int
    throttle: Throttle | None = None
    hours: SendingHours | None = None
    deadline: float | None = None
    rulebook: Rulebook = attrs.field(factory=builtin)
    grouping: Grouping = attrs.field(factory=Grouping)
    keep_for: float | None = None
    """Seconds after its end for which what is known of persons is kept."""
    beginning: Beginning = attrs.field(factory=Beginning)
    suppression: SuppressionList | None = None
    approvals: int | None = None
    """How many people must have approved; None: as many as before."""
    pilot: Pilot | None = None
    auto_stop: AutoStop | None = attrs.field(factory=AutoStop)
    connections: int | None = None
    """How many all workers together may have to a route."""
    limits: str | None = None
    """The Redis that keeps the limits; None: the ledger does."""

    def moved(self, seconds: float) -> Settings:
        """The same by a clock that is ahead by so much."""
        if self.deadline is None:
            return self
        return attrs.evolve(self, deadline=self.deadline + seconds)


@attrs.frozen
class Tally:
    """What one run did. `seconds` runs from the first claim to the last record."""

    accepted: int
    seconds: float
    stopped: str | None
    resumes: float | None = None
    """When the next row may go, pauses and hours considered (seconds since 1970)."""
    waiting_for: Waiting | None = None
    """What that date is, where it lies ahead."""
    pauses: tuple[Pause, ...] = ()
    carriers: tuple[tuple[str, int], ...] = ()
    """How many messages each of several carriers took."""
    switches: tuple[Switched, ...] = ()


def relay_name(transport: Transport) -> str:
    """Who may have a message: where it leads, and how it would know a message again."""
    limits = transport.limits()
    if limits is None or limits.idempotency is None:
        return transport.name
    # Without that header it did not know what it was given.
    return f"{transport.name} ({limits.idempotency[0]})"
