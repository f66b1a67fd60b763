"""`safesend purge LEDGER`: what a ledger knows of a campaign's people ends."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import closing

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.exits import Exit
from safesend.cli.ledgers import chosen_campaign, existing_ledger, meant
from safesend.cli.options import json_option, ledger_argument, seconds
from safesend.cli.persons import unswept_line
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError, LedgerBusy
from safesend.ledger.base import CampaignRecord, Ledger, State
from safesend.ledger.persons import Purged

__all__ = ["purge"]


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    campaign: str | None
    age: float | None
    due: bool
    unfinished: bool
    destroy_key: bool
    reason: str
    yes: bool

    @property
    def why(self) -> str:
        """What is kept as the reason."""
        if self.reason.strip() or not (self.due or self.age):
            return self.reason
        return "its retention was over" if self.due else "older than was asked for"


@attrs.define
class _Done:
    """What became of it."""

    purged: dict[str, Purged] = attrs.field(factory=dict)
    busy: dict[str, str] = attrs.field(factory=dict)
    swept: bool = True
    key: str | None = None


@click.command(short_help="Erase what is known of a campaign's people.")
@ledger_argument
@click.option(
    "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
)
@click.option(
    "--older-than",
    "age",
    callback=seconds,
    metavar="TIME",
    help="All that ended so long ago: 30d.",
)
@click.option("--due", is_flag=True, help="All whose retention is over.")
@click.option(
    "--unfinished",
    is_flag=True,
    help="Even where somebody waits, who will never get it, or is in doubt.",
)
@click.option(
    "--destroy-key",
    is_flag=True,
    help="When nothing else is left: no copy of the ledger can be read any more.",
)
@click.option(
    "--reason",
    default="",
    metavar="TEXT",
    help="Why; kept in the ledger. Needed unless --due or --older-than says it.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def purge(
    context: click.Context,
    *,
    ledger: str,
    campaign: str | None,
    age: float | None,
    due: bool,
    unfinished: bool,
    destroy_key: bool,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase what LEDGER knows of the people of a campaign. This is for good.

    The name, the dates, the numbers and who ordered what stay. Since nobody can be
    told any more from those who have the message, the campaign never sends again.
    LEDGER is the ledger or the campaign folder.

    \b
    Examples:
      safesend purge spring --reason "the fair is over"
      safesend purge news.db --due --yes
      safesend purge news.db --older-than 90d
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(
        campaign=campaign,
        age=age,
        due=due,
        unfinished=unfinished,
        destroy_key=destroy_key,
        reason=reason,
        yes=yes,
    )
    _refuse_half_a_wish(wish)
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        now = book.clock(SYSTEM).now()
        chosen = _chosen(book, ledger, wish, now)
        _refuse_early(book, chosen, wish)
        if not (wish.yes or _sure(book, chosen, wish)):
            show.say("Nothing was changed.", err=True)
            context.exit(Exit.OK)
        done = _purged(book, chosen, wish, now)
        name = book.name
    _tell(name, done, as_json=as_json)
    context.exit(Exit.AGAIN if done.busy or not done.swept else Exit.OK)


def _refuse_half_a_wish(wish: _Wish) -> None:
    if sum((wish.campaign is not None, wish.age is not None, wish.due)) > 1:
        raise click.UsageError("--campaign, --older-than or --due: one at a time")
    if not wish.why.strip():
        raise click.UsageError("say why with --reason TEXT; it is kept in the ledger")


def _chosen(book: Ledger, place: str, wish: _Wish, now: float) -> list[CampaignRecord]:
    if wish.due or wish.age is not None:
        over = book.persons.over(now, wish.age, unfinished=wish.unfinished)
        return [one for one in book.campaigns() if one.id in over]
    left = [one for one in book.campaigns() if one.purged is None]
    name = meant(place, wish.campaign)
    if name is None and len(left) <= 1:
        return left
    return [chosen_campaign(book, name)]


def _refuse_early(book: Ledger, chosen: Sequence[CampaignRecord], wish: _Wish) -> None:
    """What cannot be done is said before anything is asked or erased."""
    names = {one.name for one in chosen}
    others = [
        one.name
        for one in book.campaigns()
        if one.purged is None and one.enrolled and one.name not in names
    ]
    if wish.destroy_key and others:
        raise ConfigurationError(
            f"the key is needed for {', '.join(others)}: purge all campaigns of this"
            " ledger first. Nothing was changed"
        )


def _sure(book: Ledger, chosen: Sequence[CampaignRecord], wish: _Wish) -> bool:
    if not chosen and not wish.destroy_key:
        return True
    for record in chosen:
        show.say(_ahead(book, record), err=True)
    if wish.destroy_key:
        show.say("The key is destroyed: no copy of the ledger can be read.", err=True)
    return agreed("This is for good. Purge?" if chosen else "This is for good. Sure?")


def _ahead(book: Ledger, record: CampaignRecord) -> str:
    if record.purged is not None:
        return f"{record.name} was purged on {show.day(record.purged)} already."
    counts = book.counts(record.id)
    whom = show.people(record.enrolled)
    line = f"{record.name}: what is known of {whom} is erased; its numbers stay."
    if waiting := counts.get(State.WAITING, 0):
        line += f" {show.count(waiting)} wait, and will never get it."
    if in_doubt := counts.get(State.IN_DOUBT, 0):
        line += f" {show.count(in_doubt)} in doubt will never be decided."
    return line


def _purged(
    book: Ledger, chosen: Sequence[CampaignRecord], wish: _Wish, now: float
) -> _Done:
    done = _Done()
    for record in chosen:
        try:
            done.purged[record.name] = book.persons.purge(
                record.id,
                actor=getpass.getuser(),
                reason=wish.why,
                now=now,
                unfinished=wish.unfinished,
            )
        except LedgerBusy as error:
            if len(chosen) == 1:
                raise
            done.busy[record.name] = str(error)
    done.swept = book.persons.sweep()
    if wish.destroy_key and not done.busy:
        done.key = book.persons.destroy_key(now)
    return done


def _tell(ledger: str, done: _Done, *, as_json: bool) -> None:
    if as_json:
        purged = [
            {"name": name, **attrs.asdict(gone)} for name, gone in done.purged.items()
        ]
        rest = {"busy": [*done.busy], "swept": done.swept, "key_destroyed": done.key}
        show.emit({"ledger": ledger, "purged": purged, **rest})
        return
    for line in _lines(done):
        show.say(line)
    if not done.swept:
        show.say(unswept_line(ledger), err=True)


def _lines(done: _Done) -> Iterator[str]:
    for name, gone in done.purged.items():
        yield f"{name} is purged: nothing is left of {show.people(gone.rows)}."
        if gone.waiting:
            yield f"  {show.count(gone.waiting):>9}  waited, and will never get it"
        if gone.in_doubt:
            yield f"  {show.count(gone.in_doubt):>9}  in doubt, and stay so for ever"
        if gone.mailboxes:
            word = "mailboxes that do not exist, which are written to again"
            yield f"  {show.count(gone.mailboxes):>9}  {word}"
    for name, why in done.busy.items():
        yield f"{name} is not purged: {why}"
    if not done.purged and not done.busy and done.key is None:
        yield "There is nothing to purge."
    if done.key is not None:
        yield f"The key {done.key} is destroyed. Delete its copies as well."
