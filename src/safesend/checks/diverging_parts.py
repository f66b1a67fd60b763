"""The versions of one message name different people (L19).

Danger: a message holds its text twice, plain and as HTML, and an invitation holds it
a third time. Whoever wrote it looked at one of them; the reader's program may show
another, with the names of the last mailing or of all guests.

Real case: customer systems add a plain text of their own, made from other fields than
the HTML, and nobody looks at it before it is sent. An invitation to a meeting lists
every guest, in a part that mail programs turn into a date and do not show.

What safesend does: an address that only the plain text or only the HTML names is
reported; a guest of an invitation who is not its reader is refused, and an organiser
who is none of your own is reported.

Way out: make both versions from one text (leave the plain text to safesend), and make
an invitation with one guest for each person.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.fields import is_body
from safesend.checks.impersonal import is_impersonal
from safesend.checks.piece import Kind
from safesend.checks.reading import Reading, Sighting
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_SHOWN = (Kind.TEXT, Kind.LINK)
_GUEST, _HOST = "ATTENDEE", "ORGANIZER"  # RFC 5545 section 3.8.4


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """People of one version only, and guests of invitations."""
    if not reading.sightings:
        return
    yield from _alternatives(reading, reader, circle)
    yield from _guests(reading, reader, circle)


def _alternatives(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    units = {piece.unit for piece in reading.pieces if is_body(piece)}
    if len(units) < 2:  # noqa: PLR2004
        return
    # Every spelling counts as named: "x=ada@example.org" names ada@example.org too.
    named: dict[str, set[str]] = {unit: set() for unit in units}
    bodies = [one for one in reading.sightings if one.piece.unit in units]
    for one in bodies:
        named[one.piece.unit].update(one.mention.spellings)
    reported: set[str] = set()
    for one in bodies:
        unit, first = one.piece.unit, one.mention.spellings[0]
        if unit in reported or one.piece.kind not in _SHOWN or one.piece.hidden:
            continue
        rest = [other for other in sorted(units) if other != unit]
        missing = [other for other in rest if named[other].isdisjoint([first])]
        if missing and _is_stranger(one, reader, circle):
            reported.add(unit)
            reason = f"names somebody whom the {missing[0]} version does not"
            yield CHECK.leak(one.where(), reason, reader, Severity.WARN)


def _is_stranger(sighting: Sighting, reader: Reader, circle: Circle) -> bool:
    first = sighting.mention.spellings[0]
    standing = circle.standing(sighting.mention, reader)
    return standing is Standing.STRANGER and not is_impersonal(first, circle.domains)


def _guests(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    guests: dict[str, dict[str, tuple[Sighting, Standing]]] = {}
    hosts: set[str] = set()
    for one in reading.sightings:
        role = one.piece.place.rpartition(", ")[2]
        if role == _GUEST:
            standing = circle.standing(one.mention, reader)
            if standing in (Standing.FOREIGN, Standing.STRANGER):
                unit = guests.setdefault(one.piece.unit, {})
                unit.setdefault(one.mention.spellings[0], (one, standing))
        elif (
            role == _HOST
            and one.piece.unit not in hosts
            and _is_stranger(one, reader, circle)
        ):
            hosts.add(one.piece.unit)
            reason = "the organiser of the invitation is none of your addresses"
            where = mask_text(one.where())
            yield CHECK.leak(where, reason, reader, Severity.WARN)
    for found in guests.values():
        yield _guest_leak(list(found.values()), reader)


def _guest_leak(found: list[tuple[Sighting, Standing]], reader: Reader) -> Leak:
    first, standing = found[0]
    # Of a message whose reader is not known, one guest is taken for the reader.
    unknown = not reader.keys and len(found) == 1 and standing is Standing.STRANGER
    people = "a guest" if len(found) == 1 else f"{len(found)} guests"
    reason = f"the invitation names {people} besides its reader"
    severity = Severity.WARN if unknown else Severity.REFUSE
    return CHECK.leak(mask_text(first.where()), reason, reader, severity)


CHECK = Check.of(__doc__, id="L19", examine=examine, allowable=True)
