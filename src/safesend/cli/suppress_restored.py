"""`safesend suppress restored`: a person says that this copy of a list is the list."""

from __future__ import annotations

import getpass
from contextlib import closing

import click

from safesend.cli import show
from safesend.cli.ledgers import existing_ledger
from safesend.cli.lists import known_list
from safesend.cli.options import json_option

__all__ = ["restored"]


@click.command(short_help="Say that this copy is the list from now on.")
@click.argument("place", metavar="LIST")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept.")
@click.option(
    "--ledger",
    metavar="LEDGER",
    help="The ledger that refuses it, or the campaign folder: needed where another copy"
    " was made the list by a clock that was ahead.",
)
@json_option
def restored(place: str, reason: str, ledger: str | None, as_json: bool) -> None:
    """Say that LIST, put back from a backup, is the list from now on.

    A run refuses a list that lacks what others saw in it: people who left since that
    copy was made would get mail. Put on it first whom it lacks, as far as you can tell
    (see 'safesend suppress import'). Every other copy is refused afterwards.

    \b
    Examples:
      safesend suppress restored suppressed.db --reason "the disk died; of Monday"
      safesend suppress restored suppressed.db --reason "of Monday" --ledger spring
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if not reason.strip():
        raise click.UsageError("--reason TEXT: what became of the newer one?")
    with known_list(place) as shared:
        after = 0.0 if ledger is None else _era(existing_ledger(ledger), shared.id)
        number = shared.restored(actor=getpass.getuser(), reason=reason, after=after)
    if as_json:
        show.emit({"list": shared.name, "number": number})
    else:
        show.say(
            f"{shared.name} is the list from now on, with {show.count(number)} on it;"
            " every other copy of it is refused."
        )


def _era(ledger: str, list_: str) -> float:
    """When a copy became the list, as that ledger saw it last; 0.0: it saw none."""
    from safesend.ledger import open_ledger

    with closing(open_ledger(ledger)) as book:
        known = book.lists.newest(list_)
    return 0.0 if known is None else known.era
