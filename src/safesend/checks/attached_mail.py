"""An old mail travels inside the new one (L20).

Danger: an attached or quoted mail brings its own readers along: To, Cc and even Bcc
of somebody else's letter, and signatures and texts that were not meant for this one.

Real case: in 2019 a health service opened an old mail to a group, took its readers over
and wrote to them anew: 37 patients saw one another. Authorities count the chain of
older mails below a forwarded one among the five most common errors.

What safesend does: an attached mail is refused. A quoted one in the text is refused
when the lines above it name an address besides the reader's and your public ones, and
reported otherwise.

Way out: write a new message rather than going on from an old one. To show an old mail
to people, copy its text without the lines that name who wrote to whom.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence

import attrs

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.fields import is_body
from safesend.checks.piece import Kind, NoteKind, Piece
from safesend.checks.reading import Reading, Sighting
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_BEGINNING = 300
"""Characters of a line that are looked at: a head of a mail is short."""
_WINDOW = 8
"""Lines that the head of a quoted mail may take."""

_SIGN = re.compile(r":|[-_*]{2}")
"""Without one of these nothing is the head of a mail."""
_RULE = re.compile(
    r"[>\s]{0,20}[-_*]{2,60}\s{0,5}(?:original message|original appointment"
    r"|forwarded message|forwarded by|reply message|urspr(?:ü|ue)ngliche nachricht"
    r"|weitergeleitete nachricht|message d['\u2019]origine|message original"
    r"|message transf[eé]r[eé]|mensaje original|mensaje reenviado|mensagem original"
    r"|messaggio originale|messaggio inoltrato|oorspronkelijk bericht"
    r"|doorgestuurd bericht|opprinnelig melding|originalmeddelande"
    r"|oprindelig meddelelse|wiadomo\u015b\u0107 oryginalna)\b"
    r"|[>\s]{0,20}(?:begin forwarded message|anfang der weitergeleiteten"
    r"|d[eé]but du message (?:r[eé]exp[eé]di[eé]|transf[eé]r[eé]))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[>\s*|]{0,20}(?:(?P<from>from|von|de|da|van|fra|fr[aå]n|od|expéditeur)"
    r"|(?P<date>sent|date|gesendet|datum|envoyé|enviado(?: el)?|fecha|data|inviato"
    r"|verzonden|sendt|dato|skickat|wys\u0142ano)"
    r"|(?P<to>to|cc|bcc|an|kopie|à|destinataire|para|a|aan|til|till|do|kopia|copie)"
    r"|(?P<subject>subject|betreff|objet|asunto|oggetto|assunto|onderwerp|emne"
    r"|ämne|temat))\s{0,3}\*{0,2}\s{0,3}:",
    re.IGNORECASE,
)
# "On Mon, 5 May 2025 at 10:00, Ada wrote:", which programs break over two lines.
_OPENING = re.compile(
    r"[>\s]{0,20}(?:on|am|le|el|il|em|op|den|dnia|w dniu)\s[^\n]{0,40}?\d",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"[^\n]{5,600}?\b(?:wrote|schrieb[^:\n]{0,200}|a écrit|escribi[oó]|ha scritto"
    r"|escreveu|schreef[^:\n]{0,200}|skrev[^:\n]{0,200}|napisał\(?a?\)?)\s{0,3}:\s{0,5}$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d\d\b")


@attrs.frozen
class _Line:
    """A line of a body: where it begins in its piece, and its beginning."""

    piece: Piece
    offset: int
    end: int
    text: str = attrs.field(repr=False)


_Head = Sequence[_Line]
"""The lines of a quoted mail that say who wrote it, when and to whom."""


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """Attached mails, and quoted ones in the bodies: one leak for each body."""
    for note in reading.noted(NoteKind.MAIL):
        place, what = mask_text(note.where()), mask_text(note.what)
        reason = f"{what}: whom it was for, and all it says, goes to this reader too"
        yield CHECK.leak(place, reason, reader)
    bodies: dict[str, list[Piece]] = {}
    for piece in reading.pieces:
        if piece.kind is Kind.TEXT and is_body(piece):
            bodies.setdefault(piece.unit, []).append(piece)
    for pieces in bodies.values():
        if not any(_SIGN.search(piece.text) for piece in pieces):
            continue
        heads = list(_heads([line for piece in pieces for line in _lines(piece)]))
        if heads:
            yield _judged(heads, reading, reader, circle)


def _lines(piece: Piece) -> Iterator[_Line]:
    if "\n" not in piece.text:
        yield _Line(piece, 0, len(piece.text), piece.text)
        return
    offset = 0
    for text in piece.text.splitlines(keepends=True):
        end = offset + len(text)
        yield _Line(piece, offset, end, text[:_BEGINNING].rstrip("\r\n"))
        offset = end


def _judged(
    heads: list[_Head], reading: Reading, reader: Reader, circle: Circle
) -> Leak:
    spans: dict[int, list[_Line]] = {}
    for head in heads:
        for line in head:
            spans.setdefault(id(line.piece), []).append(line)
    named = [
        sighting
        for sighting in reading.sightings
        if _stands_in(sighting, spans.get(id(sighting.piece), ()))
        and circle.standing(sighting.mention, reader)
        in (Standing.FOREIGN, Standing.STRANGER)
    ]
    if named:
        count = len({one.mention.spellings[0] for one in named})
        whom = "an address" if count == 1 else f"{count} addresses"
        reason = f"quotes an old mail, and names {whom} of those who wrote or got it"
        return CHECK.leak(named[0].where(), reason, reader)
    reason = "quotes an old mail; look whether this reader may see it"
    where = heads[0][0].piece.where(heads[0][0].offset)
    return CHECK.leak(where, reason, reader, Severity.WARN)


def _stands_in(sighting: Sighting, lines: Sequence[_Line]) -> bool:
    """Whether it stands in one of these lines, which are in their order."""
    offset = sighting.mention.offset
    index = bisect.bisect_right(lines, offset, key=_offset) - 1
    return index >= 0 and offset < max(lines[index].end, 1)


def _offset(line: _Line) -> int:
    return line.offset


def _heads(lines: Sequence[_Line]) -> Iterator[_Head]:
    """The heads of quoted mails in the lines of a body."""
    after = 0
    for index in range(len(lines)):
        if index < after:
            continue
        length = _length(lines, index)
        if length:
            after = index + length
            yield lines[index:after]


def _length(lines: Sequence[_Line], index: int) -> int:
    """How many lines the head takes that begins here; 0 if none does."""
    text = lines[index].text
    if _RULE.match(text):
        return 1 + _block(lines, index + 1)
    if _LABEL.match(text):
        return _block(lines, index)
    if _OPENING.match(text):
        return _attribution(lines, index)
    return 0


def _block(lines: Sequence[_Line], index: int) -> int:
    """The lines of "From: ... Sent: ... To: ... Subject: ...", if they are that.

    Two labels are a form; sender, date and reader without a subject are a journey
    unless an address is among them.
    """
    kinds: set[str] = set()
    last = index
    for at in range(index, min(index + _WINDOW, len(lines))):
        found = _LABEL.match(lines[at].text)
        if found:
            kinds.add(found.lastgroup or "")
            last = at + 1
    if "from" not in kinds or len(kinds) < 3:  # noqa: PLR2004
        return 0
    mailed = "subject" in kinds or any("@" in line.text for line in lines[index:last])
    return last - index if mailed else 0


def _attribution(lines: Sequence[_Line], index: int) -> int:
    """The one to three lines of "On ..., Ada wrote:", if a quotation follows."""
    said = ""
    for count, line in enumerate(lines[index : index + 3], 1):
        said = f"{said} {line.text}".strip()
        if _WROTE.fullmatch(said):
            following = lines[index + count : index + count + 3]
            quoted = any(one.text.lstrip().startswith(">") for one in following)
            dated = _YEAR.search(said) and _CLOCK.search(said)
            return count if quoted or dated else 0
    return 0


CHECK = Check.of(__doc__, id="L20", examine=examine, allowable=True)
