"""`safesend suppressed LEDGER`: mailboxes that are not written to, and a way back."""

from __future__ import annotations

import getpass
from contextlib import closing
from typing import Any

import attrs
import click

from safesend.cli import show
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option, ledger_argument
from safesend.clock import SYSTEM
from safesend.errors import AddressError, ConfigurationError
from safesend.ledger.base import Ledger
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

__all__ = ["suppressed"]


@click.command(short_help="Say which mailboxes a ledger leaves out; let one back in.")
@ledger_argument
@click.option("--check", metavar="ADDRESS", help="Say whether this one is left out.")
@click.option(
    "--lift", metavar="ADDRESS", help="Write to this one again, from the next campaign."
)
@click.option(
    "--reason",
    default="",
    metavar="TEXT",
    help="Needed with --lift: why; kept in the ledger.",
)
@json_option
def suppressed(
    ledger: str, check: str | None, lift: str | None, reason: str, as_json: bool
) -> None:
    """Say how many mailboxes no campaign in LEDGER writes to any more.

    A server said that they do not exist. LEDGER is the ledger or the campaign folder.
    It knows digests and no addresses, so it can be asked for one, and cannot list them.
    A list that several ledgers share is kept with 'safesend suppress'.

    \b
    Examples:
      safesend suppressed spring
      safesend suppressed spring --check ada@example.org
      safesend suppressed spring --lift ada@example.org --reason "she wrote to us"
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    _refuse_half_a_wish(check, lift, reason)
    asked = lift if check is None else check
    address = None if asked is None else _address(asked)
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        if address is None:
            found, lines = _overview(book)
        elif lift is None:
            found, lines = _checked(book, address)
        else:
            found, lines = _lifted(book, address, reason)
        found = {"ledger": book.name, **found}
    if as_json:
        show.emit(found)
    else:
        for line in lines:
            show.say(line)


def _refuse_half_a_wish(check: str | None, lift: str | None, reason: str) -> None:
    if check is not None and lift is not None:
        raise click.UsageError("--check or --lift: one at a time")
    if lift is not None and not reason.strip():
        raise click.UsageError("--lift needs --reason TEXT: why the server was wrong")
    if lift is None and reason:
        raise click.UsageError("--reason belongs to --lift")


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except AddressError as error:
        raise ConfigurationError(str(error)) from error


def _digest(book: Ledger, address: Address) -> bytes:
    return CampaignKey(book.secret, "").suppression(address)


def _overview(book: Ledger) -> tuple[dict[str, Any], list[str]]:
    found = book.suppressions()
    total = sum(one.number for one in found.values())
    lines = [f"Ledger {book.name}", f"Not written to any more: {show.people(total)}."]
    for name, one in found.items():
        first, last = show.day(one.first), show.day(one.last)
        dates = first if first == last else f"{first} to {last}"
        lines.append(f"  {show.count(one.number):>9}  found by {name}, {dates}")
    if total:
        lines.append("A server said that their mailbox does not exist.")
    campaigns = [{"name": name, **attrs.asdict(one)} for name, one in found.items()]
    return {"suppressed": total, "campaigns": campaigns}, lines


def _checked(book: Ledger, address: Address) -> tuple[dict[str, Any], list[str]]:
    out = book.suppressed(_digest(book, address))
    line = (
        f"{address} is left out: a server said that this mailbox does not exist."
        if out
        else f"{address} is not left out."
    )
    return {"suppressed": out}, [line]


def _lifted(
    book: Ledger, address: Address, reason: str
) -> tuple[dict[str, Any], list[str]]:
    lifted = book.lift(
        _digest(book, address),
        actor=getpass.getuser(),
        reason=reason,
        now=book.clock(SYSTEM).now(),
    )
    if not lifted:
        raise ConfigurationError(
            f"{address} is not left out, so nothing was changed; is it spelt as in the"
            " list?"
        )
    lines = [
        f"{address} is written to again, from the next campaign of this ledger on.",
        "Where it was left out already it stays so.",
    ]
    return {"lifted": True}, lines
