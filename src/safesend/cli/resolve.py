"""`safesend resolve LEDGER`: who may have a message already, and what a person says."""

from __future__ import annotations

import getpass
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import attrs
import click

from safesend.cli import show
from safesend.cli.asking import agreed
from safesend.cli.exits import Exit
from safesend.cli.ledgers import chosen_campaign, existing_ledger, meant
from safesend.cli.options import json_option, ledger_argument
from safesend.clock import SYSTEM
from safesend.errors import CampaignPurged, ConfigurationError
from safesend.ledger.base import CampaignRecord, Control, Doubt, Ledger, State
from safesend.ledger.whereabouts import shown
from safesend.message.identity import CampaignKey
from safesend.message.rowdata import unpack
from safesend.redaction import mask_text

__all__ = ["resolve"]

_KEY = re.compile(r"[0-9a-f]{4,32}")
_SHOWN = 7
"""Hexadecimal digits of a key, unless two have these in common."""

_LISTED = 20


@attrs.frozen
class _Wish:
    """The options as they were given. `verdict`: None is to list only."""

    place: str
    keys: tuple[str, ...]
    verdict: State | None
    full_addresses: bool
    yes: bool
    as_json: bool


@click.command(short_help="List who is in doubt, and decide what becomes of them.")
@ledger_argument
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option(
    "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
)
@click.option("--resend", is_flag=True, help="It did not arrive: send it once more.")
@click.option("--accepted", is_flag=True, help="It arrived: count it as accepted.")
@click.option(
    "--full-addresses", is_flag=True, help="Show the recipients' addresses whole."
)
@click.option("--yes", is_flag=True, help="Do not ask when it is about all of them.")
@json_option
@click.pass_context
def resolve(
    context: click.Context,
    *,
    ledger: str,
    keys: tuple[str, ...],
    campaign: str | None,
    resend: bool,
    accepted: bool,
    full_addresses: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """List who is in doubt, with what to look for; decide it with an option.

    In doubt is whose message had left when the line broke, before the server said
    whether it has it. Only the server's log can tell. LEDGER is the ledger or the
    campaign folder. KEYs choose some of the list, by their first characters; without
    one a decision is about all of them.

    \b
    Examples:
      safesend resolve spring
      safesend resolve spring --accepted 3f9a21c 07b1e44
      safesend resolve spring --resend
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if resend and accepted:
        raise click.UsageError("--resend or --accepted: one at a time")
    verdict = State.WAITING if resend else State.ACCEPTED if accepted else None
    wish = _Wish(ledger, keys, verdict, full_addresses, yes, as_json)
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        record = chosen_campaign(book, meant(ledger, campaign))
        if record.purged is not None:
            raise CampaignPurged(record.name, record.purged)
        # What a run that died had on the wire is in doubt from now on.
        book.recover(record.id, book.clock(SYSTEM).now())
        doubts = book.doubts(record.id)
        chosen = _chosen(doubts, keys)
        if verdict is None:
            _list(book, record, chosen, doubts, wish)
        elif chosen and not _sure(chosen, wish):
            show.say("Nothing was changed.", err=True)
            context.exit(Exit.OK)
        else:
            _decide(book, record, chosen, verdict, wish)


def _chosen(doubts: Sequence[Doubt], keys: Sequence[str]) -> list[Doubt]:
    """The rows that the keys mean, in list order; all of them without keys.

    Raises `ConfigurationError` unless each key means exactly one.
    """
    if not keys:
        return list(doubts)
    shown = _keys(doubts)
    meant: set[bytes] = set()
    problems: list[str] = []
    for key in map(str.lower, keys):
        found = [one.digest for one in doubts if one.digest.hex().startswith(key)]
        if not _KEY.fullmatch(key):
            problems.append(f"{key[:40]!r} is no key (4 to 32 of 0-9 and a-f)")
        elif len(found) == 1:
            meant.update(found)
        else:
            names = " or ".join(shown[digest] for digest in found)
            problems.append(f"{key} may be {names}" if found else f"{key} is nobody's")
    if problems:
        listed = ", ".join([*shown.values()][:_LISTED]) or "nobody"
        more = ", ..." if len(shown) > _LISTED else ""
        raise ConfigurationError(
            f"{'; '.join(problems)}. Nothing was changed. In doubt: {listed}{more}"
        )
    return [one for one in doubts if one.digest in meant]


def _keys(doubts: Sequence[Doubt]) -> dict[bytes, str]:
    """A short key for each row, which is no other's."""
    digests = [one.digest for one in doubts]
    length = _SHOWN
    while len({digest.hex()[:length] for digest in digests}) < len(digests):
        length += 1
    return {digest: digest.hex()[:length] for digest in digests}


def _list(
    book: Ledger,
    record: CampaignRecord,
    chosen: Sequence[Doubt],
    doubts: Sequence[Doubt],
    wish: _Wish,
) -> None:
    key, shown = CampaignKey(book.secret, record.name), _keys(doubts)
    found = [_entry(one, shown[one.digest], key, wish) for one in chosen]
    if wish.as_json:
        said = {"ledger": book.name, "campaign": record.name, "in_doubt": found}
        show.emit(said)
        return
    for line in _lines(record.name, found, wish):
        show.say(line)


def _entry(
    doubt: Doubt, key: str, campaign: CampaignKey, wish: _Wish
) -> dict[str, Any]:
    # The domain behind the @ is the campaign's, which the ledger does not know.
    left = campaign.message_id(doubt.digest, "").strip("<@>")
    return {
        "key": key,
        "digest": doubt.digest.hex(),
        "address": _address(doubt, wish),
        "provider": doubt.provider,
        "since": doubt.since,
        "relay": doubt.relay,
        "message_id": left,
        "reply": mask_text(doubt.text),
    }


def _address(doubt: Doubt, wish: _Wish) -> str:
    try:
        address = unpack(doubt.payload).address
    except ValueError:
        return "(cannot be read)"
    return address.wire if wish.full_addresses else str(address)


def _lines(name: str, found: Sequence[dict[str, Any]], wish: _Wish) -> Iterator[str]:
    if not found:
        yield f"{name}: nobody is in doubt."
        return
    yield (
        f"{name}: {show.people(len(found))} in doubt. Their message had left, and the"
        " line broke before the server said whether it has it."
    )
    for one in found:
        yield f"\n  {one['key']}  {one['address']} ({one['provider']})"
        since = show.moment(one["since"], SYSTEM.now())
        yield f"           since {since}, through {one['relay'] or 'an unknown relay'}"
        yield f"           Message-ID {one['message_id']}@..."
        if one["reply"]:
            yield f"           {one['reply']}"
    command = f"safesend resolve {shlex.quote(shown(wish.place))}"
    yield (
        "\nLook for the Message-ID in the log of that server. What stands before the @"
        " is enough; it is the same on every attempt. Then:\n"
        f"  {command} --accepted KEY...   it is there: they have it\n"
        f"  {command} --resend KEY...     it is not: send it once more\n"
        "Without a KEY it is about all of them."
    )


def _sure(chosen: Sequence[Doubt], wish: _Wish) -> bool:
    """Whether a decision about all is meant."""
    if wish.keys or wish.yes:
        return True
    everybody = f"{show.people(len(chosen))} in doubt"
    question = {
        State.ACCEPTED: f"{everybody}: has everybody got it?",
        State.WAITING: f"{everybody}: send it once more to everybody? Who has it"
        " already gets it twice.",
    }
    assert wish.verdict is not None
    return agreed(question[wish.verdict])


def _decide(
    book: Ledger,
    record: CampaignRecord,
    chosen: Sequence[Doubt],
    verdict: State,
    wish: _Wish,
) -> None:
    # By name, even where it is about all: nobody who came to it since the question.
    decided = book.resolve(
        record.id,
        verdict,
        [one.digest for one in chosen],
        book.clock(SYSTEM).now(),
        getpass.getuser(),
    )
    left = book.counts(record.id).get(State.IN_DOUBT, 0)
    if wish.as_json:
        decision = "accepted" if verdict is State.ACCEPTED else "resend"
        said = {"decision": decision, "decided": decided, "in_doubt": left}
        show.emit({"ledger": book.name, "campaign": record.name, **said})
        return
    show.say(f"{record.name}: {_outcome(decided, verdict, book.control(record.id))}")
    if decided < len(chosen):
        others = len(chosen) - decided
        show.say(f"{show.people(others)} decided by somebody else meanwhile.")
    if left:
        place = shlex.quote(shown(wish.place))
        show.say(f"{show.people(left)} still in doubt: safesend resolve {place}")


def _outcome(decided: int, verdict: State, control: Control) -> str:
    everybody = show.people(decided)
    if not decided:
        return "nobody is in doubt, so nothing was changed."
    if verdict is State.ACCEPTED:
        return f"{everybody} counted as accepted."
    if control is Control.CANCEL:
        return f"{everybody} counted as cancelled, as the campaign is: nobody gets it."
    first = "'safesend resume', then " if control is Control.PAUSE else ""
    return (
        f"{everybody} to be sent it once more, with the same Message-ID: run"
        f" {first}'safesend send' again."
    )
