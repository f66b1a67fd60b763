"""`safesend forget LEDGER ADDRESS`: one person's rows are emptied."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import closing

import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option, ledger_argument
from safesend.cli.persons import given_address, mailbox_of, purged_line, unswept_line
from safesend.clock import SYSTEM
from safesend.ledger.persons import Forgotten
from safesend.ledger.values import State

__all__ = ["forget"]

_BECAME = {
    State.WAITING: "waited for it, and will never get it",
    State.IN_DOUBT: "was in doubt, and is never sent it again",
}


@click.command(short_help="Erase what is known of one person.")
@ledger_argument
@click.argument("address", metavar="ADDRESS")
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why; kept in the ledger."
)
@click.option(
    "--also-suppress",
    "suppress",
    is_flag=True,
    help="And write to them in no later campaign of this ledger.",
)
@json_option
@click.pass_context
def forget(
    context: click.Context,
    *,
    ledger: str,
    address: str,
    reason: str,
    suppress: bool,
    as_json: bool,
) -> None:
    """Erase what LEDGER knows of one person, in all of its campaigns.

    Whoever waits gets nothing. A digest of the mailbox stays, without which the same
    list would write again; it goes when the campaign is purged. ADDRESS may be "-": it
    is read from standard input then. LEDGER is the ledger or the campaign folder.

    \b
    Examples:
      safesend forget spring ada@example.com --reason "asked us to"
      safesend forget spring - --reason "asked us to" --also-suppress
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if not reason.strip():
        raise click.UsageError("say why with --reason TEXT; it is kept in the ledger")
    who = given_address(address)
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        rows = book.persons.forget(
            mailbox_of(book, who),
            actor=getpass.getuser(),
            reason=reason,
            now=book.clock(SYSTEM).now(),
            suppress=suppress,
        )
        swept = book.persons.sweep()
        lines = [*_lines(str(who), rows, suppress=suppress), *purged_line(book)]
        name = book.name
    if as_json:
        _emit(name, rows, suppressed=suppress, swept=swept)
    else:
        for line in lines:
            show.say(line)
    if not swept:
        show.say(unswept_line(name), err=True)
        context.exit(Exit.AGAIN)


def _emit(
    ledger: str, rows: Sequence[Forgotten], *, suppressed: bool, swept: bool
) -> None:
    forgotten = [
        {"campaign": one.campaign, "before": one.before.value, "after": one.after.value}
        for one in rows
    ]
    rest = {"suppressed": suppressed, "swept": swept}
    show.emit({"ledger": ledger, "forgotten": forgotten, **rest})


def _lines(who: str, rows: Sequence[Forgotten], *, suppress: bool) -> Iterator[str]:
    if rows:
        yield f"{who} is forgotten:"
        for row in rows:
            kept = f"is kept as {row.after.value!r}, without a date or a reply"
            yield f"  {row.campaign}: {_BECAME.get(row.before, kept)}"
        yield (
            "A digest of the mailbox stays, so that the same list does not write to it"
            " again; it goes with 'safesend purge'."
        )
    else:
        yield f"{who} is in no campaign of this ledger, so nothing was erased."
    if suppress:
        yield "No later campaign of this ledger writes to them."
