"""A list that lacks what others saw in it already is an older copy, and is refused.

Those who got on the list since that copy was made would get mail.
"""

from __future__ import annotations

import datetime as dt
import shlex

from safesend.errors import ConfigurationError
from safesend.ledger.base import Ledger
from safesend.ledger.lists import Change
from safesend.suppression.shared import SuppressionList

__all__ = ["keep_up"]


def keep_up(shared: SuppressionList, ledger: Ledger) -> None:
    """Hold the list against the ledger, and note there how far it has come.

    It writes only where the list was changed since. Blocks. Raises
    `ConfigurationError` for an older copy, and one that was changed by itself.
    """
    # In this order: what others note meanwhile may be newer than what is read here.
    known = ledger.lists.newest(shared.id)
    newest = shared.changes.newest()
    if known is not None:
        _refuse_older(shared, ledger, known, newest)
    if known is None or newest.is_after(known):
        known = ledger.lists.note(shared.id, newest)
        _refuse_older(shared, ledger, known, newest)


def _refuse_older(
    shared: SuppressionList, ledger: Ledger, known: Change, newest: Change
) -> None:
    same = (newest.number, newest.mark) == (known.number, known.mark)
    if same or newest.era > known.era or shared.changes.has(known):
        return
    raise ConfigurationError(
        f"the suppression list {shared.name} {_how(known, newest)}: it was"
        f" {_changed(newest)}, and the one that the ledger {ledger.name} has seen was"
        f" {_changed(known)}. People who left since would get mail, so nothing is sent"
        " by it. Give each run the one file that people are put on, not a copy. Where"
        " that one is lost, put on this one whom it lacks, and say that it is the list:"
        f" safesend suppress restored {shlex.quote(shared.name)} --reason TEXT"
        f"{_beyond(ledger, known, newest)}"
    )


def _how(known: Change, newest: Change) -> str:
    if newest.era < known.era:
        return "is an older copy, from before another one was made the list"
    if newest.number < known.number:
        behind = known.number - newest.number
        return f"is an older copy, at least {behind} change{'s' * (behind > 1)} behind"
    return "is a copy that was changed by itself, and lacks a change of the other"


def _beyond(ledger: Ledger, known: Change, newest: Change) -> str:
    """Where the one that was seen became the list at a date that may be to come."""
    later = newest.era < known.era
    return f" --ledger {shlex.quote(ledger.name)}" if later else ""


def _changed(change: Change) -> str:
    if not change.at:
        return "never changed"
    at = dt.datetime.fromtimestamp(change.at, dt.UTC).astimezone()
    return f"last changed on {at:%Y-%m-%d at %H:%M:%S}"
