"""`safesend enrol DIR`: put a campaign into its ledger, for workers to send."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.exits import Exit
from safesend.cli.ledgers import ledger_of
from safesend.cli.limiting import limiting_options
from safesend.cli.options import folder_argument, json_option, ledger_option
from safesend.errors import AudienceError, UnsafeMessage
from safesend.ledger.whereabouts import shown

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder
    from safesend.engine.content import Way
    from safesend.engine.options import Options
    from safesend.ledger.base import Ledger

__all__ = ["enrol"]

_LANES = 8


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    folder: Path
    ledger: str | None
    via: tuple[str, ...]
    suppression: str | None
    confirm_changes: bool
    connections: int | None
    limits: str | None
    yes: bool
    as_json: bool


@click.command(short_help="Put a campaign into its ledger, for workers to send.")
@folder_argument
@ledger_option
@click.option(
    "--via",
    multiple=True,
    metavar="URL",
    help="Carrier, in place of campaign.toml's. Given twice: the second stands in"
    " where the first is down.",
)
@click.option(
    "--suppression",
    metavar="PATH",
    help="A list of people who get nothing, in place of campaign.toml's.",
)
@click.option(
    "--confirm-changes",
    is_flag=True,
    help="Go on although the letter changed or the list grew much since the first run.",
)
@limiting_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def enrol(
    context: click.Context,
    *,
    folder: Path,
    ledger: str | None,
    via: tuple[str, ...],
    suppression: str | None,
    confirm_changes: bool,
    connections: int | None,
    limits: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Check every message of DIR, and put letter, files, settings and list in a ledger.

    Nothing is sent here: 'safesend worker LEDGER' does that, without the folder. No
    password and no key is kept; whoever sends brings them.

    \b
    Examples:
      safesend enrol spring
      safesend enrol spring --via smtp://me@mail.example.org --yes
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(
        folder=folder,
        ledger=ledger,
        via=via,
        suppression=suppression,
        confirm_changes=confirm_changes,
        connections=connections,
        limits=limits,
        yes=yes,
        as_json=as_json,
    )
    context.exit(_enrol(wish))


def _enrol(wish: _Wish) -> Exit:
    from safesend.cli.carriers import kept_ways
    from safesend.cli.folder import open_folder
    from safesend.ledger import open_ledger

    folder = open_folder(wish.folder)
    ways = kept_ways(folder, wish.via)
    place = ledger_of(folder, wish.ledger)
    question = (
        f"Enrol everybody on {folder.settings.list}? Workers on {shown(place)} send to"
        " them from then on."
    )
    if not wish.yes and not agreed(question):
        show.say("Nothing was changed.", err=True)
        return Exit.OK
    try:
        with closing(open_ledger(place)) as book:
            return _told(wish, shown(place), book, _enlisted(wish, folder, ways, book))
    except KeyboardInterrupt as end:
        again = shlex.join(["safesend", "enrol", str(wish.folder)])
        end.add_note(
            "Nobody new is sent anything before all of them are enrolled. To go on,"
            f" with the same options: {again}"
        )
        raise


def _enlisted(
    wish: _Wish, folder: CampaignFolder, ways: Sequence[Way], book: Ledger
) -> int:
    """The number of the campaign in the ledger."""
    from safesend.cli.lists import list_of
    from safesend.engine.joining import enlist
    from safesend.engine.sync import from_sync
    from safesend.fleet.carriers import carrier_of
    from safesend.fleet.secrets import Secrets
    from safesend.redaction import Secret
    from safesend.suppression.lending import lent

    campaign = folder.campaign()
    # Nobody logs in here, so any password does.
    unknown = {way.url: Secret("unknown") for way in ways}
    carrier = carrier_of(ways, None, Secrets(passwords=unknown))
    with lent(list_of(folder, wish.suppression)) as shared:
        options = attrs.evolve(_options(wish, folder), suppression=shared)
        try:
            record = from_sync(
                lambda: enlist(campaign, options, book, carrier, way=ways)
            )
        except (AudienceError, UnsafeMessage) as wrong:
            look = shlex.join(["safesend", "check", str(wish.folder)])
            wrong.add_note(f"Mend this first. All of it is told by: {look}")
            raise
    return record.id


def _options(wish: _Wish, folder: CampaignFolder) -> Options:
    from safesend.cli.pacing import Wanted
    from safesend.engine.options import Options

    wanted = Wanted(connections=wish.connections, limits=wish.limits)
    how = folder.pacing(wanted).options() | folder.caution().options()
    lanes = folder.settings.lanes or _LANES
    return Options(
        **{"give_up_after": "2d", **how},
        lanes=lanes,
        confirm_changes=wish.confirm_changes,
    )


def _told(wish: _Wish, place: str, book: Ledger, campaign: int) -> Exit:
    from safesend.ledger.base import State

    [record] = [one for one in book.campaigns() if one.id == campaign]
    counts = book.counts(campaign)
    waiting = counts.get(State.WAITING, 0)
    open_ = waiting + counts.get(State.SENDING, 0)
    again = shlex.join(["safesend", "worker" if open_ else "status", place])
    if wish.as_json:
        show.emit(
            {
                "ok": True,
                "campaign": record.name,
                "ledger": place,
                "enrolled": record.enrolled,
                "waiting": waiting,
                "exit_code": int(Exit.OK),
            }
        )
    else:
        show.say(f"{record.name}: {_who_waits(record.enrolled, open_)}{again}")
    return Exit.OK


def _who_waits(enrolled: int, waiting: int) -> str:
    if waiting:
        return f"{show.people(waiting)} waiting. To send: "
    there = f"{show.people(enrolled)} in the ledger, nobody waiting"
    return f"{there}. How far it is: "
