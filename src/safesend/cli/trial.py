"""`safesend send DIR --test ADDRESS`: one person's message, for whoever looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.overview import WORDS
from safesend.engine.audience import audience_of
from safesend.engine.trial import Trial, Tried, choose, test_addresses
from safesend.ledger.base import State
from safesend.ledger.whereabouts import shown

if TYPE_CHECKING:
    from safesend.campaign import Campaign
    from safesend.cli.aim import Aim
    from safesend.policies.replies import Rulebook
    from safesend.transports.base import Transport

__all__ = ["try_out"]

_OPEN = frozenset({State.WAITING, State.SENDING})


def try_out(
    campaign: Campaign,
    transport: Transport,
    aim: Aim,
    ledger: str,
    rules: Rulebook,
    *,
    as_json: bool,
) -> Exit:
    """Say what will be done, do it, and say what became of it; nothing is asked."""
    from safesend.ledger import open_ledger

    if not as_json:
        show.say(_intent(campaign, aim), err=True)
    with closing(open_ledger(ledger)) as book:
        trials = campaign.test_send(
            transport,
            to=aim.tests,
            as_recipient=aim.as_recipient,
            ledger=book,
            rules=rules,
        )
        place = book.name
    code = _exit(trials)
    if as_json:
        show.emit(_as_json(trials, place) | {"exit_code": int(code)})
        return code
    for trial in trials:
        _tell(trial)
    show.say(f"Ledger: {place}")
    return code


def _intent(campaign: Campaign, aim: Aim) -> str:
    addresses = test_addresses(aim.tests)
    tried = Tried(audience_of(campaign.audience), addresses, choose(aim.as_recipient))
    copy = tried.chosen()
    line = copy.person.source.rpartition(":")[2]
    number = line if line.isdecimal() else copy.ordinal + 1
    messages = "message" if len(addresses) == 1 else "messages"
    places = ", ".join(address.wire for address in addresses)
    return (
        f"{len(addresses)} test {messages}, as row {number} ({copy.person.address}), to"
        f" {places}; nobody on the list gets anything."
    )


def _tell(trial: Trial) -> None:
    said = f": {trial.reply}" if trial.reply else ""
    show.say(f"{trial.to}: {WORDS[trial.state]}{said}")
    show.say(f"  Message-ID: {trial.message_id}")


def _as_json(trials: Sequence[Trial], ledger: str) -> dict[str, Any]:
    return {"tests": [trial.to_json() for trial in trials], "ledger": shown(ledger)}


def _exit(trials: Sequence[Trial]) -> Exit:
    states = {trial.state for trial in trials}
    if states & _OPEN:
        return Exit.AGAIN
    return Exit.OK if states == {State.ACCEPTED} else Exit.PROBLEMS
