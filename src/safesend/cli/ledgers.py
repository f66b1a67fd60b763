"""Finding a ledger that is there, by its path or by its campaign folder, and in it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from safesend.errors import CampaignPurged, ConfigurationError
from safesend.ledger.kinds import the_one

if TYPE_CHECKING:
    from safesend.ledger.base import CampaignRecord, Ledger

__all__ = ["chosen_campaign", "done_before", "existing_ledger", "usable"]

_HEAD = 512


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
                f"nothing was sent from {place} yet: there is no ledger at {path}. If"
                " it lies elsewhere (--ledger), give its path"
            )
    if not path.is_file():
        raise ConfigurationError(
            f"there is no ledger at {path}; give the campaign folder, or the path that"
            " 'safesend send' printed"
        )
    return usable(str(path))


def usable(place: str) -> str:
    """The same, where a ledger is or can be made: what else is there is a slip.

    Raises `ConfigurationError`.
    """
    path = Path(place)
    if "://" in place:
        return place
    if not path.parent.is_dir():
        raise ConfigurationError(
            f"the folder of the ledger {path} is not there; make it first"
        )
    if path.is_file() and _is_text(path):
        raise ConfigurationError(
            f"{path} is not a ledger; give the campaign folder, or the path that"
            " 'safesend send' printed"
        )
    return place


def _is_text(path: Path) -> bool:
    """Whether it is a list, a letter or campaign.toml: no database begins so."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return bool(head) and not head.startswith(b"SQLite ") and b"\0" not in head


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
