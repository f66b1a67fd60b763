"""What differs from message to message, read without reading the whole message again.

A letter is read once, with marks where its merge fields go. What touches no mark is the
same in every message, and is checked once. What is left of each piece are its seams:
the words that a value stands in, with the text that it touches, since `{{ user }}` is
harmless and `{{ user }}@example.org` is an address. A row is read by filling seams.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import attrs

from safesend.checks.hints import may_hide
from safesend.checks.html import read_html
from safesend.checks.mail_headers import decoded_field
from safesend.checks.merge_marks import NO_VALUES, looks_unfilled
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.plain_text import read_text
from safesend.message.compile import CompiledMessage, header_name
from safesend.message.compose import Composed, own_fields
from safesend.message.layout import FIRST, TOKEN
from safesend.message.part import Part
from safesend.message.slot import Slot, slot_text

__all__ = ["Seams", "find_seams"]

# Two noncharacters of Unicode, which no template may hold, and no value keeps.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_WORD = re.compile(r"\S+")
_GAP = 4
"""Characters of white space over which two words may be one address or one name."""
# "Ada King", "King, Ada" and "ada @example.org" when both sides are values.
_ENDS = re.compile(rf"{_CLOSE}[^\w\s]{{0,3}}\Z")
_BEGINS = re.compile(rf"[^\w\s]{{0,3}}{_OPEN}")
# What stands between the parts of an address that is spelt out (`rewritten`).
_BETWEEN = re.compile(
    r"[\[({<]?(?:at|\u00e4t|arroba|arobase|a|@|dot|punkt|point|punto|\.)[\])}>]?",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,9}\w{2,63}\W{0,3}")
_ONE_FIELD = 3
_BREAK = " \n "
_LETTER = re.compile(r"[^\W_]")
_OPENING, _CLOSING = "@\uff20\ufe6b([{<", "@\uff20\ufe6b)]}>"
# With `may_hide`, what an address can be made of, in every disguise of `disguises`: a
# seam without any of it holds none, nor the digest of one.
_TELLING = re.compile(
    r"[@\uff20\ufe6b%&\\=<]|\bat\b|[A-Za-z0-9+/_-]{16}"
    r"|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]",
    re.IGNORECASE,
)
# What is quickly asked first: one of the signs, the word, or a run that is long enough.
_SIGNS = re.compile(
    r"[@\uff20\ufe6b%&\\=<"
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_RUN = re.compile(r"[^\s]{16}")
_TAG = re.compile(r"<[^<>]{0,4000}>")
# The same as a browser sees it: a ">" may stand in comments and in quoted values.
_WHOLE_TAG = re.compile(
    r"<!--.*?(?:--!?>|\Z)"
    r"|<[/!?a-z](?>[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}'){0,4000}+>",
    re.IGNORECASE | re.DOTALL,
)
_URL = re.compile(r"(?:https?:|mailto:|//)[^\s\"'<>]{1,4000}", re.IGNORECASE)


@attrs.frozen
class _Seam:
    """A word or line of a piece, with marks in it."""

    piece: Piece
    parts: tuple[str, ...]
    """At even places constants, at odd ones names of slots."""

    def filled(self, text: str) -> Piece:
        return attrs.evolve(self.piece, text=text)


@attrs.frozen
class _Joint:
    """What several seams have in common: the same constants round the same fields."""

    parts: tuple[str, ...]
    seams: tuple[_Seam, ...]

    def text(self, values: Mapping[str, str]) -> str:
        if len(self.parts) == _ONE_FIELD:
            before, name, after = self.parts
            return f"{before}{values.get(name, '')}{after}"
        parts = list(self.parts)
        parts[1::2] = [values.get(name, "") for name in parts[1::2]]
        return "".join(parts)


@attrs.frozen(eq=False)
class Seams:
    """The seams of a letter. `shared` is what all its messages have in common."""

    shared: tuple[Found, ...]
    fields: tuple[str, ...]
    """The merge fields that are printed as they are."""
    _expressions: tuple[Slot, ...]
    """What else is printed of a row, worked out of its fields."""
    _quiet: tuple[_Joint, ...]
    _together: _Joint
    """The quiet ones side by side, for one look at all of them."""
    _probes: tuple[_Joint, ...]
    """The quiet ones without the punctuation round them: most are one field."""
    _always: tuple[_Joint, ...]
    """Those whose constants alone could make an address of what touches them."""
    _lines: tuple[_Joint, ...]
    """The lines that hold any slot: with nothing in it, one may greet nobody."""
    _wholes: tuple[tuple[int, str], ...]
    """Of the texts that have logic: the place of their value, and their unit."""

    def pieces(
        self, composed: Composed, caught: Callable[[str], bool] | None = None
    ) -> Iterator[Piece]:
        """What is to be looked at in one message; mostly nothing.

        `caught` tells whether there is something else than an address in a text.
        """
        values = self.values(composed)
        for joint in self._always:
            yield from _filled(joint, joint.text(values))
        together = self._together.text(values)
        telling = _tells(together)
        more = caught or _nothing
        if telling or any(more(probe.text(values)) for probe in self._probes):
            for joint in self._quiet:
                text = joint.text(values)
                if (telling and _tells(text)) or more(text):
                    yield from _filled(joint, text)
        if self._expressions or not NO_VALUES.isdisjoint(values.values()):
            for line in self._lines:
                text = line.text(values)
                if looks_unfilled(text):
                    yield from _filled(line, text)
        for place, unit in self._wholes:
            yield from _whole(composed.values[place], unit)

    def values(self, composed: Composed) -> dict[str, str]:
        """What is printed of a row, as text, by the names of the slots."""
        fields = composed.recipient.fields
        values = {
            name: value if type(value) is str else slot_text(value, name)
            for name in self.fields
            if (value := fields.get(name)) is not None
        }
        if self._expressions:
            token = composed.values[TOKEN].decode()
            own = own_fields(composed.compiled, composed.recipient, token)
            for slot in self._expressions:
                values[slot.name] = slot.text(own)
        return values


def _nothing(_: str) -> bool:
    return False


def _filled(joint: _Joint, text: str) -> Iterator[Piece]:
    return (seam.filled(text) for seam in joint.seams)


def _tells(text: str) -> bool:
    """Whether there may be an address in a text, or a digest of one."""
    worth_it = _SIGNS.search(text) or "at" in text.lower() or _RUN.search(text)
    if worth_it and _TELLING.search(text):
        return True
    return may_hide(f" {text} ")


def find_seams(compiled: CompiledMessage) -> Seams:
    """Read a letter once: what is shared, and where values go."""
    slots = _slots(compiled)
    names = [slot.name for slot in slots]
    shared: list[Found] = []
    seams: dict[tuple[str, str, Kind, tuple[str, ...]], _Seam] = {}
    lines: list[_Seam] = []
    for part in compiled.template.parts.values():
        for found in _read(part, names):
            if not isinstance(found, Piece) or _OPEN not in found.text:
                shared.append(found)
                continue
            shared.append(attrs.evolve(found, text=_MARK.sub(" ", found.text)))
            if found.kind in (Kind.TEXT, Kind.HEADER):
                lines += _parted(found, found.text.splitlines(), names)
            for seam in _parted(found, _words(found.text), names):
                key = (seam.piece.unit, seam.piece.place, seam.piece.kind, seam.parts)
                seams.setdefault(key, seam)
    joints = _joints(seams.values())
    quiet = [j for j in joints if not any(map(_tells, j.parts[::2]))]
    return Seams(
        shared=tuple(shared),
        fields=tuple(slot.name for slot in slots if slot.plain),
        expressions=tuple(slot for slot in slots if not slot.plain),
        quiet=tuple(quiet),
        together=_together(quiet),
        probes=_probes(quiet),
        always=tuple(joint for joint in joints if joint not in quiet),
        lines=tuple(_joints(lines)),
        wholes=tuple(_wholes(compiled)),
    )


def _slots(compiled: CompiledMessage) -> list[Slot]:
    parts = compiled.template.parts.values()
    pieces = [piece for part in parts for piece in part.pieces or ()]
    return list(dict.fromkeys(one for one in pieces if isinstance(one, Slot)))


def _together(joints: Iterable[_Joint]) -> _Joint:
    parts = [""]
    for joint in joints:
        first, *rest = joint.parts
        parts[-1] += _BREAK + first
        parts += rest
    return _Joint(tuple(parts), ())


def _probes(joints: Iterable[_Joint]) -> tuple[_Joint, ...]:
    stripped = {(_bare(j.parts[0]), *j.parts[1:-1], _bare(j.parts[-1])) for j in joints}
    return tuple(_Joint(parts, ()) for parts in sorted(stripped))


def _bare(constant: str) -> str:
    return constant if _LETTER.search(constant) else ""


def _joints(seams: Iterable[_Seam]) -> list[_Joint]:
    alike: dict[tuple[str, ...], list[_Seam]] = {}
    for seam in seams:
        alike.setdefault(seam.parts, []).append(seam)
    return [_Joint(parts, tuple(found)) for parts, found in alike.items()]


def _read(part: Part, names: list[str]) -> Iterable[Found]:
    """A part with marks for its fields; of one with logic nothing is the same."""
    if part.pieces is None:
        return ()
    marked = "".join(
        f"{_OPEN}{names.index(piece.name)}{_CLOSE}"
        if isinstance(piece, Slot)
        else piece
        for piece in part.pieces
    )
    if part.name == "html":
        return read_html(marked)
    if part.name == "text":
        return read_text(marked)
    unit = f"header {header_name(part)}"
    return [Piece(unit=unit, text=marked, kind=Kind.HEADER)]


def _parted(piece: Piece, texts: Iterable[str], names: list[str]) -> Iterator[_Seam]:
    """Those of the texts in which there are marks."""
    for text in texts:
        parts = _MARK.split(text)
        if len(parts) > 1:
            parts[1::2] = [names[int(number)] for number in parts[1::2]]
            yield _Seam(piece, tuple(parts))


def _words(text: str) -> Iterator[str]:
    """The words of a text; those that could be one address or one name are one."""
    begin = end = 0
    last = ""
    for hit in _WORD.finditer(text):
        if last and (hit.start() - end > _GAP or not _belong(last, hit[0])):
            yield text[begin:end]
            begin = hit.start()
        end, last = hit.end(), hit[0]
    if last:
        yield text[begin:end]


def _belong(before: str, after: str) -> bool:
    """Whether two words with white space between them may have to be read as one."""
    if after[0] in _OPENING or before[-1] in _CLOSING:
        return True
    if _BETWEEN.fullmatch(before) or _BETWEEN.fullmatch(after):
        return True
    if not _ENDS.search(before[-_GAP:]):
        return False
    return bool(_BEGINS.match(after) or _DOMAIN.fullmatch(after))


def _wholes(compiled: CompiledMessage) -> Iterator[tuple[int, str]]:
    places = compiled.places
    for number, part in enumerate(places.headers):
        if part.pieces is None:
            yield FIRST + number, f"header {header_name(part)}"
    for number, part in enumerate(places.whole):
        yield places.first_whole + number, part.name


def _whole(value: bytes, unit: str) -> Iterator[Piece]:
    """A text that was rendered for one row: as it is, without its tags, and its links.

    It is not read like a page (that takes a millisecond): tags are taken away so that
    what they split is one again, and what stands in them is looked at as it is.
    """
    if unit.startswith("header "):
        text = decoded_field(value.decode())
        yield Piece(unit=unit, text=text, kind=Kind.HEADER)
        return
    text = binascii.a2b_qp(value).decode(errors="replace")
    if unit == "html":
        bare = (_TAG.sub("", text), _TAG.sub("", _WHOLE_TAG.sub("", text)))
        for one in dict.fromkeys(bare):
            yield Piece(unit=unit, text=one, kind=Kind.TEXT)
        yield Piece(unit=unit, text=text, kind=Kind.MARKUP)
    else:
        yield Piece(unit=unit, text=text)
    for link in dict.fromkeys(_URL.findall(text)):
        yield Piece(unit=unit, place="link", text=link, kind=Kind.LINK)
