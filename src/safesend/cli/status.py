"""`safesend status LEDGER`: how far its campaigns are, in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option, ledger_argument
from safesend.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from safesend.policies.sending_hours import SendingHours

__all__ = ["status"]

_EVERY = 1.0
"""Seconds between two looks; more for a ledger that takes long to read."""

_PART = 10
"""Reading may take one part in so many of the time."""


@click.command(short_help="Say how far campaigns are, and who sends now.")
@ledger_argument
@click.option(
    "--watch",
    is_flag=True,
    help="Look again every second, until nobody waits; Ctrl-C ends it.",
)
@json_option
def status(ledger: str, watch: bool, as_json: bool) -> None:
    """Say how far the campaigns in LEDGER are, who sends, and what limits the pace.

    LEDGER is what 'safesend send' printed (NAME.safesend.db beside the campaign folder,
    or a URL), or the campaign folder itself: then its sending hours count as well.
    Reading it changes nothing.

    \b
    Examples:
      safesend status spring
      safesend status spring.safesend.db --watch
      safesend status postgresql://mail@db.example.org/mail --json
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if watch and as_json:
        raise click.UsageError(
            "--watch is for people; ask for --json as often as needed"
        )
    from safesend.ledger import open_ledger

    hours = _hours(ledger)
    with closing(open_ledger(existing_ledger(ledger))) as book:
        from safesend.cli.accounts import account_of

        clock = book.clock(SYSTEM)
        if as_json:
            show.emit(account_of(book, clock.now(), hours))
        else:
            _tell(lambda now: account_of(book, now, hours), clock, watch=watch)


def _hours(place: str) -> dict[str, SendingHours]:
    """The sending hours of a campaign folder; a ledger alone does not know them."""
    if not Path(place).is_dir():
        return {}
    from safesend.cli.folder import open_folder

    folder = open_folder(Path(place))
    hours = folder.pacing().hours
    return {} if hours is None else {folder.settings.name: hours}


def _tell(
    look: Callable[[float], dict[str, Any]], clock: Clock, *, watch: bool
) -> None:
    from safesend.cli.accounts import is_done
    from safesend.cli.overview import overview

    try:
        while True:
            began = SYSTEM.monotonic()
            account = look(clock.now())
            lines = list(overview(account, clock.now()))
            if watch:
                click.clear()
            show.say("\n".join(lines))
            if not watch or is_done(account):
                return
            took = SYSTEM.monotonic() - began
            asyncio.run(SYSTEM.sleep(max(_EVERY, _PART * took)))
            show.say()
    except KeyboardInterrupt:
        if not watch:
            raise
