"""What `GetAccount` of Amazon SES says, read (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.opening import Security
from safesend.smtp.seen import Login, ServerSeen, Speech
from safesend.transports.base import Limits

__all__ = ["LARGEST", "UNASKED", "account_seen", "read_limits", "stopped"]

LARGEST = 40_000_000  # "40 MB per message", said of API v2
UNASKED = 1.0
"""Messages a second where nothing is known: every account may send as many."""
_SANDBOX = (
    "this Amazon SES account is in the sandbox: it sends to verified addresses only;"
    " ask for production access in the SES console"
)


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


def account_seen(
    name: str, endpoint: str, answer: Limits | TransportError
) -> ServerSeen:
    """What is seen of the service: no address but in ASCII, no message above its size.

    `answer` is what came of asking for the account.
    """
    parts = urlsplit(endpoint)
    secure = parts.scheme == "https"
    known = ServerSeen(
        name=name,
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        speech=Speech.HTTPS,
        security=Security.IMPLICIT if secure else Security.PLAINTEXT,
        login=Login.UNTRIED,
    )
    if isinstance(answer, TransportError):
        reached = answer.stage != Stage.CONNECT
        return attrs.evolve(known.ended_by(answer), reached=reached)
    seen = attrs.evolve(
        known.opened("", Capabilities(size=LARGEST)),
        quota=answer.quota,
        notes=tuple(note for note in answer.notes if note != _SANDBOX),
    )
    if answer.assumed:  # it knows us, and does not tell us anything of the account
        seen = attrs.evolve(seen, login=Login.UNTRIED)
    if _SANDBOX not in answer.notes:
        return seen
    return seen.ended_by(TransportError(_SANDBOX, stage=Stage.RCPT, permanent=True))


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
        notes.append(_SANDBOX)
    if answer.get("EnforcementStatus") == "PROBATION":
        notes.append(
            "Amazon reviews this account because of its bounces or complaints"
            " (PROBATION): send only to people who expect it"
        )
    if _number(quota.get("MaxSendRate")) is None and not quota:
        notes.append("Amazon SES did not say how much this account may send")
    return notes
