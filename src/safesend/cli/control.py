"""`safesend pause`, `resume` and `cancel`: a word to a run, from any terminal."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.exits import Exit
from safesend.cli.ledgers import chosen_campaign, existing_ledger
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError
from safesend.ledger.base import Control

__all__ = ["cancel", "pause", "resume"]

_Command = TypeVar("_Command", bound=Callable[..., object])


def _options(command: _Command) -> _Command:
    named = click.option(
        "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
    )
    reason = click.option(
        "--reason",
        default="",
        metavar="TEXT",
        help="Why; 'safesend status' tells it others.",
    )
    return click.argument("ledger", metavar="LEDGER")(named(reason(command)))


@click.command(short_help="Stop a campaign for now.")
@_options
def pause(ledger: str, campaign: str | None, reason: str) -> None:
    """Stop a campaign for now: what is on the wire is finished, nothing new begins.

    It works on a run in another terminal within a second. LEDGER is the ledger or the
    campaign folder.
    """
    name = _order(ledger, campaign, Control.PAUSE, reason)
    again = f"safesend resume {shlex.quote(ledger)}"
    again += f" --campaign {shlex.quote(name)}" if campaign else ""
    show.say(f"{name} is paused. To go on: {again}, then send again.")


@click.command()
@_options
def resume(ledger: str, campaign: str | None, reason: str) -> None:
    """Let a paused campaign go on at the next 'safesend send'."""
    name = _order(ledger, campaign, Control.RUN, reason)
    show.say(f"{name} may go on: run 'safesend send' again.")


@click.command(short_help="End a campaign for good; nobody else gets it.")
@_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def cancel(
    context: click.Context, ledger: str, campaign: str | None, reason: str, *, yes: bool
) -> None:
    """End a campaign: whoever is still waiting gets nothing. This is for good.

    What was sent stays sent: no mail can be called back.
    """
    question = "Whoever is still waiting will never get it. Cancel the campaign?"
    if not yes and not agreed(question):
        show.say("Nothing was changed.", err=True)
        context.exit(Exit.OK)
    name = _order(ledger, campaign, Control.CANCEL, reason)
    show.say(f"{name} is cancelled.")


def _order(place: str, name: str | None, control: Control, reason: str) -> str:
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(place))) as book:
        record = chosen_campaign(book, name)
        if record.control is Control.CANCEL and control is not Control.CANCEL:
            raise ConfigurationError(
                f"{record.name} was cancelled, and that is for good; to write to these"
                " people after all, give the mailing a new name in campaign.toml"
            )
        book.set_control(
            record.id,
            control,
            actor=getpass.getuser(),
            reason=reason,
            now=SYSTEM.now(),
        )
    return record.name
