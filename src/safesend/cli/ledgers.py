"""Finding a ledger that is there, by its path or by its campaign folder, and in it."""

from __future__ import annotations

import os
import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safesend.cli import show
from safesend.cli.project import VARIABLE, Project
from safesend.errors import CampaignPurged, ConfigurationError
from safesend.ledger.base import Control, State
from safesend.ledger.kinds import the_one
from safesend.ledger.postgres.address import is_address
from safesend.ledger.whereabouts import has_password, is_kept, shown

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder
    from safesend.engine.report import Report
    from safesend.ledger.base import CampaignRecord, Ledger

__all__ = [
    "OPEN",
    "chosen_campaign",
    "done_before",
    "existing_ledger",
    "ledger_of",
    "meant",
    "tell_what_lies_open",
    "usable",
]

OPEN = frozenset({State.DRAFT, State.WAITING, State.SENDING})
"""The states of those who may get something yet."""
_HEAD = 512


def existing_ledger(place: str, *, bare: bool = False) -> str:
    """Where the ledger is; opening it must not make a new one.

    `place` is a path, a URL or a campaign folder; `bare`: a database will do that has
    no tables yet, or cannot be reached yet. Raises `ConfigurationError`, `LedgerError`.
    """
    if is_address(place):
        place = _without_password(place)
        return place if bare else _made(place)
    path = Path(_no_other_url(place))
    if path.is_dir():
        from safesend.cli.folder import open_folder

        folder = open_folder(path)
        if is_address(there := folder.place):
            send = shlex.join(["safesend", "send", place])
            return there if bare else _made(there, f", and so does {send!r}")
        path = Path(folder.place)
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


def _no_other_url(place: str) -> str:
    """The path. Raises `ConfigurationError` for the URL of something else."""
    kind, slashes, _ = place.partition(":/")
    # Nothing of it is shown: a password may stand in it.
    if slashes and kind.isalnum() and len(kind) > 1:
        raise ConfigurationError(
            f"{kind}: is no kind of ledger; one in a database is"
            " postgresql://user@host/database, and any other is a path"
        )
    return place


def ledger_of(folder: CampaignFolder, given: str | None) -> str:
    """The ledger of a folder, there or to be made: as given, or where it says.

    Raises `ConfigurationError` where others of its people may be in another one.
    """
    if given is not None:
        return usable(given)
    place, beside = folder.place, folder.ledger
    elsewhere = Path(place) != beside and beside.is_file()
    if elsewhere and (done := done_before(str(beside), folder.settings.name)):
        raise ConfigurationError(
            f"{beside} knows {show.people(done)} who are done, and the ledger that is"
            f" named now, {shown(place)}, does not: they would get it twice. To finish"
            f" that mailing: --ledger {shlex.quote(str(beside))}. A new one has a new"
            " name in campaign.toml"
        )
    return usable(place)


def usable(place: str) -> str:
    """The same, where a ledger is or can be made: what else is there is a slip.

    Raises `ConfigurationError`.
    """
    path = Path(place)
    if "://" in place:
        return _without_password(place)
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


def _made(place: str, other: str = "") -> str:
    """The URL, where the tables are. Raises `ConfigurationError`, `LedgerError`."""
    if is_kept(place):
        return place
    migrate = shlex.join(["safesend", "ledger", "migrate", shown(place)])
    raise ConfigurationError(
        f"there is no ledger at {shown(place)}: its tables are not in that database and"
        f" schema. See whether the URL is right; {migrate} makes them{other}"
    )


def _without_password(place: str) -> str:
    """The URL, unless all who see a command line would see a password in it."""
    if has_password(place) and place not in _told_in_private():
        raise ConfigurationError(
            "a password does not belong into a ledger's URL here, where others see it:"
            f" give {shown(place)}, and the password in the variable PGPASSWORD or in"
            " the file ~/.pgpass"
        )
    return place


def _told_in_private() -> set[str | None]:
    """The ledgers of the environment, and of the program whose commands these are."""
    context = click.get_current_context(silent=True)
    project = context.find_object(Project) if context else None
    return {os.environ.get(VARIABLE), project.ledger if project else None}


def tell_what_lies_open(ledger: Ledger, report: Report) -> None:
    """Rows that wait keep their address; without the extra `crypto` in clear."""
    kept = report.waiting + report.in_doubt
    if kept and not getattr(ledger, "encrypted", True) and ledger.name != ":memory:":
        show.say(
            f"Note: the ledger keeps {show.people(kept)} unencrypted (readable by you"
            " alone) until they are done. New ledgers are encrypted after: pip install"
            " 'safesend[crypto]'",
            err=True,
        )


def _is_text(path: Path) -> bool:
    """Whether it is a list, a letter or campaign.toml: no database begins so."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return bool(head) and not head.startswith(b"SQLite ") and b"\0" not in head


def chosen_campaign(
    book: Ledger, name: str | None, *, unfinished: bool = False
) -> CampaignRecord:
    """The campaign of that name, or the only one that can be meant.

    `unfinished`: where all others are over, that is the one which is not; for what can
    be taken back. Raises `ConfigurationError`.
    """
    records = [*book.campaigns()]
    found = the_one(one for one in records if name in {None, one.name})
    if found is None and name is None and unfinished:
        found = the_one(one for one in records if not _is_over(book, one))
    if found is not None:
        return found
    names = ", ".join(one.name for one in records)
    if not names:
        raise ConfigurationError(
            "the ledger holds no campaign; 'safesend send DIR' or 'safesend enrol DIR'"
            " puts one there"
        )
    which = "say which campaign with --campaign NAME"
    if name is not None:
        which = f"there is no campaign {name!r}"
    raise ConfigurationError(f"{which}; the ledger holds: {names}")


def _is_over(book: Ledger, record: CampaignRecord) -> bool:
    """Whether nobody of it will get anything any more; one without people begins."""
    if record.purged is not None or record.control is Control.CANCEL:
        return True
    return record.enrolled > 0 and not OPEN & book.counts(record.id).keys()


def meant(place: str, name: str | None) -> str | None:
    """The name of a campaign: as given, or the folder's, where many share a ledger."""
    if name is not None or not Path(place).is_dir():
        return name
    from safesend.cli.folder import open_folder

    folder = open_folder(Path(place))
    shared = Path(folder.place) != folder.ledger
    return folder.settings.name if shared else None


def done_before(ledger: str, name: str) -> int:
    """How many people of the campaign an existing ledger has settled.

    Raises `CampaignPurged`.
    """
    from safesend.ledger import open_ledger

    if not is_kept(ledger):
        return 0
    with closing(open_ledger(ledger)) as book:
        for record in book.campaigns():
            if record.name == name and record.purged is not None:
                raise CampaignPurged(name, record.purged)
            if record.name == name:
                waiting = book.counts(record.id).get(State.WAITING, 0)
                return record.enrolled - waiting
    return 0
