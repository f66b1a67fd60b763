"""`safesend pause`, `resume` and `cancel`: a word to a run, from any terminal."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.cancelling import account, settled
from safesend.cli.exits import Exit
from safesend.cli.ledgers import OPEN, chosen_campaign, existing_ledger, meant
from safesend.cli.options import json_option, ledger_argument
from safesend.cli.orders_shown import command, once_more, order_line
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError
from safesend.ledger.base import CampaignRecord, Control, Ledger, State
from safesend.ledger.kinds import the_one
from safesend.ledger.postgres.address import is_address
from safesend.ledger.runs import this_user
from safesend.policies.providers import builtin

__all__ = ["cancel", "pause", "resume"]

_Command = TypeVar("_Command", bound=Callable[..., object])


@attrs.frozen(kw_only=True)
class _Wish:
    """What was typed."""

    ledger: str
    campaign: str | None
    provider: str | None
    reason: str
    as_json: bool


def _options(function: _Command) -> _Command:
    named = click.option(
        "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
    )
    provider = click.option(
        "--provider",
        metavar="NAME",
        help="Only mail for this provider (google), or this domain.",
    )
    reason = click.option(
        "--reason",
        default="",
        metavar="TEXT",
        help="Why: it stands beside your name and the time, and others read it.",
    )
    return ledger_argument(named(provider(reason(json_option(function)))))


@click.command(short_help="Stop a campaign for now.")
@_options
def pause(**typed: Any) -> None:
    """Stop a campaign for now: what is on the wire is finished, nothing new begins.

    It works on a run in another terminal within a second. LEDGER is the ledger or the
    campaign folder. With --provider only the mail for one provider stops.

    \b
    Examples:
      safesend pause spring --reason "wrong date in the letter"
      safesend pause spring --provider google --reason "too many bounces"
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(**typed)
    with _obeyed(wish, Control.PAUSE) as order:
        again = command("resume", wish.ledger, **order.named())
        if order.provider:
            order.tell(f"mail for {order.provider} is paused. To go on: {again}")
        else:
            order.tell(f"is paused. To go on: {again}, then send again.")
        if order.idle():
            at = f" at {order.provider}" if order.provider else ""
            order.say(f"Nobody{at} is waiting: nothing is held up. What left has left.")


@click.command(short_help="Let a campaign that was paused go on.")
@_options
def resume(**typed: Any) -> None:
    """Let a campaign that was paused go on, or with --provider a part of it.

    A run that is at work, or waits with --deadline, hears it within a second; else it
    goes on at the next 'safesend send'.

    \b
    Examples:
      safesend resume spring
      safesend resume spring --provider google
    """  # noqa: D301 - see above
    wish = _Wish(**typed)
    with _obeyed(wish, Control.RUN) as order:
        book, campaign = order.book, order.record.id
        now = book.clock(SYSTEM).now()
        whom = f"mail for {order.provider} " if order.provider else ""
        if order.before is not Control.PAUSE:
            order.tell(f"{whom}was not paused.")
        elif any(one.alive for one in book.sight.senders(campaign, now)):
            order.tell(f"{whom}goes on, in the run that is at work.")
        else:
            order.tell(f"{whom}may go on: {once_more(book.name)}.")
            if is_address(book.name):
                order.say("A worker that keeps running goes on by itself.")
        for hold in book.orders.ordered(campaign).stops():
            order.say(order_line(hold, wish.ledger, now, order.campaign))


@click.command(short_help="End a campaign for good; nobody else gets it.")
@_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def cancel(context: click.Context, /, *, yes: bool, **typed: Any) -> None:
    """End a campaign: whoever is still waiting gets nothing. This is for good.

    What was sent stays sent: no mail can be called back. When nothing is on the wire
    any more, it is said exactly how many have it. With --provider only the mail for
    one provider ends.

    \b
    Examples:
      safesend cancel spring --reason "the fair is called off"
      safesend cancel spring --provider google --yes
    """  # noqa: D301 - see above
    wish = _Wish(**typed)
    what = f"the mail for {wish.provider}" if wish.provider else "the campaign"
    question = f"Whoever is still waiting will never get it. Cancel {what}?"
    if not yes and not agreed(question):
        show.say("Nothing was changed.", err=True)
        context.exit(Exit.OK)
    with _obeyed(wish, Control.CANCEL) as order:
        whom = f"mail for {order.provider} " if order.provider else ""
        again = order.before is Control.CANCEL
        order.tell(f"{whom}{'was cancelled before' if again else 'is cancelled'}.")
        counts = settled(order.book, order.record.id, order.provider, _waiting)
        for line in account(counts):
            order.say(line)
        order.said["counts"] = {state.value: n for state, n in counts.items() if n}
        if counts.get(State.ACCEPTED) or counts.get(State.IN_DOUBT):
            who = command("report", wish.ledger, **order.named(provider=False))
            order.say(f"Who they are: {who} --recipients LIST.csv")
    context.exit(Exit.AGAIN if counts.get(State.SENDING) else Exit.OK)


def _waiting(sending: int) -> None:
    show.say(f"Waiting for {show.people(sending)} on the wire ...", err=True)


@attrs.frozen
class _Order:
    """An order that was given: where, for whom, and what is said about it."""

    book: Ledger
    record: CampaignRecord
    provider: str
    as_json: bool
    before: Control
    """What held until now."""
    campaign: str
    """Its name, where another command needs it as well."""
    said: dict[str, Any]

    def idle(self) -> bool:
        """Whether people were read in, and none of those who are meant waits."""
        return self.record.enrolled > 0 and not any(
            one.state in OPEN and self.provider in {"", one.provider}
            for one in self.book.sight.spread(self.record.id)
        )

    def say(self, line: str) -> None:
        """A line for a person, who is not there where JSON was asked for."""
        if not self.as_json:
            show.say(line)

    def tell(self, what: str) -> None:
        """The same of the campaign."""
        colon = ":" if self.provider else ""
        self.say(f"{self.record.name}{colon} {what}")

    def named(self, *, provider: bool = True) -> dict[str, str]:
        """For another command about the same."""
        whom = {"provider": self.provider} if provider else {}
        return {"campaign": self.campaign} | whom


@contextmanager
def _obeyed(wish: _Wish, control: Control) -> Iterator[_Order]:
    """Give the order; the ledger is open while it is told what came of it."""
    from safesend.ledger import open_ledger

    actor = this_user()
    with closing(open_ledger(existing_ledger(wish.ledger))) as book:
        now = book.clock(SYSTEM).now()
        name = meant(wish.ledger, wish.campaign)
        # What is cancelled is so for good: it is named, unless there is no other.
        back = control is not Control.CANCEL
        record = chosen_campaign(book, name, unfinished=back)
        provider = _provider(book, record, wish.provider) if wish.provider else ""
        before = _before(book, record, provider)
        _refuse_after_the_end(record, provider, before, control)
        order = partial(book.set_control, record.id)
        if provider:
            order = partial(book.orders.hold, record.id, provider)
        order(control, actor=actor, reason=wish.reason, now=now)
        said = {
            "ledger": book.name,
            "campaign": record.name,
            "provider": provider,
            "control": control.value,
            "actor": actor,
            "at": now,
            "reason": wish.reason,
        }
        alone = the_one(book.campaigns()) is not None
        needed = record.name if wish.campaign or not (name or alone) else ""
        yield _Order(book, record, provider, wish.as_json, before, needed, said)
    if wish.as_json:
        show.emit(said)


def _before(book: Ledger, record: CampaignRecord, provider: str) -> Control:
    """What holds for the campaign, or for the mail of one provider."""
    if not provider or record.control is Control.CANCEL:
        return record.control
    holds = book.orders.ordered(record.id).holds
    found = (hold.control for hold in holds if hold.provider == provider)
    return next(found, Control.RUN)


def _refuse_after_the_end(
    record: CampaignRecord, provider: str, before: Control, control: Control
) -> None:
    """What was cancelled takes no other order."""
    if Control.CANCEL in {record.control, before} and control is not Control.CANCEL:
        whole = record.control is Control.CANCEL
        ended = record.name if whole else f"mail of {record.name} for {provider}"
        raise ConfigurationError(
            f"{ended} was cancelled, and that is for good; to write to these people"
            " after all, give the mailing a new name in campaign.toml"
        )


def _provider(book: Ledger, record: CampaignRecord, typed: str) -> str:
    """The provider that is meant: a known one, or a domain that people are at.

    Raises `ConfigurationError`.
    """
    name, table = typed.strip().lower(), builtin()
    spread = book.sight.spread(record.id)
    names = {*table.names, *(one.provider for one in spread)}
    owner = table.of(name)
    if owner in names:
        return owner
    near = _meant(name, names)
    hint = f"did you mean {near!r}?" if near else "'safesend status' counts them"
    raise ConfigurationError(
        f"nobody in {record.name} is at the provider {typed!r}; {hint}"
    )


def _meant(name: str, names: Collection[str]) -> str:
    """The name that comes next: google is also who keeps gmail.com."""
    owner = builtin().of(f"{name}.com")
    if owner in names:
        return owner
    near = difflib.get_close_matches(name, sorted(names), n=1)
    return near[0] if near else ""
