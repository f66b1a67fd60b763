"""`safesend events ses FILE`: what a provider says became of messages."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.ledgers import existing_ledger
from safesend.cli.news import (
    booked,
    booked_lines,
    emit_booked,
    is_ledger_file,
    news_options,
    problems_of,
    shared_list,
    tell_left_out,
    the_ledger,
)
from safesend.cli.options import json_option
from safesend.errors import ConfigurationError
from safesend.ledger.postgres.address import is_address

if TYPE_CHECKING:
    from safesend.feedback import Booking, NewsReader
    from safesend.ledger.base import Ledger

__all__ = ["events"]


@click.group(short_help="Read in what became of messages after they were sent.")
def events() -> None:
    """Read in what a provider says became of messages after it took them.

    \b
    Example:
      safesend events ses spring events.jsonl
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


@events.command(short_help="Read events of Amazon SES.")
@click.argument("places", metavar="[LEDGER] FILE...", nargs=-1, required=True)
@news_options
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
    shared = shared_list(place, suppression)
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
    code = Exit(bool(reader.total_problems))
    if as_json:
        emit_booked(found, code)
    else:
        tell_left_out(reader)
        for line in _lines(found):
            show.say(line)
    context.exit(code)


def _sorted(places: Sequence[str]) -> tuple[str, list[str]]:
    """The ledger, and the files with events. Raises `ConfigurationError`."""
    ledgers = [place for place in places if _is_ledger(place)]
    files = [place for place in places if not _is_ledger(place)]
    if len(ledgers) < 2 and not files:  # noqa: PLR2004 - two are worse than no file
        raise click.UsageError("name the files with events, or - for standard input")
    place = the_ledger(ledgers, files, what="the events")
    for file in files:
        if file != "-" and not Path(file).is_file():
            raise ConfigurationError(f"there is no file {file}; nothing was read")
    return place, files


def _is_ledger(place: str) -> bool:
    return is_address(place) or Path(place).is_dir() or is_ledger_file(place)


def _found(
    ledger: Ledger, reader: NewsReader, done: Booking, *, dry_run: bool
) -> dict[str, Any]:
    kinds = dict(reader.kinds)
    unknown = kinds.pop("", 0)
    return {
        **booked(ledger, done, dry_run=dry_run),
        "events": reader.events,
        "kinds": {show.printable(kind): number for kind, number in kinds.items()},
        "unknown": unknown,
        "foreign": reader.foreign,
        **problems_of(reader),
    }


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    kinds = ", ".join(
        f"{show.count(number)} {kind}" for kind, number in found["kinds"].items()
    )
    told = f" ({kinds})" if kinds else ""
    yield f"Read {_events(found['events'])}{told}."
    others = found["foreign"] + found["unmatched"]
    yield from booked_lines(
        found,
        [
            (others, "about other messages, or none"),
            (found["unknown"], "of a type that this safesend does not know"),
        ],
    )


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{show.count(number)} events"
