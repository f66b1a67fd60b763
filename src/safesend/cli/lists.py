"""Finding a suppression list, by its path or by the campaign folder that names it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from safesend.errors import AddressError, AudienceError, ConfigurationError
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.suppression.entry import Domain, Entry, whom

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder
    from safesend.suppression import SuppressionList

__all__ = [
    "kept_back",
    "known_list",
    "list_of",
    "list_path",
    "on_it",
    "people_of",
    "person",
]

_BATCH = 500


def list_path(place: str) -> Path:
    """Where the list is or would be: at this path, or where a folder's settings say.

    Raises `ConfigurationError`.
    """
    path = Path(place)
    if not path.is_dir():
        return path
    from safesend.cli.folder import open_folder

    folder = open_folder(path)
    if folder.suppression is None:
        raise ConfigurationError(
            f"{folder.settings.file} names no suppression list; add for example"
            ' suppression = "../suppressed.db"'
        )
    return folder.suppression


def person(text: str) -> Address | Domain:
    """Whom an argument means. Raises `ConfigurationError`."""
    try:
        return whom(text)
    except AddressError as error:
        raise ConfigurationError(str(error)) from None


def known_list(place: str) -> SuppressionList:
    """The list at this place, which must be there. Raises `ConfigurationError`."""
    from safesend.suppression.lending import existing_list

    return existing_list(list_path(place))


def list_of(folder: CampaignFolder, given: str | None) -> Path | None:
    """Which list a campaign goes by: the one that was given, or the one of its folder.

    Raises `ConfigurationError` where there is none at that path.
    """
    from safesend.suppression.lending import existing_list

    path = folder.suppression if given is None else Path(given)
    if path is None:
        return None
    try:
        existing_list(path).close()
    except ConfigurationError as error:
        where = folder.settings.where("suppression")
        place = "--suppression" if given is not None else f"{where}: 'suppression'"
        raise ConfigurationError(f"{place}: {error}") from None
    return path


def kept_back(path: Path | None, audience: Iterable[Recipient]) -> int:
    """How many of them are on the list at that path, if there is one."""
    if path is None:
        return 0
    from safesend.suppression.lending import existing_list

    found = 0
    with existing_list(path) as shared:
        for batch in _batches(audience):
            reasons = shared.which_of([one.address for one in batch])
            found += sum(1 for reason in reasons if reason)
    return found


def people_of(file: str | None, address: str | None) -> Iterator[list[Recipient]]:
    """The people of a file of whatever kind, in batches; of no file nobody.

    Raises `AudienceError`.
    """
    if file is None:
        return
    from safesend.suppression.reading import begins, people_in

    try:
        yield from _batches(
            people_in(file, begins(file), address=address, skip_invalid=False)
        )
    except AudienceError as error:
        told = "so it was not looked through"
        raise AudienceError(error.problems, error.total, told) from None


def on_it(
    shared: SuppressionList, batch: Sequence[Recipient]
) -> Iterator[tuple[Recipient, list[Entry]]]:
    """Those of them who are on the list, and why."""
    reasons = shared.which_of([one.address for one in batch])
    for one, reason in zip(batch, reasons, strict=True):
        if reason is not None:
            yield one, shared.entries(one.address)


def _batches(people: Iterable[Recipient]) -> Iterator[list[Recipient]]:
    rest = iter(people)
    while batch := list(itertools.islice(rest, _BATCH)):
        yield batch
