"""A page: what it shows, what it hides, and everything in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.charsets import readings
from safesend.checks.documents.charsets import looks_like_text
from safesend.checks.html_lines import Lines
from safesend.checks.html_links import (
    css_urls,
    embedded,
    link_place,
    refresh_url,
    urls,
)
from safesend.checks.markup import Token, attributes, tokens, unescaped
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece
from safesend.checks.plain_text import ReadFile, nothing, read_blocks, read_lines
from safesend.checks.spot import Spot, shown

__all__ = ["read_html"]

MOST_TOKENS = 1_000_000
_DEEPEST = 3
"""Pages in comments in pages; a comment in a comment is not markup any more."""

_HIDING = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}(?:hidden|collapse)"
    r"|font-size\s{0,9}:\s{0,9}0(?![.\d])|mso-hide\s{0,9}:\s{0,9}all"
    r"|opacity\s{0,9}:\s{0,9}0(?![.\d])|(?<![\w-])(?:max-)?height\s{0,9}:\s{0,9}0(?![.\d])",
    re.IGNORECASE,
)
_INLINE = re.compile(r"display\s{0,9}:\s{0,9}(inline(?!-)|contents)", re.IGNORECASE)
_BLOCK = re.compile(r"display\s{0,9}:\s{0,9}(?:block|table|flex|list)", re.IGNORECASE)
_UNSEEN = frozenset({"head", "noscript", "template", "title"})
_VOID_TAGS = "area base br col embed hr img input link meta param source track wbr"
_BLOCK_TAGS = (
    "address article aside blockquote body br caption center dd details dialog dir div"
    " dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head"
    " header hr html legend li main menu nav ol optgroup option p pre search section"
    " select summary table tbody textarea tfoot thead title tr ul xmp"
)
_VOID = frozenset(_VOID_TAGS.split())
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_CELLS = frozenset({"td", "th"})
_PLAIN_NAME = re.compile(r"[a-z0-9:_.-]{1,60}")
_CONDITION = re.compile(r"\s{0,20}\[if[^\]]{0,200}\]>?", re.IGNORECASE)
_USUAL = re.compile(
    r"!doctype\s+html|!\[if [!\w\s()|&.]{1,60}\]|!\[endif\](?:--)?", re.IGNORECASE
)
_MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE)
_SHORT_ALT = 3


def read_html(
    text: str,
    *,
    unit: str = "html",
    place: str = "",
    hidden: bool = False,
    read_file: ReadFile = nothing,
    depth: int = 0,
) -> Iterator[Found]:
    """What stands in a page: its lines as a reader sees them, and its source.

    Inline tags do not split a word. What is not shown is `hidden`; attributes,
    comments, styles, scripts and declarations are MARKUP, URLs are LINK. Pieces have
    the line of the source. Linear in time; never raises.
    """
    page = _Page(
        text, Spot(unit, place), always_hidden=hidden, read_file=read_file, depth=depth
    )
    yield from page.read()


@attrs.define
class _Page:
    """Reads one source."""

    source: str = attrs.field(repr=False)
    spot: Spot
    always_hidden: bool
    read_file: ReadFile
    depth: int
    line: int = 1
    _counted: int = 0
    _hidden: str = ""
    """The tag of the hidden element that we are in, and how often it is open."""
    _open: int = 0
    _drawing: int = 0
    _verbatim: int = 0
    _after_link: bool = False
    lines: Lines = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.lines = Lines(self.spot, hidden=self.always_hidden)

    def read(self) -> Iterator[Found]:
        for number, token in enumerate(tokens(self.source)):
            self.line += self.source.count("\n", self._counted, token.offset)
            self._counted = token.offset
            if number >= MOST_TOKENS:
                yield self._note("it has more than a million tags")
                yield from self._as_source(self.source[token.offset :], "source")
                break
            yield from self._token(token)
        yield from self.lines.end()
        if not self.depth:
            yield from read_blocks(self.source, self.spot, self.read_file)

    def _token(self, token: Token) -> Iterator[Found]:
        if token.kind == "text":
            self._text(unescaped(token.text))
        elif token.kind == "start":
            yield from self._start(token)
        elif token.kind == "end":
            yield from self._end(token)
        elif token.kind == "raw":
            yield from self._raw(token)
        elif token.kind == "comment":
            yield from self._comment(token.text)
        elif token.kind == "cdata":
            yield from self._cdata(token.text)
        elif not _USUAL.fullmatch(token.text):
            yield self._markup(token.text, "declaration")

    def _text(self, text: str) -> None:
        self._after_link = self._after_link and not text
        hidden = bool(self._hidden)
        self.lines.words(text, self.line, hidden=hidden, verbatim=bool(self._verbatim))

    def _start(self, token: Token) -> Iterator[Found]:
        tag = token.name
        found: dict[str, str] = {}
        odd = _PLAIN_NAME.fullmatch(tag) is None
        for name, value in attributes(token.text):
            found.setdefault(name, value)
            odd = odd or _PLAIN_NAME.fullmatch(name) is None
        for name, value in attributes(token.text):
            if value and not value.isspace():
                yield from self._attribute(tag, name, value, found)
        if odd:
            # The name of an element of one's own has a hyphen: "x-ada@example.org".
            yield self._markup(f"{tag.replace('-', '- ', 1)} {token.text}", "tag")
        yield from self._lay_out(tag, found)
        if tag not in _VOID:
            self._go_in(tag, found)
        if token.open:
            yield from self._cut_off(token.text)

    def _lay_out(self, tag: str, found: dict[str, str]) -> Iterator[Found]:
        style = found.get("style", "")
        if tag in _CELLS:
            self.lines.cell()
        elif (tag in _BLOCKS and not _INLINE.search(style)) or _BLOCK.search(style):
            yield from self.lines.end()
        elif tag == "a" and self._after_link:
            self.lines.words(" ", self.line)
        elif tag == "img" and "alt" in found:
            alt = found["alt"].strip()
            self._text(alt if len(alt) <= _SHORT_ALT else f" {alt} ")

    def _go_in(self, tag: str, found: dict[str, str]) -> None:
        self._verbatim += tag == "pre"
        self._drawing += tag in ("svg", "math")
        if self._hidden:
            forgotten = (self._hidden == "head" and tag == "body") or (
                self._hidden == "p" and tag in _BLOCKS
            )
            self._hidden = "" if forgotten else self._hidden
            self._open += tag == self._hidden
        if not self._hidden and self._hides(tag, found):
            self._hidden, self._open = tag, 1

    @staticmethod
    def _hides(tag: str, found: dict[str, str]) -> bool:
        return (
            tag in _UNSEEN
            or "hidden" in found
            or _HIDING.search(found.get("style", "")) is not None
        )

    def _end(self, token: Token) -> Iterator[Found]:
        tag = token.name
        if token.text.strip(" \t\r\n\f/") or not _PLAIN_NAME.fullmatch(tag):
            yield self._markup(f"/{tag} {token.text}", "tag")
        self._verbatim = max(0, self._verbatim - (tag == "pre"))
        self._drawing = max(0, self._drawing - (tag in ("svg", "math")))
        self._after_link = tag == "a"
        if tag in _BLOCKS:
            yield from self.lines.end()
        if tag == self._hidden:
            self._open -= 1
            self._hidden = self._hidden if self._open else ""

    def _attribute(
        self, tag: str, name: str, value: str, found: dict[str, str]
    ) -> Iterator[Found]:
        place = link_place(tag, name, found)
        if not place:
            yield self._markup(value, f"attribute {shown(name)} of {shown(tag)}")
        else:
            for url in urls(name, value):
                yield from self._link(url, place)
            if "\n" in value:
                yield self._markup(value, f"attribute {shown(name)} of {shown(tag)}")
        if name == "style":
            yield from self._loaded(value)
        elif name == "content" and found.get("http-equiv", "").lower() == "refresh":
            yield from self._link(refresh_url(value), "refresh")

    def _loaded(self, css: str) -> Iterator[Found]:
        for url in css_urls(css):
            yield from self._link(url, "style")

    def _link(self, url: str, place: str) -> Iterator[Found]:
        file = embedded(url)
        if file is None:
            if url:
                yield self._piece(url, place, Kind.LINK)
            return
        yield self._piece(file.head, place, Kind.LINK)
        spot = self.spot.within("data URL")
        if not looks_like_text(file.content):
            yield from spot.around(self.read_file("", file.content))
            return
        for text in readings(file.content):
            yield from self._source_inside(text, "data URL")

    def _raw(self, token: Token) -> Iterator[Found]:
        if token.name == "style":
            yield from self._as_source(token.text, "style")
            yield from self._loaded(token.text)
        elif token.name == "script":
            yield from self._as_source(token.text, "script")
        elif token.name in ("title", "textarea"):
            self._text(unescaped(token.text))
        else:
            yield from self._source_inside(token.text, token.name)

    def _comment(self, text: str) -> Iterator[Found]:
        condition = _CONDITION.match(text)
        if condition is not None:
            yield self._markup(condition[0], "comment")
            text = text[condition.end() :]
        if text.strip():
            yield from self._source_inside(text, "comment")

    def _cdata(self, text: str) -> Iterator[Found]:
        """Text in a drawing; elsewhere a comment that ends at the first ">"."""
        if self._drawing:
            self._text(text)
        else:
            yield from self._source_inside(text, "comment")

    def _cut_off(self, text: str) -> Iterator[Found]:
        """A tag without an end, or with a quote that nobody closed: some readers see
        text where others see an attribute.
        """
        rest = text.partition(">")[2]
        if rest:
            yield from self._source_inside(rest, "tag that does not end")

    def _source_inside(self, text: str, place: str) -> Iterator[Found]:
        """Something that may be markup again."""
        if self.depth >= _DEEPEST or not _MARKUP.search(text):
            yield from self._as_source(text, place)
            return
        inside = self.spot.within(place)
        page = _Page(
            text,
            inside,
            always_hidden=True,
            read_file=self.read_file,
            depth=self.depth + 1,
            line=self.line,
        )
        yield from page.read()

    def _as_source(self, text: str, place: str) -> Iterator[Piece]:
        for piece in read_lines(text, self.spot.within(place), kind=Kind.MARKUP):
            yield attrs.evolve(piece, line=self.line + piece.line - 1)

    def _markup(self, text: str, place: str) -> Piece:
        return self._piece(text, place, Kind.MARKUP)

    def _piece(self, text: str, place: str, kind: Kind) -> Piece:
        spot = self.spot.within(place)
        return Piece(
            unit=spot.unit,
            place=spot.place,
            text=text,
            kind=kind,
            hidden=self.always_hidden or bool(self._hidden),
            line=self.line,
        )

    def _note(self, what: str) -> Note:
        spot = self.spot
        kind = NoteKind.UNREADABLE
        return Note(unit=spot.unit, place=spot.place, kind=kind, what=what)
