"""When a campaign begins: some time after it was let go, or at a date."""

from __future__ import annotations

import datetime as dt

import attrs

from safesend.errors import ConfigurationError
from safesend.ledger.base import CampaignRecord, Ledger, State
from safesend.ledger.runs import this_user
from safesend.policies.retry import duration

__all__ = ["Beginning", "settle_beginning"]

_NOTHING_LEFT = frozenset(
    {State.DRAFT, State.WAITING, State.SUPPRESSED, State.CANCELLED, State.FAILED}
)
"""A row in any other state was perhaps on the wire."""


@attrs.frozen
class Beginning:
    """How a person wants it: `delay` seconds after all is ready, not before `start`."""

    delay: float = 0.0
    start: float | None = None
    """Seconds since 1970."""

    @classmethod
    def of(cls, delay: float | str, start: dt.datetime | str | None) -> Beginning:
        """Read "5m" and "2026-12-01 09:00" (local time, if no other is said).

        Raises `ConfigurationError`.
        """
        return cls(duration(delay), None if start is None else _date(start).timestamp())

    def date(self, now: float) -> float | None:
        """The later of the two; None where that is past, or nothing was said."""
        latest = max(now + self.delay, self.start or now)
        return latest if latest > now else None


def settle_beginning(
    ledger: Ledger,
    record: CampaignRecord,
    wanted: Beginning,
    now: float,
    *,
    changed: bool,
) -> None:
    """Write down when a campaign begins, before its rows go live.

    Once: another call does not begin to wait anew, nor does it cut the wait short. Only
    where the sender confirmed that it `changed` is the date set again; and where
    anything of it has left, never.
    """
    date = wanted.date(now)
    if date is None or not _untouched(ledger, record.id):
        return
    known = ledger.orders.ordered(record.id).begins
    if not known or changed or not record.live:
        ledger.orders.begin_at(record.id, date, actor=this_user(), now=now)


def _untouched(ledger: Ledger, campaign: int) -> bool:
    standing = {state for state, number in ledger.counts(campaign).items() if number}
    return standing <= _NOTHING_LEFT and not ledger.deferred(campaign)


def _date(given: dt.datetime | str) -> dt.datetime:
    try:
        if not isinstance(given, dt.datetime):
            given = dt.datetime.fromisoformat(given)
        return given.astimezone()
    except (TypeError, ValueError, OverflowError):
        raise ConfigurationError(
            f"the date {given!r} is not understood; write '2026-12-01 09:00', in local"
            " time, or with its distance from UTC: '2026-12-01 09:00+01:00'"
        ) from None
