"""Answers would go to many people, or to a stranger (L08).

Danger: Reply-To and its kin decide where an answer goes. If that is a list, two
mailboxes or another recipient, a reader who writes "please take me off" tells it to
people who should not know of them. Receipts tell when and where a mail was opened.

Real case: after the mail of a public inquiry in 2017, one recipient added addresses
and answered to all; a single "please delete this" brought 39 more answers to
everybody. Storms of that kind have stopped the mail of whole health services.

What safesend does: Reply-To, From and the other places for answers name one mailbox
that is neither a list nor another recipient; headers that ask for a receipt are
refused.

Way out: let answers go to one mailbox that only your own people read. If the address
is such a mailbox in spite of its name, allow L08 and say why.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.exploders import Crowd, crowd_behind
from safesend.checks.fields import fields, named_in, others
from safesend.checks.reading import Reading, Sighting
from safesend.errors import Leak

__all__ = ["CHECK"]

_ANSWERS = frozenset(
    {"reply-to", "mail-reply-to", "mail-followup-to", "x-reply-to", "list-post"}
)
_SENDERS = frozenset({"errors-to", "from", "resent-from", "sender"})
# RFC 8098 section 2.1 and what programs used before it.
_RECEIPTS = frozenset(
    {
        "disposition-notification-to",
        "generate-delivery-report",
        "return-receipt-to",
        "x-confirm-reading-to",
        "x-confirm-delivery",
    }
)
_PLACES = _ANSWERS | _SENDERS


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """The fields that say where an answer or a receipt goes."""
    for name, piece in fields(reading):
        if name in _RECEIPTS and not piece.place and piece.text.strip():
            reason = "asks the reader's program to report when the mail is opened"
            yield CHECK.leak(piece.unit, reason, reader)
    for name, sightings in named_in(reading, _PLACES):
        found = _fault(name, sightings, reader, circle)
        if found is not None:
            severity, reason = found
            yield CHECK.leak(sightings[0].piece.unit, reason, reader, severity)


def _fault(
    name: str, sightings: list[Sighting], reader: Reader, circle: Circle
) -> tuple[Severity, str] | None:
    named = others(sightings, reader, circle)
    if any(standing is Standing.FOREIGN for _, standing in named.values()):
        return Severity.REFUSE, "names another recipient"
    if name in _ANSWERS and len({one.mention.spellings[0] for one in sightings}) > 1:
        return Severity.REFUSE, "names several mailboxes: an answer goes to all of them"
    crowd = max(
        crowd_behind(*one.mention.spellings[0].rpartition("@")[::2])
        for one in sightings
    )
    if crowd is Crowd.LIST or (crowd is Crowd.HOST and name in _ANSWERS):
        reason = "looks like a list of people: an answer goes to all of them"
        return Severity.REFUSE, reason
    if crowd is Crowd.HOST:
        return Severity.WARN, "is at a host of lists: an answer may go to many people"
    return None


CHECK = Check.of(__doc__, id="L08", examine=examine, allowable=True)
