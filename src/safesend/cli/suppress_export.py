"""`safesend suppress export`: the list for another machine, or whom it means here."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safesend.cli import show
from safesend.cli.lists import known_list, on_it, people_of
from safesend.errors import ConfigurationError
from safesend.ledger.place import create_private

if TYPE_CHECKING:
    from safesend.suppression import SuppressionList

__all__ = ["export"]

_TITLES = ("email", "reason", "source", "since", "expires")


@click.command(short_help="Write it out, for another machine or a list of people.")
@click.argument("place", metavar="LIST")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A new file, which only you can read, in place of standard output.",
)
@click.option(
    "--recipients",
    metavar="FILE",
    help="Write out who of this list of people is on it, with addresses (needs --out).",
)
@click.option("--address", metavar="COLUMN", help="Its column with the address.")
def export(
    place: str, out: Path | None, recipients: str | None, address: str | None
) -> None:
    """Write LIST as JSON Lines: digests, reasons and dates, and no address.

    'safesend suppress import' reads that into another list with the same key. Digests
    cannot be turned into addresses; with --recipients a list of people is looked
    through, and those of it who are on LIST are written as CSV.

    \b
    Examples:
      safesend suppress export suppressed.db --out suppressed.jsonl
      safesend suppress export suppressed.db --recipients members.csv --out off.csv
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if recipients is not None and out is None:
        raise click.UsageError("--recipients writes addresses: name a file with --out")
    with known_list(place) as shared:
        if recipients is None:
            lines = shared.export()
        else:
            lines = _people(shared, recipients, address)
        if out is None:
            for line in lines:
                show.say(line)
            return
        number = _written(out, lines) - 1  # the first line says what it is
    show.say(f"{show.count(number)} written to {out}.")


def _people(
    shared: SuppressionList, recipients: str, address: str | None
) -> Iterator[str]:
    """Lines of CSV; of several reasons that which weighs most."""
    yield _line(_TITLES)
    for batch in people_of(recipients, address):
        for person, (entry, *_) in on_it(shared, batch):
            ends = "" if entry.expires is None else _date(entry.expires)
            about = (entry.reason, entry.source, _date(entry.since), ends)
            yield _line((person.address.wire, *about))


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _date(date: float) -> str:
    at = dt.datetime.fromtimestamp(date, dt.UTC)
    return at.isoformat(timespec="seconds")


def _written(out: Path, lines: Iterator[str]) -> int:
    """Write all lines, or leave no file behind; gives how many."""
    try:
        descriptor = create_private(out)
    except FileExistsError:
        raise ConfigurationError(f"{out} is there already; give a new file") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            return sum(1 for line in lines if file.write(f"{line}\n"))
    except BaseException:
        out.unlink(missing_ok=True)
        raise
