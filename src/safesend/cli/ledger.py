"""`safesend ledger migrate`: the tables of a ledger, for the safesend that is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import LedgerType, json_option
from safesend.cli.project import VARIABLE

if TYPE_CHECKING:
    from safesend.ledger.migrating import Migrated

__all__ = ["ledger"]


@click.group(short_help="Look after the tables of a ledger.")
def ledger() -> None:
    """Look after the tables of a ledger; what is in it is left as it is.

    \b
    Example:
      safesend ledger migrate postgresql://mailer@db.example.org/mail
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped


@ledger.command(short_help="Bring a ledger's tables up to date.")
@click.argument("place", metavar="LEDGER", envvar=VARIABLE, type=LedgerType())
@json_option
def migrate(place: str, *, as_json: bool) -> None:
    """Bring the tables of LEDGER up to what this safesend works with.

    LEDGER is a URL, a path or a campaign folder. In PostgreSQL nothing else does it:
    stop every program that works with the ledger first, and update them all. Where the
    database has no tables yet they are made. A ledger in a file is brought up to date
    by whoever opens it.

    \b
    Examples:
      safesend ledger migrate postgresql://mailer@db.example.org/mail
      safesend ledger migrate spring/spring.safesend.db --json
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.ledger.migrating import migrate as brought_up_to_date

    done = brought_up_to_date(existing_ledger(place, bare=True))
    if as_json:
        show.emit(
            {
                "ok": True,
                "ledger": done.name,
                "schema_before": done.before,
                "schema": done.after,
                "exit_code": int(Exit.OK),
            }
        )
    else:
        show.say(_told(done))


def _told(done: Migrated) -> str:
    if done.before == done.after:
        return f"{done.name}: schema {done.after}, which is up to date."
    if not done.before:
        return f"{done.name}: its tables are made (schema {done.after})."
    return f"{done.name}: migrated from schema {done.before} to {done.after}."
