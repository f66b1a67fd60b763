"""`safesend suppress`: a list of people whom no campaign writes to, kept by hand."""

from __future__ import annotations

import getpass
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from safesend.cli import show
from safesend.cli.lists import known_list, list_path, person
from safesend.cli.options import json_option, seconds
from safesend.cli.suppress_check import check
from safesend.cli.suppress_export import export
from safesend.cli.suppress_restored import restored
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError
from safesend.suppression.entry import Entry, Reason

if TYPE_CHECKING:
    from safesend.suppression import SuppressionList

__all__ = ["suppress"]

_Command = TypeVar("_Command", bound=Callable[..., object])
_REASONS = click.Choice([reason.value for reason in Reason])
_DEEDS_SHOWN = 10


@click.group(short_help="Keep a list of people whom no campaign writes to.")
def suppress() -> None:
    """Keep a suppression list: people whom no campaign writes to, in one file.

    Many campaigns and ledgers may share it: name it in their campaign.toml
    (suppression = "../suppressed.db"), or with 'safesend send --suppression'. It is
    asked when somebody's turn comes, and takes up the mailboxes that a server does not
    know. It has digests and no addresses.

    LIST is its path, or a campaign folder that names it.

    \b
    Examples:
      safesend suppress add suppressed.db ada@example.org
      safesend suppress check suppressed.db ada@example.org
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


def _list_argument(command: _Command) -> _Command:
    return click.argument("place", metavar="LIST")(command)


def _entry_options(command: _Command) -> _Command:
    reason = click.option(
        "--reason",
        type=_REASONS,
        default=Reason.BY_HAND.value,
        show_default=True,
        help="Why they get nothing.",
    )
    source = click.option("--source", metavar="TEXT", help="Where that comes from.")
    lasting = click.option(
        "--for",
        "lasting",
        callback=seconds,
        metavar="TIME",
        help="For so long, 90d for example; for good otherwise.",
    )
    return reason(source(lasting(json_option(command))))


@suppress.command(short_help="Make an empty list.")
@_list_argument
def new(place: str) -> None:
    """Make an empty list at LIST.

    \b
    Example:
      safesend suppress new suppressed.db
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    path = list_path(place)
    if path.exists():
        raise ConfigurationError(f"{path} is there already; nothing was changed")
    with _opened(path) as shared:
        show.say(f"{shared.name} is ready; nobody is on it.")


@suppress.command(short_help="Put people on it, or whole domains.")
@_list_argument
@click.argument("people", metavar="ADDRESS...", nargs=-1, required=True)
@_entry_options
def add(
    *,
    place: str,
    people: tuple[str, ...],
    reason: str,
    source: str | None,
    lasting: float | None,
    as_json: bool,
) -> None:
    """Put each ADDRESS on LIST: ada@example.org, or @example.org for a whole domain.

    A LIST that is not there is made. Who is on it for the same reason stays as long as
    the longer of both says.

    \b
    Examples:
      safesend suppress add suppressed.db ada@example.org --reason unsubscribed
      safesend suppress add suppressed.db @example.net --for 90d
    """  # noqa: D301
    named = [person(one) for one in people]
    now = SYSTEM.now()
    with _made(list_path(place)) as shared:
        new = shared.add(
            named,
            reason,
            source=source or "",
            expires=None if lasting is None else now + lasting,
            actor=getpass.getuser(),
            now=now,
        )
    found = {"list": shared.name, "given": len(named), "new": new}
    _tell(found, [f"{_number(new)} new on {shared.name}: {reason}."], as_json=as_json)


@suppress.command("import", short_help="Put everybody in a file on it.")
@_list_argument
@click.argument("file", metavar="FILE")
@_entry_options
@click.option("--address", metavar="COLUMN", help="The column with the address.")
@click.option("--skip-invalid", is_flag=True, help="Leave out lines that are wrong.")
def import_(
    *,
    place: str,
    file: str,
    reason: str,
    source: str | None,
    lasting: float | None,
    address: str | None,
    skip_invalid: bool,
    as_json: bool,
) -> None:
    """Put everybody in FILE on LIST, all of them or none ("-" is standard input).

    FILE is CSV, JSON Lines, one address a line, or what 'safesend suppress export'
    wrote: that keeps its reasons and dates, and needs the same key. What is wrong is
    told with its line (exit code 1).

    \b
    Examples:
      safesend suppress import suppressed.db bounces.csv --reason no-such-mailbox
      safesend suppress import suppressed.db exported.jsonl
    """  # noqa: D301
    now = SYSTEM.now()
    with _made(list_path(place)) as shared:
        done = shared.import_file(
            sys.stdin.buffer if file == "-" else file,
            reason,
            address=address,
            skip_invalid=skip_invalid,
            source=source,
            expires=None if lasting is None else now + lasting,
            actor=getpass.getuser(),
            now=now,
        )
    lines = [f"{_number(done.new)} new on {shared.name}, {_number(done.read)} read."]
    if done.skipped:
        lines.append(
            f"Lines that cannot be used, left out: {show.count(done.skipped)}."
        )
    _tell({"list": shared.name, **attrs.asdict(done)}, lines, as_json=as_json)


@suppress.command(short_help="Take somebody off it.")
@_list_argument
@click.argument("address", metavar="ADDRESS")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept.")
@click.option(
    "--only", type=_REASONS, help="Only what stands there for this reason; else all."
)
@json_option
def remove(
    place: str, address: str, reason: str, only: str | None, as_json: bool
) -> None:
    """Take ADDRESS off LIST, so that campaigns write to it again.

    \b
    Example:
      safesend suppress remove suppressed.db ada@example.org --reason "she wrote to us"
    """  # noqa: D301
    if not reason.strip():
        raise click.UsageError("--reason TEXT: why may it be written to again?")
    one = person(address)
    with known_list(place) as shared:
        removed = shared.remove(one, actor=getpass.getuser(), reason=reason, only=only)
        left = shared.entries(one)
    if not removed:
        raise ConfigurationError(f"{one} {_not_removed(only, left)}")
    found = {"list": shared.name, "removed": removed, "left": len(left)}
    _tell(found, _taken_off(one, [entry.reason for entry in left]), as_json=as_json)


@suppress.command(name="show", short_help="Say how many are on it, and who did what.")
@_list_argument
@json_option
def show_(place: str, as_json: bool) -> None:
    """Say how many are on LIST and why, and what people did with it.

    \b
    Example:
      safesend suppress show suppressed.db
    """  # noqa: D301
    with known_list(place) as shared:
        counts, deeds = shared.counts(), shared.deeds()
    found = {
        "list": shared.name,
        "counts": {reason.value: attrs.asdict(one) for reason, one in counts.items()},
        "deeds": [attrs.asdict(deed) for deed in deeds],
    }
    lines = [f"Suppression list {shared.name}"]
    for reason, one in counts.items():
        wide = f" (whole domains: {show.count(one.domains)})" if one.domains else ""
        lines.append(f"  {show.count(one.number):>9}  {reason}{wide}")
    if not counts:
        lines.append("Nobody is on it.")
    for deed in deeds[-_DEEDS_SHOWN:]:
        done = f"{deed.deed} {show.count(deed.number)}"
        lines.append(f"{show.day(deed.at)} {deed.actor}: {done} ({deed.reason})")
    _tell(found, lines, as_json=as_json)


suppress.add_command(check)
suppress.add_command(export)
suppress.add_command(restored)


def _opened(path: Path) -> SuppressionList:
    from safesend.suppression import SuppressionList

    return SuppressionList(path)


def _made(path: Path) -> SuppressionList:
    """The list at that path; where it is a new one, this is said."""
    if not path.exists():
        show.say(f"Note: {shlex.quote(str(path))} is a new list.", err=True)
    return _opened(path)


def _number(number: int) -> str:
    return show.count(number) if number else "nobody"


def _not_removed(only: str | None, left: list[Entry]) -> str:
    if any(entry.domain for entry in left):
        return "is on the list with its whole domain; nothing was changed"
    kind = f" as {only}" if only else ""
    return f"is not on the list{kind}, so nothing was changed; is it spelt as it was?"


def _taken_off(one: object, left: list[Reason]) -> list[str]:
    if not left:
        return [f"{one} is taken off the list and is written to again."]
    still = ", ".join(left)
    line = f"{one} is taken off, and gets nothing all the same: still on it as {still}."
    return [line]


def _tell(found: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        show.emit(found)
        return
    for line in lines:
        show.say(line)
