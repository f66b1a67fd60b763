"""A link or an id says whose it is (I7).

Danger: Links are copied into forwarded mails, logs of servers, histories of browsers
and the statistics of third parties. An address in one, readable or as an unsalted
digest, tells all of them who got this mail. Whoever has a list of addresses has the
digests of all of it, and can try which one fits.

Real case: The List-Unsubscribe link of a web site carried a JWT with the recipient's
address in it (pallets-eco/flask-mail#246, 2026). Such a token is signed and not
encrypted: anybody reads it. Odoo's link had "email=user%40gmail.com" beside its hash
(odoo/odoo#289182, 2026).

What safesend does: Its own links and ids carry keyed digests that say nothing. In all
links, and in headers that hold ids (Message-ID, List-Unsubscribe, Return-Path, X- ...),
it looks for the reader's address in clear, percent-encoded, in base64, in hexadecimal,
as a bounce address, and as MD5, SHA-1 or SHA-256. A mailto: link to the reader is fine.
A digest of somebody else's address is refused everywhere, and nothing lifts that.

Way out: Put a token into the link that only your own table can turn into a person. If
the service behind the link needs the address, allow I7 and give the reason.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import attrs

from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader
from safesend.checks.digests import digest_runs, digests_of
from safesend.checks.mention import Mention
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading
from safesend.checks.whereabouts import whereabouts
from safesend.errors import Leak

__all__ = ["CHECK"]

_SHORTEST_DIGEST = 22
"""MD5 in base64 (RFC 4648), without padding."""

# Ids of a message, and what programs add. Who it is for, and what a receiver's own
# servers noted down, is no token.
_holds_ids = re.compile(
    r"header (?:(?:Resent-)?Message-ID|References|In-Reply-To|Return-Path|Errors-To"
    r"|Feedback-ID|List-[A-Za-z-]{1,40}"
    r"|X-(?!Spam|Virus|MS-|Microsoft|Google|GM-|Yahoo|Apple|Envelope|Auth)"
    r"(?![\w-]{0,60}(?:To|For|Rcpt|Recipients?|From|Sender)\Z)[!-9;-~]{1,80})\Z",
    re.IGNORECASE,
).match
_may_be_digest = re.compile(rf"[A-Za-z0-9+/_-]{{{_SHORTEST_DIGEST}}}").search
_FAR = 2_000
"""Characters of a link in a text that are looked back over."""
_link_ends = re.compile(r"[\s<>\"]").search
_mailto = re.compile(r"\s{0,9}mailto:", re.IGNORECASE).match

_BY_HAND = frozenset(("", "spelt out", "written apart", "with invisible characters"))
_WHO_SEES = (
    "whoever sees the link or the id (servers, forwarded mails) learns it; use a token"
)
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}
_NAMES = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}


class _Run(NamedTuple):
    """What may be a digest, and where it stands."""

    piece: Piece
    digest: str
    offset: int

    def where(self) -> str:
        return self.piece.where(self.offset)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """Addresses and their digests in links and ids: one leak for each place."""
    if not reading.pieces:
        return
    runs = list(_runs(reading))
    told = set[tuple[str, str]]()
    for piece, leak in itertools.chain(
        _own_addresses(reading, reader, circle), _own_digests(runs, reader)
    ):
        here = whereabouts(piece)
        if here not in told:
            told.add(here)
            yield leak
    if runs and circle.hashes is not None:
        yield from _digests_of_others(runs, reader, circle)


def _runs(reading: Reading) -> Iterator[_Run]:
    for piece in reading.pieces:
        if len(piece.text) >= _SHORTEST_DIGEST and _may_be_digest(piece.text):
            for digest, offset in digest_runs(piece.text):
                yield _Run(piece, digest, offset)


def _own_addresses(
    reading: Reading, reader: Reader, circle: Circle
) -> Iterator[tuple[Piece, Leak]]:
    keys = reader.keys
    # Who writes to themselves is the sender too, and stands in many headers.
    if not circle.allowed.isdisjoint(keys):
        return
    for sighting in reading.sightings:
        piece, mention = sighting.piece, sighting.mention
        if any(one in keys for one in mention.spellings) and _is_told(piece, mention):
            reason = f"holds the reader's address: {_WHO_SEES}"
            yield piece, CHECK.leak(sighting.where(), reason, reader)


def _is_told(piece: Piece, mention: Mention) -> bool:
    """Whether a mention of the reader is in a link or an id that tells others of it."""
    written_out = mention.disguise in ("", "percent-encoded")
    if written_out and piece.kind is Kind.LINK and _mailto(piece.text):
        return False
    # What was decoded begins anywhere in the text, and nobody writes so but in links.
    if mention.disguise not in _BY_HAND and "://" in piece.text:
        return True
    return _is_token(piece, mention.offset)


def _own_digests(runs: list[_Run], reader: Reader) -> Iterator[tuple[Piece, Leak]]:
    if not runs or reader.recipient is None:
        return
    own = digests_of(reader.recipient.address)
    for run in runs:
        if run.digest in own and _is_token(run.piece, run.offset):
            how = f"the {_NAMES[len(run.digest)]} digest of the reader's address"
            reason = f"holds {how}: {_WHO_SEES}"
            yield run.piece, CHECK.leak(run.where(), reason, reader)


def _is_token(piece: Piece, offset: int) -> bool:
    """Whether what stands at this offset is in a link or an id."""
    if piece.kind is Kind.LINK:
        return True
    if piece.kind is Kind.HEADER:
        return _holds_ids(piece.unit) is not None
    # A mention begins where its widest reading does, which may be at the slashes.
    before = piece.text[max(0, offset - _FAR) : offset + 2]
    scheme = before.rfind("://")
    return scheme >= 0 and _link_ends(before, scheme) is None


def _digests_of_others(
    runs: list[_Run], reader: Reader, circle: Circle
) -> Iterator[Leak]:
    found: dict[tuple[str, str], _Hashed] = {}
    for run in runs:
        owner = circle.hashed(run.digest)
        if owner is not None and not _is_public(run.digest, owner, reader, circle):
            first = _Hashed(run.where(), _NAMES[len(run.digest)])
            found.setdefault(whereabouts(run.piece), first).rows[owner] = None
    for hashed in found.values():
        yield _OTHERS.leak(hashed.where, hashed.reason(circle), reader)


def _is_public(digest: str, owner: int, reader: Reader, circle: Circle) -> bool:
    """Whether it is the reader's own, in this row or another one, or an allowed one."""
    if owner == reader.ordinal:
        return True
    if reader.recipient is not None and digest in digests_of(reader.recipient.address):
        return True
    algorithm = _BY_LENGTH[len(digest)]
    return any(
        hashlib.new(algorithm, one.encode(), usedforsecurity=False).hexdigest()
        == digest
        for one in circle.allowed
    )


@attrs.define
class _Hashed:
    """The digests that one place holds: where the first stands, all their rows."""

    where: str
    algorithm: str
    rows: dict[int, None] = attrs.field(factory=dict)

    def reason(self, circle: Circle) -> str:
        first = circle.people.row(next(iter(self.rows)))
        if len(self.rows) == 1:
            return f"holds the {self.algorithm} digest of another address ({first})"
        count = f"{len(self.rows):,}"
        return f"holds the digests of {count} other addresses (first: {first})"


CHECK = Check.of(__doc__, id="I7", examine=examine, allowable=True)

_OTHERS = attrs.evolve(CHECK, id="I3", allowable=False)
"""What names somebody else is no matter of taste: I3, which nothing lifts."""
