"""What the commands share that read news into a ledger: its place, and what is told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.heard import heard_lines
from safesend.errors import ConfigurationError, Problem
from safesend.ledger.base import State
from safesend.ledger.whereabouts import shown
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.feedback import Booking
    from safesend.ledger.base import Ledger

__all__ = [
    "Reader",
    "booked",
    "booked_lines",
    "emit_booked",
    "is_ledger_file",
    "news_options",
    "problems_of",
    "shared_list",
    "tell_left_out",
    "the_ledger",
]

_HEAD = b"SQLite format 3\0"
_PROBLEMS_SHOWN = 20
_LEDGERS = "*.safesend.db"
_SETTINGS = "campaign.toml"

_Command = TypeVar("_Command", bound=Callable[..., object])


class Reader(Protocol):
    """What has read the news, and knows what was wrong."""

    problems: list[Problem]
    total_problems: int


def news_options(command: _Command) -> _Command:
    """Add `--suppression` and `--dry-run`."""
    suppression = click.option(
        "--suppression",
        metavar="LIST",
        help="Put who is not to be written to again on this list as well.",
    )
    dry_run = click.option(
        "--dry-run", is_flag=True, help="Say what would come of it; change nothing."
    )
    return suppression(dry_run(command))


def is_ledger_file(place: str) -> bool:
    """Whether a ledger is there, or would be by its name."""
    if place == "-" or not (path := Path(place)).is_file():
        return place.endswith(_LEDGERS.removeprefix("*"))
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


def the_ledger(ledgers: Sequence[str], others: Sequence[str], *, what: str) -> str:
    """The one that was named, or else that of the folder in which the person is.

    `others` were named beside it; `what` is read into it: "the events". Raises
    `ConfigurationError`.
    """
    if len(ledgers) > 1:
        names = " and ".join(map(shown, ledgers))
        raise ConfigurationError(
            f"{names} are ledgers; read {what} into one after the other"
        )
    if ledgers:
        return ledgers[0]
    if Path(_SETTINGS).is_file():
        return "."
    found = sorted(Path().glob(_LEDGERS))
    if len(found) == 1:
        return str(found[0])
    names = f" (here are {', '.join(map(str, found))})" if found else ""
    neither = f"; {others[0]} is neither" if others else ""
    raise ConfigurationError(
        f"say which ledger {what} are for, before the files: the campaign folder or"
        f" the path that 'safesend send' printed{names}{neither}"
    )


def shared_list(place: str, given: str | None) -> Path | None:
    """The suppression list that was named, here or in campaign.toml."""
    if given is not None:
        return Path(given)
    if not Path(place).is_dir():
        return None
    from safesend.cli.folder import open_folder

    return open_folder(Path(place)).suppression


def booked(ledger: Ledger, done: Booking, *, dry_run: bool) -> dict[str, Any]:
    """What came of it, for a program."""
    doubts = (
        ledger.counts(one.id).get(State.IN_DOUBT, 0) for one in ledger.campaigns()
    )
    fields = attrs.asdict(done, filter=lambda field, _: field.name != "keys")
    return {
        "ledger": ledger.name,
        "dry_run": dry_run,
        **fields,
        "new": {heard.value: number for heard, number in done.new.items()},
        "in_doubt": sum(doubts),
    }


def problems_of(reader: Reader) -> dict[str, Any]:
    """What could not be read, for a program."""
    return {
        "problems": [mask_text(str(problem)) for problem in reader.problems],
        "total_problems": reader.total_problems,
    }


def emit_booked(found: Mapping[str, Any], code: Exit) -> None:
    """Print what came of it as JSON, with how the command ends."""
    show.emit({"ok": code is Exit.OK, **found, "exit_code": int(code)})


def tell_left_out(reader: Reader, *, word: str = "Left out") -> None:
    """Say what could not be read, and where it stands."""
    for problem in reader.problems[:_PROBLEMS_SHOWN]:
        show.say(f"{word}: {mask_text(str(problem))}", err=True)
    if (more := reader.total_problems - _PROBLEMS_SHOWN) > 0:
        show.say(f"{word}: {show.count(more)} places more", err=True)


def booked_lines(
    found: Mapping[str, Any], others: Sequence[tuple[int, str]]
) -> Iterator[str]:
    """What came of it, in lines; `others`: what was read besides, with its number."""
    for number, words in (
        (found["matched"], f"about messages of this ledger{_whose(found)}"),
        (found["known"], "of these known already"),
        (found["strange"], "not booked: the message went to another mailbox"),
        *others,
    ):
        if number:
            yield f"  {show.count(number):>9}  {words}"
    if found["unmatched"] and not found["matched"]:
        yield "None is about this ledger: is it the one of that mailing?"
    would = " (dry run: nothing was changed)" if found["dry_run"] else ""
    yield f"{'New' if found['new'] else 'Nothing new'} in {found['ledger']}{would}"
    for line in heard_lines(found["new"]):
        yield f"  {line}"
    for name, words in (
        ("accepted", "were open, and count as accepted now"),
        ("refused", "count as refused now"),
        ("suppressed", "left out of every later campaign of this ledger"),
        ("listed", "new on the suppression list"),
    ):
        if found[name]:
            yield f"  {show.count(found[name]):>9}  {words}"
    if found["in_doubt"] and not found["dry_run"]:
        left, place = show.people(found["in_doubt"]), shlex.quote(found["ledger"])
        yield f"{left} still in doubt: safesend resolve {place}"


def _whose(found: Mapping[str, Any]) -> str:
    """The campaigns, where there are several in the ledger."""
    if len(found["matched_by"]) < 2:  # noqa: PLR2004 - one needs no name
        return ""
    numbers = (
        f"{name} {show.count(number)}" for name, number in found["matched_by"].items()
    )
    return f" ({', '.join(numbers)})"
