"""A mailing list is written to as if it were one person (L05).

Danger: behind one address of a list or an exploder stand many people. Each of them
gets what was made for one, and an answer may go to all of them.

Real case: in 2021 a ministry wrote to people in danger by a distribution list in the To
field; all 265 saw one another, and answers went to all of them. Such a list looks like
any other address, so that no program warns.

What safesend does: addresses that look like a list (all-staff@, members@, the groups
of Google and Groups.io, hosts called lists) are refused as recipients, and words that
may be one person's inbox (team@) are reported.

Way out: take the members of the list as recipients, one row each. If the address is
one person's inbox in spite of its name, allow L05 and say why.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader
from safesend.checks.exploders import Crowd, crowd_behind, looks_like_list
from safesend.checks.fields import named_in
from safesend.checks.reading import Reading
from safesend.errors import Leak

__all__ = ["CHECK", "looks_like_list"]

_TO = frozenset({"to"})


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """The To mailbox, if it looks like a list; once."""
    for _, sightings in named_in(reading, _TO):
        crowd = max(
            crowd_behind(*one.mention.spellings[0].rpartition("@")[::2])
            for one in sightings
        )
        place = sightings[0].piece.unit
        if crowd >= Crowd.HOST:
            reason = "names an address that looks like a list of people"
            yield CHECK.leak(place, reason, reader)
        elif crowd is Crowd.PERHAPS:
            reason = "names an inbox that several people may read"
            yield CHECK.leak(place, reason, reader, Severity.WARN)


CHECK = Check.of(__doc__, id="L05", examine=examine, allowable=True)
