"""A list of people stands in the message (L21).

Danger: More than a few addresses of people in one text or file are a list. Whether they
are recipients of this mailing or not: none of them agreed to be handed on to all the
others.

Real case: In June 2017 the University of East Anglia sent a spreadsheet about the
extenuating circumstances of 42 people to a list of 298.

What safesend does: It counts the different addresses of people in each text and each
attachment, in hidden and encoded places too; more than five are refused. Addresses of
offices (info@, support@) and of the sender's own house are none of people, up to twenty
of them in an attachment, and any number in the letter itself.

Way out: Take the file or the lines out, or give each person only what is theirs: files
of a row are attached to that row alone. Public addresses are declared:
public=["chair@example.org"]. If the list is meant for all of them, allow L21 and give
the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.addresses import masked
from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.impersonal import is_impersonal
from safesend.checks.piece import Kind
from safesend.checks.reading import Reading, Sighting
from safesend.errors import Leak

__all__ = ["CHECK", "FEW", "MANY"]

FEW = 5
"""Different addresses of people in one unit that are no list yet."""

MANY = 20
"""The same with those of offices, in one attachment."""

_BODIES = ("text", "html", "amp")
# Identifiers that have the form of an address: of messages (RFC 5322 section 3.6.4),
# of parts (RFC 2392), of appointments and cards (RFC 5545 section 3.8.4.7).
_id_link = re.compile(r"\s{0,9}(?:cid|mid):", re.IGNORECASE).match
_id_field = re.compile(
    r"(?:.{0,200}\b)?header"
    r" (?:(?:Resent-)?Message-ID|References|In-Reply-To|Content-ID)"
    r"|(?:.{0,200}\b)?(?:UID|RELATED-TO)\Z",
    re.IGNORECASE,
).match
_id_line = re.compile(
    r"(?:UID|RELATED-TO|Message-ID|Content-ID)(?:;[^:]{0,100})?:", re.IGNORECASE
).match

_LONG, _DIGITS = 20, 8
_plain_address = re.compile(
    r"[a-z0-9][a-z0-9._+-]{2,63}@(?:[a-z0-9-]{2,63}\.)+[a-z]{2,13}"
).fullmatch
# No top-level domains: "jquery@3.7.1.min.js", "getty@tty1.service".
_ENDINGS = """
    avif cjs css csv gif gz htm html jar jpeg jpg js json map min mjs pdf php png
    service svg tgz txt webp whl woff woff2 xml yaml yml
"""
_FILE_ENDINGS = frozenset(_ENDINGS.split())


@attrs.define
class _Unit:
    """The addresses in one text or file, each once, the first with its place."""

    first: Sighting
    people: set[str] = attrs.field(factory=set, repr=False)
    offices: set[str] = attrs.field(factory=set, repr=False)

    def is_list(self, unit: str) -> bool:
        """Whether so many are a list."""
        some = len(self.people)
        every = some + len(self.offices)
        return some > FEW or (every > MANY and not unit.startswith(_BODIES))


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """One leak for each text and each attachment that holds a list."""
    if len(reading.sightings) <= FEW:
        return
    units: dict[str, _Unit] = {}
    for sighting in reading.sightings:
        if _is_noise(sighting) or _is_identifier(sighting):
            continue
        if _counts(sighting, reader, circle):
            spelling = sighting.mention.spellings[0]
            unit = units.setdefault(sighting.piece.unit, _Unit(sighting))
            office = is_impersonal(spelling, circle.domains)
            (unit.offices if office else unit.people).add(spelling)
    for name, unit in units.items():
        if unit.is_list(name):
            yield CHECK.leak(unit.first.where(), _reason(unit), reader)


def _counts(sighting: Sighting, reader: Reader, circle: Circle) -> bool:
    # A bounce address counts as itself, and not as all that it may be read as.
    if "as a bounce address" in sighting.mention.disguise:
        return False
    standing = circle.standing(sighting.mention, reader)
    return standing is Standing.STRANGER or standing is Standing.FOREIGN


def _is_noise(sighting: Sighting) -> bool:
    """Whether it is what random octets say now and then (packed pictures, sound).

    A stranger's address counts there as it is written by everybody, in plain ASCII;
    one of the list is found in every disguise, by another check.
    """
    if sighting.piece.kind is not Kind.OCTETS:
        return False
    plain = _plain_address(sighting.mention.spellings[0])
    return plain is None or sighting.mention.disguise != ""


def _is_identifier(sighting: Sighting) -> bool:
    """Whether what looks like an address only names a message, a part, an account.

    Fields of the message's own head are the matter of other checks.
    """
    piece, mention = sighting.piece, sighting.mention
    if piece.unit.startswith("header "):
        return True
    if piece.kind is Kind.LINK and _id_link(piece.text):
        return True
    if _id_field(piece.place) or _id_line(piece.text):
        return True
    local, _, domain = mention.spellings[0].rpartition("@")
    if _machine_made(local) or domain.rpartition(".")[2] in _FILE_ENDINGS:
        return True
    # "@ada@social.example" and "/@ada.example" are accounts of social networks.
    around = piece.text[max(0, mention.offset - 1) : mention.offset + 1]
    return local.endswith("/") or "@" in around


def _machine_made(local: str) -> bool:
    """Whether it is the left side of a Message-ID rather than somebody's name."""
    return len(local) >= _LONG and sum(map(str.isdigit, local)) >= _DIGITS


def _reason(unit: _Unit) -> str:
    count = len(unit.people) + len(unit.offices)
    shown = masked(unit.first.mention.spellings[0])
    return f"holds {count:,} different addresses, a list (first: {shown})"


CHECK = Check.of(__doc__, id="L21", examine=examine, allowable=True)
