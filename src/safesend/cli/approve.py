"""`safesend approve`: a person looked, and agrees that it goes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.check import tell_findings
from safesend.cli.exits import Exit
from safesend.cli.ledgers import chosen_campaign, existing_ledger, ledger_of
from safesend.cli.options import json_option, ledger_option
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError
from safesend.ledger.values import Control
from safesend.message.content import short_form
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.campaign import Campaign
    from safesend.cli.folder import CampaignFolder
    from safesend.engine.report import Rehearsal
    from safesend.ledger.base import CampaignRecord, Ledger
    from safesend.policies.pilot import PilotSeen

__all__ = ["approve"]


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    place: str
    campaign: str | None
    ledger: str | None
    actor: str
    reason: str
    yes: bool
    as_json: bool


@click.command(short_help="Agree to what would be sent, or let the rest go.")
@click.argument("place", metavar="DIR|LEDGER")
@ledger_option
@click.option(
    "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
)
@click.option(
    "--by", metavar="NAME", help="Who approves, kept beside the name of the account."
)
@click.option("--reason", default="", metavar="TEXT", help="Why; the ledger keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def approve(
    context: click.Context,
    *,
    place: str,
    ledger: str | None,
    campaign: str | None,
    by: str | None,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Agree to what would be sent, or to what came of a pilot.

    With the campaign folder DIR every message is composed and checked; then you are
    shown what it is, and asked. Your approval holds for exactly this letter, sender and
    list, with the files and settings of the checks: one changed byte makes it void.

    While the people of a pilot have their message and the others wait, it lets the
    others go, with DIR or LEDGER. An approval of the content that is still needed comes
    first.

    \b
    Examples:
      safesend approve spring
      safesend approve spring --by "Ada" --reason "read it twice"
      safesend approve spring.safesend.db --yes
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.ledger.runs import this_user

    actor = this_user()
    wish = _Wish(
        place=place,
        campaign=campaign,
        ledger=ledger,
        actor=f"{by} ({actor})" if by else actor,
        reason=reason,
        yes=yes,
        as_json=as_json,
    )
    context.exit(_approve(wish))


def _approve(wish: _Wish) -> Exit:
    from safesend.cli.folder import open_folder
    from safesend.ledger import open_ledger

    if not Path(wish.place).is_dir():
        if wish.ledger is not None:
            raise click.UsageError("--ledger goes with the campaign folder DIR")
        with closing(open_ledger(existing_ledger(wish.place))) as book:
            return _of_ledger(wish, book)
    if wish.campaign is not None:
        raise click.UsageError("--campaign goes with LEDGER; DIR names its own")
    folder = open_folder(Path(wish.place))
    with closing(open_ledger(ledger_of(folder, wish.ledger))) as book:
        return _of_folder(wish, folder, book)


def _of_ledger(wish: _Wish, book: Ledger) -> Exit:
    record = chosen_campaign(book, wish.campaign)
    if not _pilot_holds(book, record):
        raise ConfigurationError(
            f"no pilot of {record.name} waits for anybody; to approve what would be"
            " sent, name its folder: safesend approve DIR"
        )
    return _release(wish, book, record)


def _of_folder(wish: _Wish, folder: CampaignFolder, book: Ledger) -> Exit:
    from safesend.ledger.consent import distinct

    caution, campaign = folder.caution(), folder.campaign()
    _refuse_after_the_end(book, campaign.booked.name)
    rehearsal = campaign.rehearse(ledger=book)
    tell_findings(rehearsal)
    if not rehearsal.ok:
        return _told(wish, {"ok": False}, "Nothing was approved. Mend this first.")
    record = book.campaign(campaign.booked.name, book.clock(SYSTEM).now())
    needed = max(book.consent.needed(record.id), caution.approvals or 0)
    given = distinct(book.consent.approvals(record.id, rehearsal.digest))
    if _pilot_holds(book, record) and len(given) >= needed:
        return _release(wish, book, record)
    _show(campaign, rehearsal, folder.settings.sender, given)
    return _agree(wish, book, record, rehearsal.digest, needed)


def _refuse_after_the_end(book: Ledger, name: str) -> None:
    for record in book.campaigns():
        if record.name == name and record.control is Control.CANCEL:
            raise ConfigurationError(
                f"{name} was cancelled, and that is for good: nothing is left to"
                " approve. To write to these people after all, give the mailing a new"
                " name in campaign.toml"
            )


def _show(
    campaign: Campaign, rehearsal: Rehearsal, sender: str, given: Sequence[str]
) -> None:
    """What is agreed to, in a few lines."""
    template = campaign.template
    files = [file.name for file in (*template.attachments, *template.inline)]
    show.say(f"From      {sender}", err=True)
    show.say(f"Subject   {mask_text(template.subject)}", err=True)
    if files:
        show.say(f"Files     {', '.join(files)}", err=True)
    show.say(f"To        {show.people(rehearsal.recipients)}", err=True)
    show.say(f"Content   {short_form(rehearsal.digest)}", err=True)
    for name in given:
        show.say(f"Approved  by {name}", err=True)


def _agree(
    wish: _Wish, book: Ledger, record: CampaignRecord, digest: bytes, needed: int
) -> Exit:
    from safesend.ledger.consent import distinct

    if not wish.yes and not agreed("Do you approve that exactly this is sent?"):
        return _told(wish, {"ok": True, "approved": False}, "Nothing was approved.")
    book.consent.approve(
        record.id,
        digest,
        actor=wish.actor,
        reason=wish.reason,
        now=book.clock(SYSTEM).now(),
    )
    given = distinct(book.consent.approvals(record.id, digest))
    account = {
        "ok": True,
        "approved": True,
        "campaign": record.name,
        "digest": digest.hex(),
        "content": short_form(digest),
        "actor": wish.actor,
        "given": given,
        "needed": needed,
    }
    missing = needed - len(given)
    ledger = () if wish.ledger is None else ("--ledger", wish.ledger)
    place = shlex.join([wish.place, *ledger])
    rest = f"To send: safesend send {place}"
    if missing > 0:
        who = f"{show.people(missing)} more must approve it"
        rest = f"{who}: safesend approve {place} --by NAME"
    return _told(wish, account, f"Approved as {wish.actor}. {rest}")


def _pilot_holds(book: Ledger, record: CampaignRecord) -> bool:
    pilot = book.consent.pilot(record.id)
    return pilot is not None and pilot.holds


def _release(wish: _Wish, book: Ledger, record: CampaignRecord) -> Exit:
    from safesend.ledger.base import State

    seen = book.consent.pilot_seen(record.id)
    counts = book.counts(record.id)
    waiting = counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0) - seen.open
    for line in _fared(seen):
        show.say(line, err=True)
    question = f"Let the other {show.people(waiting)} have it?"
    if not wish.yes and not agreed(question):
        return _told(wish, {"ok": True, "released": False}, "Nothing was changed.")
    book.consent.release(
        record.id, actor=wish.actor, reason=wish.reason, now=book.clock(SYSTEM).now()
    )
    account = {
        "ok": True,
        "released": True,
        "campaign": record.name,
        "actor": wish.actor,
        "pilot": attrs.asdict(seen),
        "waiting": waiting,
    }
    words = f"{record.name}: the other {show.people(waiting)} may go. Send again."
    return _told(wish, account, words)


def _fared(seen: PilotSeen) -> Iterator[str]:
    accepted = seen.people - seen.open - seen.in_doubt - seen.lost
    yield f"The pilot: {show.people(seen.people)}"
    for number, words in (
        (accepted, "accepted by the mail server"),
        (seen.lost, "got nothing: refused, given up or not made"),
        (seen.in_doubt, "in doubt"),
        (seen.open, "still waiting"),
    ):
        if number:
            yield f"  {show.count(number):>9}  {words}"


def _told(wish: _Wish, account: dict[str, Any], words: str) -> Exit:
    code = Exit.OK if account["ok"] else Exit.PROBLEMS
    if wish.as_json:
        show.emit(account | {"exit_code": int(code)})
    else:
        show.say(words, err=not account["ok"])
    return code
