"""What people order: that a campaign pauses, goes on, ends, or begins at a date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import attrs

from safesend.errors import LedgerError
from safesend.ledger.values import Control

__all__ = ["Hold", "Ordered", "Orders", "ordered_of", "refuse_after_the_end"]


@attrs.frozen
class Hold:
    """Nothing goes to a provider ("": to nobody), because somebody said so.

    `control` is PAUSE, until somebody lifts it, or CANCEL, for good. `since` is seconds
    since 1970; `actor` and `reason` are masked.
    """

    provider: str
    control: Control
    reason: str = ""
    actor: str = ""
    since: float = 0.0


@attrs.frozen
class Ordered:
    """All that holds for a campaign now, and who said so last.

    Nothing is claimed before the date `begins` (seconds since 1970). `holds` are those
    of single providers, in the order of their names.
    """

    control: Control = Control.RUN
    reason: str = ""
    actor: str = ""
    since: float = 0.0
    begins: float = 0.0
    holds: tuple[Hold, ...] = ()

    @property
    def held(self) -> frozenset[str]:
        """The providers whose mail is paused or cancelled."""
        return frozenset(hold.provider for hold in self.holds)

    def stops(self) -> tuple[Hold, ...]:
        """Everything that is held back: the campaign as a whole, then its providers."""
        if self.control is Control.RUN:
            return self.holds
        whole = Hold("", self.control, self.reason, self.actor, self.since)
        return (whole, *self.holds)


def ordered_of(campaign: int, found: Sequence[tuple[Any, ...]]) -> Ordered:
    """What a ledger's tables say: first of the campaign, then of its providers.

    Each row is the provider, its control, the date of the beginning, and who said so
    last: reason, actor and date, None where nobody ever did.
    """
    if not found:
        raise LedgerError(f"the ledger has no campaign number {campaign}")
    (_, control, begins, *told), *holds = found
    return Ordered(
        Control(control),
        *_told(*told),
        begins,
        tuple(
            Hold(provider, Control(word), *_told(*rest))
            for provider, word, _, *rest in holds
        ),
    )


def _told(
    reason: str | None, actor: str | None, since: float | None
) -> tuple[str, str, float]:
    return reason or "", actor or "", since or 0.0


def refuse_after_the_end(before: Ordered, provider: str, control: Control) -> None:
    """What was cancelled takes no other order. Raises `LedgerError`."""
    if control is Control.CANCEL:
        return
    for hold in before.stops():
        if hold.provider == provider and hold.control is Control.CANCEL:
            what = f"the mail for {provider}" if provider else "the campaign"
            raise LedgerError(f"{what} was cancelled, and that is for good")


class Orders(Protocol):
    """The part of a `Ledger` that people give orders to, and runs look at.

    `claim` and `next_due` of the ledger obey: a provider that is held has no rows for
    them, and nothing is due before the campaign begins.
    """

    def ordered(self, campaign: int) -> Ordered:
        """What holds now, in one look."""

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
        """PAUSE the mail of one provider, let it RUN again, or CANCEL it.

        CANCEL makes its waiting rows `cancelled` at once, and whatever would wait or
        go live later; one that may have arrived is IN_DOUBT again. It is for good: any
        other order after it raises `LedgerError`, as in `Ledger.set_control`.
        """

    def begin_at(self, campaign: int, date: float, *, actor: str, now: float) -> None:
        """Claim nothing before that date (seconds since 1970; 0: no date)."""

    def held_back(self, campaign: int) -> frozenset[str]:
        """The providers on hold for which rows wait."""
