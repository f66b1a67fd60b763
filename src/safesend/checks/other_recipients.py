"""Somebody else's address stands in the message (I3).

Danger: Whoever reads this message reads the address of another person of the mailing,
and knows that this person is in the list. For a clinic, a party or a court the list
alone is the secret.

Real case: A plug-in for Odoo took the Bcc header out as it should, and wrote the hidden
copies into a header of its own, "X-Odoo-Bcc" (OCA/mail#142, 2026). In February 2022 the
British Ministry of Defence passed on a spreadsheet that was thought to hold 150 rows;
a hidden tab of it held 18,714.

What safesend does: It reads all of a message as a curious recipient could: headers,
every part, file names, the inside of documents, what is hidden, encoded or written with
other letters. Every address in it is looked up in the whole list. Allowed are the
reader's own, the sender's, the reply address and what was declared public. Nothing
lifts this check.

Way out: Take the address out of the template, the file or the row that is named. If it
is meant for all to see, as an office's is, declare it: public=["office@example.org"].
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.checks.addresses import masked
from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.mention import Mention
from safesend.checks.reading import Reading, Sighting
from safesend.checks.whereabouts import whereabouts
from safesend.errors import Leak

__all__ = ["CHECK"]


@attrs.define
class _Others:
    """Whom one place names: where the first stands, its address, all their rows.

    Somebody of an earlier run has no row, and counts by the address.
    """

    first: Sighting
    spelling: str = attrs.field(repr=False)
    owners: dict[int | str, None] = attrs.field(factory=dict, repr=False)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """One leak for each unit and place that names others, however many they are."""
    if not reading.sightings:
        return
    found: dict[tuple[str, str], _Others] = {}
    for sighting in reading.sightings:
        if circle.standing(sighting.mention, reader) is Standing.FOREIGN:
            spelling = _who(sighting.mention, circle)
            owner = circle.people.owner(spelling)
            here = whereabouts(sighting.piece)
            others = found.setdefault(here, _Others(sighting, spelling))
            others.owners[spelling if owner is None else owner] = None
    for others in found.values():
        yield CHECK.leak(others.first.where(), _reason(others, circle), reader)


def _who(mention: Mention, circle: Circle) -> str:
    """The likeliest spelling that stands in the list."""
    return next(one for one in mention.spellings if one in circle.people)


def _reason(others: _Others, circle: Circle) -> str:
    owner = next(iter(others.owners))
    row = circle.people.row(owner) if isinstance(owner, int) else "of an earlier run"
    shown = f"{masked(others.spelling)}, {row}"
    count = len(others.owners)
    if count == 1:
        return f"holds the address of another recipient ({shown})"
    return f"holds the addresses of {count:,} other recipients (first: {shown})"


CHECK = Check.of(__doc__, id="I3", examine=examine, allowable=False)
