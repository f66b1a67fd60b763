"""Orders of a ledger that is forgotten with its process."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from safesend.ledger.drawer import Drawer
from safesend.ledger.history import Order
from safesend.ledger.orders import Hold, Ordered, refuse_after_the_end
from safesend.ledger.values import Control, State
from safesend.redaction import mask_text

__all__ = ["OwnOrders"]


@attrs.frozen
class OwnOrders:
    """See `Orders` for what its methods promise."""

    drawer: Callable[[int], Drawer]
    """The campaign of that number; raises `LedgerError` when there is none."""
    note: Callable[[int, Order], None]
    """Keeps who ordered what when, why, and of which provider."""

    def ordered(self, campaign: int) -> Ordered:
        """See `Orders.ordered`."""
        return self.drawer(campaign).ordered

    def order(
        self, campaign: int, control: Control, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Ledger.set_control`."""
        drawer = self.drawer(campaign)
        refuse_after_the_end(drawer.ordered, "", control)
        drawer.ordered = attrs.evolve(
            drawer.ordered,
            control=control,
            reason=mask_text(reason),
            actor=mask_text(actor),
            since=now,
        )
        if control is Control.CANCEL:
            drawer.decided = now
        self.note(campaign, Order(now, control.value, "", actor, reason))
        drawer.sweep()

    def hold(
        self,
        campaign: int,
        provider: str,
        control: Control,
        *,
        actor: str,
        reason: str,
        now: float,
    ) -> None:
        """See `Orders.hold`."""
        drawer = self.drawer(campaign)
        refuse_after_the_end(drawer.ordered, provider, control)
        holds = {hold.provider: hold for hold in drawer.ordered.holds}
        holds[provider] = Hold(
            provider, control, mask_text(reason), mask_text(actor), now
        )
        kept = (
            holds[name] for name in sorted(holds) if holds[name].control != Control.RUN
        )
        drawer.ordered = attrs.evolve(drawer.ordered, holds=tuple(kept))
        if control is Control.CANCEL:
            drawer.decided = now
        self.note(campaign, Order(now, control.value, provider, actor, reason))
        drawer.sweep()

    def begin_at(self, campaign: int, date: float, *, actor: str, now: float) -> None:
        """See `Orders.begin_at`."""
        drawer = self.drawer(campaign)
        drawer.ordered = attrs.evolve(drawer.ordered, begins=date)
        self.note(campaign, Order(now, "begin", "", actor, f"at {date:.0f}"))

    def held_back(self, campaign: int) -> frozenset[str]:
        """See `Orders.held_back`."""
        drawer = self.drawer(campaign)
        waiting = {
            entry.provider
            for entry in drawer.rows.values()
            if entry.state is State.WAITING
        }
        return drawer.ordered.held & waiting
