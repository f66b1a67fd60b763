"""`safesend suppress check`: who of these is on the list, why, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.lists import known_list, on_it, people_of, person
from safesend.cli.options import json_option
from safesend.suppression.entry import Entry

if TYPE_CHECKING:
    from safesend.message.recipient import Recipient
    from safesend.suppression import SuppressionList

__all__ = ["check"]


@attrs.frozen
class _Told:
    """One who was asked for: masked, where it stands in its file, and its entries."""

    address: str
    place: str
    entries: list[Entry]


@click.command(short_help="Say who of these is on it, and why.")
@click.argument("place", metavar="LIST")
@click.argument("people", metavar="[ADDRESS]...", nargs=-1)
@click.option("--file", metavar="FILE", help="Everybody in this list of people.")
@click.option("--address", metavar="COLUMN", help="The file's column with the address.")
@json_option
@click.pass_context
def check(
    context: click.Context,
    *,
    place: str,
    people: tuple[str, ...],
    file: str | None,
    address: str | None,
    as_json: bool,
) -> None:
    """Say whether each ADDRESS is on LIST, why and since when.

    Of a FILE (CSV, JSON Lines, one address a line) those are told who are on it. The
    exit code is 0 where nobody is, and 1 where somebody is.

    \b
    Examples:
      safesend suppress check suppressed.db ada@example.org
      safesend suppress check suppressed.db --file members.csv
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if not people and file is None:
        raise click.UsageError("name an ADDRESS, or a --file of them")
    named = [person(one) for one in people]
    with known_list(place) as shared:
        told = [_Told(str(one), "", shared.entries(one)) for one in named]
        number = len(told)
        for batch in people_of(file, address):
            number += len(batch)
            told += _on_it(shared, batch)
    found = sum(1 for one in told if one.entries)
    if as_json:
        _emit(shared.name, number, found, told)
    else:
        for line in _lines(number, found, told):
            show.say(line)
    context.exit(Exit.PROBLEMS if found else Exit.OK)


def _on_it(shared: SuppressionList, batch: Sequence[Recipient]) -> Iterator[_Told]:
    for one, entries in on_it(shared, batch):
        yield _Told(str(one.address), one.source, entries)


def _emit(name: str, number: int, found: int, told: Sequence[_Told]) -> None:
    people = [attrs.asdict(one) for one in told]
    show.emit({"list": name, "checked": number, "on_list": found, "people": people})


def _lines(number: int, found: int, told: Sequence[_Told]) -> Iterator[str]:
    for one in told:
        where = f"{one.place}: " if one.place else ""
        if not one.entries:
            yield f"{where}{one.address} is not on the list."
        for entry in one.entries:
            yield f"{where}{one.address}: {_why(entry)}"
    if number > 1:
        yield f"{show.count(found)} of {show.people(number)} on the list."


def _why(entry: Entry) -> str:
    """Give "unsubscribed since 2027-01-15 (the whole domain; from crm.csv)"."""
    more = ["the whole domain"] if entry.domain else []
    if entry.source:
        more.append(f"from {entry.source}")
    if entry.expires is not None:
        more.append(f"until {show.day(entry.expires)}")
    text = f"{entry.reason} since {show.day(entry.since)}"
    return f"{text} ({'; '.join(more)})" if more else text
