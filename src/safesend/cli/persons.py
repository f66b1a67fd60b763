"""One person's address on the command line, and what a ledger calls it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.asking import interactive
from safesend.errors import AddressError, ConfigurationError
from safesend.ledger.postgres.address import is_address
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

if TYPE_CHECKING:
    from safesend.ledger.base import Ledger

__all__ = ["given_address", "kept_line", "mailbox_of", "purged_line", "unswept_line"]


def given_address(text: str) -> Address:
    """The address as it was given; "-" reads it, so that no shell remembers it.

    Raises `ConfigurationError`.
    """
    if text == "-":
        text = _asked() if interactive() else sys.stdin.readline()
    try:
        return Address.parse(text.strip())
    except AddressError as error:
        raise ConfigurationError(str(error)) from error


def _asked() -> str:
    return str(click.prompt("Address", err=True))


def mailbox_of(book: Ledger, address: Address) -> bytes:
    """The digest that all rows of this mailbox have."""
    return CampaignKey(book.secret, "").suppression(address)


def kept_line(campaign: Mapping[str, Any], place: str, now: float) -> str:
    """For how long it is known who they are; empty where nobody said.

    `place` is the ledger as a shell takes it.
    """
    until, length = campaign["kept_until"], campaign["retention"]
    if campaign["purged"] is not None:
        day = show.day(campaign["purged"])
        return f"Purged on {day}: who they were is not known, so it never sends again."
    if until is not None and until <= now:
        return f"Their data is kept for too long: safesend purge {place} --due"
    if until is not None:
        return f"What is known of them is kept until {show.moment(until, now)}."
    if length is not None:
        after = show.duration(length)
        return f"What is known of them is kept for {after} after the end."
    return ""


def purged_line(book: Ledger) -> list[str]:
    """Of which campaigns nobody can be told any more, if there are such."""
    names = [one.name for one in book.campaigns() if one.purged is not None]
    if not names:
        return []
    return [f"Purged, so that nobody in them can be told: {', '.join(names)}."]


def unswept_line(ledger: str) -> str:
    """What to say where something erased may still stand in a file."""
    if is_address(ledger):
        return (
            f"The tables of {ledger} could not be written anew: somebody works with"
            " them, or the disk has no room for a second copy. Until then what was"
            " erased may still be found in the server's files: run the command again."
        )
    return (
        f"The file {ledger} could not be written anew: another program has it open, or"
        " the disk has no room for a second copy. Until then what was erased may still"
        " be found in it: run the command again."
    )
