"""The account as CSV: a line for each figure, or for each recipient of a list."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

from safesend.dossier.facts import Facts
from safesend.dossier.words import iso
from safesend.ledger.base import Ledger
from safesend.ledger.values import Account
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient

__all__ = [
    "FIGURES",
    "RECIPIENTS",
    "UNKNOWN",
    "cells",
    "figures",
    "joined",
    "recipients",
]

FIGURES = ("section", "subject", "name", "value")
"""What a line about a figure says: where it belongs, whose it is, its name, itself."""

RECIPIENTS = (
    *("address", "state", "when", "attempts", "code", "enhanced", "reply"),
    "heard",
)
"""What a line about a recipient says."""

UNKNOWN = "not in the ledger"
"""The state of who stands in the list and is not known to the campaign."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DATES = frozenset(
    {
        *("at", "begins", "created", "ended", "first_accepted", "first_tried"),
        *("last_accepted", "live_since", "made", "pilot_over", "purged", "started"),
        "waiting_since",
    }
)


def cells(lines: Iterable[Iterable[object]]) -> Iterator[str]:
    """Lines of CSV (RFC 4180). What a spreadsheet would take for a formula is text."""
    for line in lines:
        written = io.StringIO()
        csv.writer(written).writerow([_cell(value) for value in line])
        yield written.getvalue()


def _cell(value: object) -> object:
    # OWASP, "CSV Injection": an apostrophe before it.
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def figures(facts: Facts, zone: dt.tzinfo | None = None) -> Iterator[list[object]]:
    """A line for each figure, the names of the columns first."""
    yield [*FIGURES]
    told = facts.to_json()
    told.pop("timeline")
    for section, value in told.items():
        if isinstance(value, dict):
            for name, number in value.items():
                yield [section, "", name, number]
        elif isinstance(value, list):
            for number, one in enumerate(value, 1):
                yield from _entry(section, number, one, zone)
        else:
            yield ["campaign", "", section, _shown(section, value, zone)]
    for bucket in facts.past.timeline.buckets:
        begins = iso(bucket.begins, zone)
        for name in ("accepted", "refused", "other"):
            yield ["timeline", begins, name, getattr(bucket, name)]


def _entry(
    section: str, number: int, one: dict[str, Any], zone: dt.tzinfo | None
) -> Iterator[list[object]]:
    """An entry of a list is told by its number, or by the provider it is about."""
    subject = one.pop("provider") if section == "providers" else number
    for name, value in one.items():
        if isinstance(value, dict):
            for inner, count in value.items():
                yield [section, subject, inner, count]
        else:
            yield [section, subject, name, _shown(name, value, zone)]


def _shown(name: str, value: object, zone: dt.tzinfo | None) -> object:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if name in _DATES and isinstance(value, int | float):
        return iso(value, zone) if value else ""
    return value


def joined(
    ledger: Ledger, name: str, audience: Iterable[Recipient]
) -> Iterator[tuple[Recipient, Account | None]]:
    """Each recipient of a list with what the ledger knows; None: it knows nobody."""
    key = CampaignKey(ledger.secret, name)
    [campaign] = [one.id for one in ledger.campaigns() if one.name == name]
    for recipient in audience:
        digest = key.row(recipient.address, recipient.key)
        yield recipient, ledger.account(campaign, digest)


def recipients(
    found: Iterable[tuple[Recipient, Account | None]], zone: dt.tzinfo | None = None
) -> Iterator[list[object]]:
    """A line for each recipient of the list, whose addresses stand in it in clear."""
    yield [*RECIPIENTS]
    for recipient, account in found:
        address = recipient.address.wire
        if account is None:
            yield [address, UNKNOWN, *[None] * 6]
            continue
        tried = account.last_tried
        yield [
            address,
            account.state.value,
            None if tried is None else iso(tried, zone),
            account.attempts,
            account.code,
            account.enhanced,
            account.text,
            "; ".join(map(str, account.heard)),
        ]
