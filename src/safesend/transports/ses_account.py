"""What `GetAccount` of Amazon SES says, read (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from safesend.transports.base import Limits

__all__ = ["UNASKED", "read_limits", "stopped"]

UNASKED = 1.0
"""Messages a second where nothing is known: every account may send as many."""


def stopped(answer: Mapping[str, Any]) -> str | None:
    """Why this account may send nothing at all; None where it may."""
    if answer.get("EnforcementStatus") == "SHUTDOWN":
        return (
            "Amazon stopped this account's sending after a review (SHUTDOWN): the SES"
            " console says why, and how to appeal"
        )
    if answer.get("SendingEnabled") is False:
        return (
            "sending is disabled for this account in this Region (SendingEnabled is"
            " false): the SES console says why; what you paused yourself, 'aws sesv2"
            " put-account-sending-attributes --sending-enabled' enables again"
        )
    return None


def read_limits(answer: Mapping[str, Any]) -> Limits:
    """The rate and what is left of 24 hours; and what a person should know of both."""
    quota = answer.get("SendQuota")
    quota = quota if isinstance(quota, Mapping) else {}
    rate = _number(quota.get("MaxSendRate"))
    return Limits(
        rate=rate or UNASKED,
        quota=_left(quota),
        assumed=not rate,
        notes=tuple(_notes(answer, quota)),
    )


def _left(quota: Mapping[str, Any]) -> int | None:
    most, sent = _number(quota.get("Max24HourSend")), quota.get("SentLast24Hours")
    if most is None:  # which -1 is as well
        return None
    return max(0, math.floor(most - (_number(sent) or 0.0)))


def _number(value: object) -> float | None:
    """A number that is one, and not below nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _notes(answer: Mapping[str, Any], quota: Mapping[str, Any]) -> list[str]:
    notes = []
    if answer.get("ProductionAccessEnabled") is False:
        notes.append(
            "this Amazon SES account is in the sandbox: it sends to verified addresses"
            " only; ask for production access in the SES console"
        )
    if answer.get("EnforcementStatus") == "PROBATION":
        notes.append(
            "Amazon reviews this account because of its bounces or complaints"
            " (PROBATION): send only to people who expect it"
        )
    if _number(quota.get("MaxSendRate")) is None and not quota:
        notes.append("Amazon SES did not say how much this account may send")
    return notes
