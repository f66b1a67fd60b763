"""Finding a ledger that is there, by its path or by its campaign folder, and in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from safesend.errors import CampaignPurged, ConfigurationError
from safesend.ledger.kinds import the_one

if TYPE_CHECKING:
    from safesend.ledger.base import CampaignRecord, Ledger

__all__ = ["chosen_campaign", "done_before", "existing_ledger"]


def existing_ledger(place: str) -> str:
    """Where the ledger is; opening it must not make a new one.

    `place` is a path, a URL or a campaign folder. Raises `ConfigurationError`.
    """
    if "://" in place:
        return place
    path = Path(place)
    if path.is_dir():
        from safesend.cli.folder import open_folder

        path = open_folder(path).ledger
    if not path.is_file():
        raise ConfigurationError(
            f"there is no ledger at {path}; 'safesend send' prints where it keeps it"
        )
    return str(path)


def chosen_campaign(book: Ledger, name: str | None) -> CampaignRecord:
    """The campaign of that name, or the only one that can be meant.

    Raises `ConfigurationError`.
    """
    found = the_one(one for one in book.campaigns() if name in {None, one.name})
    if found is not None:
        return found
    names = ", ".join(one.name for one in book.campaigns()) or "none"
    raise ConfigurationError(
        f"say which campaign with --campaign NAME; the ledger holds: {names}"
    )


def done_before(ledger: str, name: str) -> int:
    """How many people of the campaign an existing ledger has settled.

    Raises `CampaignPurged`.
    """
    from safesend.ledger import open_ledger
    from safesend.ledger.base import State

    if not Path(ledger).is_file():
        return 0
    with closing(open_ledger(ledger)) as book:
        for record in book.campaigns():
            if record.name == name and record.purged is not None:
                raise CampaignPurged(name, record.purged)
            if record.name == name:
                waiting = book.counts(record.id).get(State.WAITING, 0)
                return record.enrolled - waiting
    return 0
