"""`safesend events ses FILE`: what a provider says became of messages."""

from __future__ import annotations

import getpass
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.heard import heard_lines
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option
from safesend.errors import ConfigurationError
from safesend.ledger.base import State
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.feedback import Booking, NewsReader
    from safesend.ledger.base import Ledger

__all__ = ["events"]

_HEAD = b"SQLite format 3\0"
_PROBLEMS_SHOWN = 20
_LEDGERS = "*.safesend.db"
_SETTINGS = "campaign.toml"


@click.group(short_help="Read in what became of messages after they were sent.")
def events() -> None:
    """Read in what a provider says became of messages after it took them.

    \b
    Example:
      safesend events ses spring events.jsonl
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


@events.command(short_help="Read events of Amazon SES.")
@click.argument("places", metavar="[LEDGER] FILE...", nargs=-1, required=True)
@click.option(
    "--suppression",
    metavar="LIST",
    help="Put who is not to be written to again on this list as well.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what would come of it; change nothing."
)
@json_option
@click.pass_context
def ses(
    context: click.Context,
    *,
    places: tuple[str, ...],
    suppression: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read events of Amazon SES: deliveries, bounces, complaints, rejections.

    Rows in doubt are settled by them, a mailbox that does not exist and whoever
    complained get nothing any more. Each FILE has one JSON object a line ("-" is
    standard input), as SES publishes it or in an envelope of SNS, SQS, EventBridge or
    Lambda; it may be compressed with gzip. Reading a file twice changes nothing.

    LEDGER is the ledger or the campaign folder; without one it is the folder in which
    you are. Its campaign.toml may name the suppression list. What cannot be read is
    told with file and line (exit code 1), and the rest counts.

    \b
    Examples:
      safesend events ses spring events.jsonl
      aws sqs receive-message --queue-url URL | safesend events ses spring -
      safesend events ses spring.safesend.db 2027-01-*.gz --dry-run
    """  # noqa: D301
    place, files = _sorted(places)
    path = existing_ledger(place)
    shared = _shared(place, suppression)
    from safesend.feedback import book, read_ses_events
    from safesend.ledger import open_ledger

    reader = read_ses_events(
        *(sys.stdin.buffer if file == "-" else file for file in files)
    )
    with closing(open_ledger(path)) as ledger:
        done = book(
            ledger,
            reader,
            suppression=shared,
            source="Amazon SES",
            actor=getpass.getuser(),
            dry_run=dry_run,
        )
        found = _found(ledger, reader, done, dry_run=dry_run)
    if as_json:
        show.emit(found)
    else:
        _tell(found, reader)
    context.exit(Exit.PROBLEMS if reader.total_problems else Exit.OK)


def _sorted(places: Sequence[str]) -> tuple[str, list[str]]:
    """The ledger, and the files with events. Raises `ConfigurationError`."""
    ledgers = [place for place in places if _is_ledger(place)]
    files = [place for place in places if not _is_ledger(place)]
    if len(ledgers) > 1:
        raise ConfigurationError(
            f"{' and '.join(ledgers)} are ledgers; read the events into one after the"
            " other"
        )
    if not files:
        raise click.UsageError("name the files with events, or - for standard input")
    for file in files:
        if file != "-" and not Path(file).is_file():
            raise ConfigurationError(f"there is no file {file}; nothing was read")
    return (ledgers[0] if ledgers else _here()), files


def _is_ledger(place: str) -> bool:
    path = Path(place)
    if path.is_dir() or "://" in place:
        return True
    if place == "-" or not path.is_file():
        return place.endswith(_LEDGERS.removeprefix("*"))
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


def _here() -> str:
    """The ledger of the folder in which the person is."""
    if Path(_SETTINGS).is_file():
        return "."
    found = sorted(Path().glob(_LEDGERS))
    if len(found) == 1:
        return str(found[0])
    names = f" (here are {', '.join(map(str, found))})" if found else ""
    raise ConfigurationError(
        "say which ledger the events are for, before the files: the campaign folder or"
        f" the path that 'safesend send' printed{names}"
    )


def _shared(place: str, given: str | None) -> Path | None:
    """The suppression list that was named, here or in campaign.toml."""
    if given is not None:
        return Path(given)
    if "://" in place or not Path(place).is_dir():
        return None
    from safesend.cli.folder import open_folder

    return open_folder(Path(place)).suppression


def _found(
    ledger: Ledger, reader: NewsReader, done: Booking, *, dry_run: bool
) -> dict[str, Any]:
    kinds = dict(reader.kinds)
    unknown = kinds.pop("", 0)
    doubts = (
        ledger.counts(one.id).get(State.IN_DOUBT, 0) for one in ledger.campaigns()
    )
    return {
        "ledger": ledger.name,
        "dry_run": dry_run,
        "events": reader.events,
        "kinds": {show.printable(kind): number for kind, number in kinds.items()},
        "unknown": unknown,
        "foreign": reader.foreign,
        **attrs.asdict(done),
        "new": {heard.value: number for heard, number in done.new.items()},
        "in_doubt": sum(doubts),
        "problems": [mask_text(str(problem)) for problem in reader.problems],
        "total_problems": reader.total_problems,
    }


def _tell(found: Mapping[str, Any], reader: NewsReader) -> None:
    for problem in reader.problems[:_PROBLEMS_SHOWN]:
        show.say(f"Left out: {mask_text(str(problem))}", err=True)
    if (more := reader.total_problems - _PROBLEMS_SHOWN) > 0:
        show.say(f"Left out: {show.count(more)} places more", err=True)
    for line in _lines(found):
        show.say(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    kinds = ", ".join(
        f"{show.count(number)} {kind}" for kind, number in found["kinds"].items()
    )
    told = f" ({kinds})" if kinds else ""
    yield f"Read {_events(found['events'])}{told}."
    others = found["foreign"] + found["unmatched"]
    for number, words in (
        (found["matched"], "about messages of this ledger"),
        (found["known"], "of these known already"),
        (others, "about other messages, or none"),
        (found["strange"], "not booked: the message went to another mailbox"),
        (found["unknown"], "of a type that this safesend does not know"),
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
        ("accepted", "rows that were open, counted as accepted"),
        ("refused", "rows counted as refused"),
        ("suppressed", "mailboxes that no campaign of this ledger writes to any more"),
        ("listed", "new on the suppression list"),
    ):
        if found[name]:
            yield f"  {show.count(found[name]):>9}  {words}"
    if found["in_doubt"] and not found["dry_run"]:
        left, place = show.people(found["in_doubt"]), shlex.quote(found["ledger"])
        yield f"{left} still in doubt: safesend resolve {place}"


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{show.count(number)} events"
