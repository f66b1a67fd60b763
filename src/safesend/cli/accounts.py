"""What a ledger says of its campaigns, as plain values: `safesend status --json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from safesend.cli.orders_shown import ordered_account
from safesend.engine.report import Pause, pauses
from safesend.ledger.base import CampaignRecord, Ledger, State
from safesend.ledger.flow import Flow
from safesend.ledger.sight import Sender, Spread
from safesend.policies.easing import Easing
from safesend.policies.sending_hours import SendingHours
from safesend.redaction import mask_text

__all__ = ["STATES", "account_of", "is_done"]

STATES = (
    State.ACCEPTED,
    State.WAITING,
    State.SENDING,
    State.REFUSED,
    State.IN_DOUBT,
    State.SUPPRESSED,
    State.EXPIRED,
    State.FAILED,
    State.CANCELLED,
    State.DRAFT,
)
"""In the order in which they are told."""

_EXPLAINED = (
    State.REFUSED,
    State.WAITING,
    State.IN_DOUBT,
    State.SUPPRESSED,
    State.FAILED,
    State.EXPIRED,
)
_OPEN = (State.DRAFT, State.WAITING, State.SENDING)
_SAID = ("rate", "eta", "lanes", "sessions", "busy", "limit")


def account_of(
    book: Ledger, now: float, hours: Mapping[str, SendingHours] | None = None
) -> dict[str, Any]:
    """Everything that `safesend status` tells; `hours` by the name of the campaign."""
    flows = book.flows()
    paused = pauses(flows, now)
    closed = _closed_until(flows, paused)
    return {
        "ledger": book.name,
        "pauses": [attrs.asdict(pause) for pause in paused],
        "eased": [*_eased(flows, now)],
        "campaigns": [
            _campaign(book, record, now)
            | {
                "next_due": _opened(
                    _next_due(book, record, paused, closed),
                    (hours or {}).get(record.name),
                    now,
                )
            }
            for record in book.campaigns()
        ],
    }


def is_done(account: Mapping[str, Any]) -> bool:
    """Whether nobody waits any more, and nothing is being sent."""
    return not any(
        state.value in campaign["counts"]
        for campaign in account["campaigns"]
        for state in _OPEN
    )


def _campaign(book: Ledger, record: CampaignRecord, now: float) -> dict[str, Any]:
    counts = book.counts(record.id)
    return {
        "name": record.name,
        "kind": record.kind,
        "about": record.about,
        "seeds": sum(book.kinds.seeds(record.id).values()),
        "control": record.control.value,
        "control_reason": record.reason,
        **ordered_account(book.orders.ordered(record.id)),
        "enrolled": record.enrolled,
        "purged": record.purged,
        "retention": record.keep_for,
        "kept_until": book.persons.kept_until(record.id) if record.keep_for else None,
        "counts": {state.value: counts[state] for state in STATES if counts.get(state)},
        "heard": {
            heard.value: number
            for heard, number in book.hindsight.tally(record.id).items()
        },
        "deferred": book.deferred(record.id),
        "oldest": book.sight.oldest(record.id),
        "providers": _providers(book.sight.spread(record.id)),
        "approvals": book.consent.needed(record.id),
        "pilot": _pilot(book, record, now),
        "senders": [_sender(one) for one in book.sight.senders(record.id, now)],
        "allowed": [str(allowance) for allowance in book.allowances(record.id)],
        "reasons": {
            state.value: [
                {"reply": mask_text(text), "count": number}
                for text, number in book.reasons(record.id, state)
            ]
            for state in _EXPLAINED
            if counts.get(state)
        },
    }


def _pilot(book: Ledger, record: CampaignRecord, now: float) -> dict[str, Any] | None:
    """How the pilot fares for which the others wait, why they do, and until when."""
    pilot = book.consent.pilot(record.id)
    if pilot is None or not pilot.holds:
        return None
    seen = book.consent.pilot_seen(record.id)
    verdict = pilot.terms.decide(seen, now)
    return attrs.asdict(seen) | {"why": verdict.why, "until": verdict.until}


def _providers(spread: Iterable[Spread]) -> list[dict[str, Any]]:
    """The rows of each provider by state, the largest first."""
    found: dict[str, Counter[str]] = {}
    for one in spread:
        numbers = found.setdefault(one.provider, Counter())
        numbers[one.state.value] += one.number
        numbers["deferred"] += one.number if one.put_off else 0
    largest = sorted(
        found.items(),
        key=lambda item: (item[1]["deferred"] - item[1].total(), item[0]),
    )
    return [
        {
            "provider": name,
            **{key: number for key, number in sorted(kinds.items()) if number},
        }
        for name, kinds in largest
    ]


def _sender(sender: Sender) -> dict[str, Any]:
    told = {**attrs.asdict(sender)}
    words = told.pop("told")
    return told | dict.fromkeys(_SAID) | _said(words)


def _said(words: str) -> dict[str, Any]:
    """What a run said of itself; a newer safesend may say more, or something else."""
    try:
        said = json.loads(words)
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    return {key: said[key] for key in _SAID if key in said}


def _eased(flows: Iterable[Flow], now: float) -> Iterator[dict[str, Any]]:
    for flow in flows:
        rate = Easing.restored(flow.easing, now).rate(now)
        if rate is not None:
            yield {"route": flow.route, "provider": flow.provider, "rate": rate}


def _closed_until(flows: Iterable[Flow], paused: Sequence[Pause]) -> float:
    """Until when every route that this ledger knows of rests as a whole."""
    whole = {pause.route: pause.until for pause in paused if not pause.provider}
    open_ = {flow.route for flow in flows} - whole.keys()
    return 0.0 if open_ else min(whole.values(), default=0.0)


def _opened(due: float | None, hours: SendingHours | None, now: float) -> float | None:
    """The same within sending hours, where some are known."""
    return due if due is None or hours is None else hours.opens_at(max(due, now))


def _next_due(
    book: Ledger,
    record: CampaignRecord,
    paused: Sequence[Pause],
    closed: float,
) -> float | None:
    """When the next row may go, as far as pauses say."""
    ends = {pause.provider: pause.until for pause in paused if pause.provider}
    dates = [book.next_due(record.id, ends)]
    if ends and (anybody := book.next_due(record.id)) is not None:
        dates.append(max(anybody, min(ends.values())))
    known = [max(date, closed) for date in dates if date is not None]
    return min(known, default=None)
