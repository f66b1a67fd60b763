"""From a ledger to the account of one of its campaigns."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from safesend.clock import SYSTEM, Clock
from safesend.dossier.account import Dossier
from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from safesend.ledger.base import CampaignRecord, Ledger
from safesend.ledger.kinds import the_one
from safesend.ledger.runs import this_version
from safesend.ledger.whereabouts import is_kept, shown

__all__ = ["read_dossier"]


def read_dossier(
    ledger: Ledger | str | Path, campaign: str | None = None, *, clock: Clock = SYSTEM
) -> Dossier:
    """The account of a campaign, by its name, or of the only one of the ledger.

    `ledger` is open, or path or URL of one that is there. Reading it changes nothing.
    Raises `ConfigurationError` and `LedgerError`.
    """
    if not isinstance(ledger, str | Path):
        return _read(ledger, campaign, clock)
    if not is_kept(place := str(ledger)):
        raise ConfigurationError(
            f"there is no ledger at {shown(place)}; sending prints where it keeps it"
        )
    with closing(open_ledger(ledger)) as opened:
        return _read(opened, campaign, clock)


def _read(ledger: Ledger, campaign: str | None, clock: Clock) -> Dossier:
    record, now = _chosen(ledger, campaign), ledger.clock(clock).now()
    past = ledger.history.chronicle(record.id, now)
    return Dossier.of(past, ledger.name, now, this_version())


def _chosen(ledger: Ledger, campaign: str | None) -> CampaignRecord:
    records = ledger.campaigns()
    found = the_one(one for one in records if campaign in {None, one.name})
    if found is not None:
        return found
    names = ", ".join(one.name for one in records) or "none"
    raise ConfigurationError(f"say which campaign; the ledger holds: {names}")
