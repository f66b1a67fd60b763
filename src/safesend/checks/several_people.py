"""One message names several people as its readers (L01).

Danger: whoever is named in To or Cc is seen by everybody who gets the message, and
each reply to all goes to everybody as well. Relays and mailboxes write traces of the
same kind (Delivered-To, Received) when several people share one message.

Real case: in 2019 a clinic cut a list of about 5,000 patients into portions and pasted
two of them into To: 1,781 people saw one another, and pictures of the list were public
within half an hour. In 2021 a ministry wrote to 265 people who feared for their lives,
all of them in To; two answered to all. Seven open source programs had the same fault,
found by their users.

What safesend does: a message has one To mailbox, which is its reader's. Any other
mailbox in To, any Cc, and any trace of another recipient is refused; a To that names
only the sender is reported, for then the message was sent to many at once.

Way out: write one message to each person. With safesend that is one row per person;
in another program use mail merge, and leave Cc empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.fields import fields, named_in, others
from safesend.checks.piece import Piece
from safesend.checks.reading import Reading, Sighting
from safesend.errors import Leak

__all__ = ["CHECK"]

_TO = frozenset({"to", "resent-to"})
_COPIES = frozenset({"cc", "resent-cc", "x-cc", "x-odoo-cc", "x-original-cc"})
# Written by relays and mailboxes after RCPT (RFC 5321 section 7.2), or by programs
# that note for themselves whom a message is for.
_TRACES = frozenset(
    {
        "apparently-to",
        "delivered-to",
        "envelope-to",
        "x-delivered-to",
        "x-envelope-to",
        "x-original-to",
        "x-rcpt-to",
        "x-real-to",
        "x-receiver",
        "x-recipient",
        "x-resolved-to",
        "x-to",
    }
)
_LOOKED_AT = _TO | _COPIES | _TRACES | {"received"}
# RFC 5321 section 4.4: the clause of a trace that names the recipient.
_FOR = re.compile(r"\bfor\s{1,20}<?\s{0,5}$", re.IGNORECASE)
_CLAUSE = 40
# RFC 5322 section 3.4: a group may have no members ("undisclosed-recipients:;").
_NOBODY = re.compile(r"[^:;@,<>]{0,200}:[\s;]*|[\s,;]*")

_Named = dict[str, tuple[Sighting, Standing]]


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """The fields that name somebody besides the reader."""
    pieces = [(name, piece) for name, piece in fields(reading) if name in _LOOKED_AT]
    if not pieces:
        return
    yield from _repeated(pieces, reader)
    yield from _empty(pieces, reader)
    named = dict(named_in(reading, _LOOKED_AT))
    for name, sightings in named.items():
        if name in _TO:
            yield from _addressed(sightings, reader, circle)
        elif name in _TRACES:
            yield from _traced(sightings, reader, circle)
        elif name == "received":
            clauses = [one for one in sightings if _is_clause(one)]
            yield from _traced(clauses, reader, circle)
    yield from _copied(pieces, reader)


def _repeated(pieces: list[tuple[str, Piece]], reader: Reader) -> Iterator[Leak]:
    # RFC 5322 section 3.6: To stands once; readers show the first, the last or both.
    written = [piece for name, piece in pieces if name == "to" and not piece.place]
    if len(written) > 1:
        reason = f"stands {len(written)} times; a message has one To, with one mailbox"
        yield CHECK.leak(written[1].where(), reason, reader)


def _empty(pieces: list[tuple[str, Piece]], reader: Reader) -> Iterator[Leak]:
    for name, piece in pieces:
        if name == "to" and not piece.place and _NOBODY.fullmatch(piece.text):
            reason = "names nobody: the message was made to go to many at once (Bcc)"
            yield CHECK.leak(piece.where(), reason, reader, Severity.WARN)


def _addressed(
    sightings: list[Sighting], reader: Reader, circle: Circle
) -> Iterator[Leak]:
    named = others(sightings, reader, circle)
    has_own = len(named) < len({one.mention.spellings[0] for one in sightings})
    count = len(named) + has_own
    place = sightings[0].piece.unit
    if count > 1:
        reason = f"names {count} mailboxes, and each of them sees the others"
        yield CHECK.leak(place, reason, reader)
    elif named and reader.keys:
        [(_, standing)] = named.values()
        if standing is Standing.ALLOWED:
            reason = "names the sender and not the reader, as mail to many at once does"
            yield CHECK.leak(place, reason, reader, Severity.WARN)
        else:
            reason = "names somebody else than the reader of this message"
            yield CHECK.leak(place, reason, reader)


def _copied(pieces: list[tuple[str, Piece]], reader: Reader) -> Iterator[Leak]:
    seen: set[str] = set()
    for name, piece in pieces:
        if name in _COPIES and name not in seen and not _NOBODY.fullmatch(piece.text):
            seen.add(name)
            reason = "names people who get a copy, and every reader sees them"
            yield CHECK.leak(piece.unit, reason, reader)


def _traced(
    sightings: list[Sighting], reader: Reader, circle: Circle
) -> Iterator[Leak]:
    """Traces of others; one stranger may be the reader's mailbox by another name."""
    named = others(sightings, reader, circle)
    foreign = [one for one, standing in named.values() if standing is Standing.FOREIGN]
    strange = [one for one, standing in named.values() if standing is Standing.STRANGER]
    if len(foreign) > (0 if reader.keys else 1):
        reason = "is the trace of another recipient of the same message"
        yield CHECK.leak(foreign[0].piece.unit, reason, reader)
    elif strange and (reader.keys or len(strange) > 1):
        many = len(strange) > 1
        reason = (
            f"names {len(strange)} recipients of one message"
            if many
            else "names a mailbox that is not the reader's"
        )
        severity = (
            Severity.REFUSE if many and not _forwarded(strange) else Severity.WARN
        )
        yield CHECK.leak(strange[0].piece.unit, reason, reader, severity)


def _forwarded(sightings: list[Sighting]) -> bool:
    """Whether they stand in lines of their own: each relay writes its own address."""
    pieces = {id(one.piece) for one in sightings if not one.piece.place}
    return len(pieces) == len(sightings)


def _is_clause(sighting: Sighting) -> bool:
    offset = sighting.mention.offset
    before = sighting.piece.text[max(0, offset - _CLAUSE) : offset]
    return _FOR.search(before) is not None


CHECK = Check.of(__doc__, id="L01", examine=examine, allowable=False)
