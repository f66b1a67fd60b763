"""XML from strangers, read as a stream: no DTD, bounded depth and memory."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from safesend.checks.documents.budget import Unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "DAMAGED",
    "Block",
    "Wanted",
    "attributes",
    "blocks",
    "lines",
    "local",
    "prose",
    "root_name",
]

DAMAGED = "it is damaged"
_DEEPEST = 256
# Elements held at once, some 100 octets each: what is complete is handed on above it.
_MOST_HELD = 300_000
_CHUNK = 1 << 14
# Numbers and measures ("12", "1.5cm", "50%"), colours ("#ff0000", "FF00FF00"): set by
# programs, never written by people. From 6 digits on a number may be an account's.
_DULL = re.compile(
    r"(?!\d+\Z)#?(?:FF)?[0-9A-Fa-f]{6}|-?[\d.]{1,9}(?:cm|mm|in|pt|px|%)"
    r"|https?://(?:schemas\.|purl\.(?:oclc|org)|www\.w3\.org/)\S*|urn:\S*",
)

Wanted = Callable[[str, Sequence["Element"]], bool]


@attrs.frozen
class Block:
    """A complete element, and those that hold it, the outermost first.

    `name` is its local name; "#comment" and "#pi" are those of comments and processing
    instructions. `inside` changes as soon as the next block is asked for.
    """

    name: str
    element: Element
    inside: Sequence[Element]


def blocks(
    chunks: Iterable[bytes], names: Container[str], wanted: Wanted | None = None
) -> Iterator[Block]:
    """The elements of these local names, each when it ends; the root is the last.

    An element that was handed out is gone from those that hold it (what follows it
    stays), so that memory does not grow with their number. `wanted` has a second word
    on an element of such a name. Where too much is held otherwise, complete elements of
    any name are handed out early. Raises Unreadable for what is no well-formed XML,
    declares entities (no office program does), or is nested more than 256 deep.
    """
    tree = _Tree(names, wanted)
    for event, element in _events(chunks):
        if event == "start":
            tree.start(element)
            if tree.held > _MOST_HELD:
                yield from tree.flush()
        elif event == "end":
            block = tree.end()
            if block is not None:
                yield block
                tree.handed_out(block.element)
        else:
            yield Block(f"#{event}", element, tree.open)


@attrs.define
class _Tree:
    """What is open, and how much complete is still held in it."""

    names: Container[str]
    wanted: Wanted | None
    open: list[Element] = attrs.Factory(list)
    kept: list[int] = attrs.Factory(list)
    """How many complete children each open element holds."""
    before: list[int] = attrs.Factory(list)
    """How many elements were held when each was opened."""
    held: int = 0
    given: Element | None = None
    """The one handed out last: it may go once it is clear that no text follows it."""
    locals: dict[str, str] = attrs.Factory(dict)

    def start(self, element: Element) -> None:
        if self.given is not None:
            self._forget()
        if len(self.open) >= _DEEPEST:
            raise Unreadable("its parts are nested too deeply")
        self.open.append(element)
        self.kept.append(0)
        self.before.append(self.held)
        self.held += 1

    def end(self) -> Block | None:
        if self.given is not None:
            self._forget()
        element = self.open.pop()
        self.kept.pop()
        tag = element.tag
        name = self.locals.get(tag) or self.locals.setdefault(tag, local(tag))
        if not self.open or (
            name in self.names and (not self.wanted or self.wanted(name, self.open))
        ):
            self.held = self.before.pop()
            return Block(name, element, self.open)
        self.before.pop()
        self.kept[-1] += 1
        return None

    def handed_out(self, element: Element) -> None:
        tail = element.tail
        element.clear()
        element.tail = tail
        self.given = element if self.open else None

    def flush(self) -> Iterator[Block]:
        for depth, element in enumerate(self.open):
            complete = list(element)[: self.kept[depth]]
            for child in complete:
                yield Block(local(child.tag), child, self.open[: depth + 1])
            del element[: self.kept[depth]]
            self.kept[depth] = 0
            self.before[depth] = depth
        self.held = len(self.open)

    def _forget(self) -> None:
        assert self.given is not None
        if (self.given.tail or "").strip():
            self.kept[-1] += 1
            self.held += 1
        else:
            del self.open[-1][self.kept[-1]]
        self.given = None


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, Element]]:
    from xml.etree.ElementTree import XMLPullParser  # noqa: PLC0415 - not for text mails

    parser: Any = XMLPullParser(("start", "end", "comment", "pi"))
    try:
        for chunk in _guarded(chunks):
            parser.feed(chunk)
            yield from parser.read_events()
        parser.close()
        yield from parser.read_events()
    except (SyntaxError, ValueError, LookupError, AssertionError) as error:
        raise Unreadable(DAMAGED) from error


class _Begun(Exception):
    """The root element begins: no declaration can follow."""


class _Watch:
    """Sees the first element."""

    def start(self, *_: object) -> None:
        raise _Begun

    def close(self) -> None:
        """Of no interest."""


def _guarded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks; raises Unreadable when entities are declared before the root."""
    try:
        from defusedxml import (  # type: ignore[import-untyped] # noqa: PLC0415
            DefusedXmlException,
        )
        from defusedxml.ElementTree import (  # type: ignore[import-untyped] # noqa: PLC0415
            XMLParser,
        )
    except ImportError as error:
        message = (
            "it takes the extra packages to open it: pip install 'safesend[documents]'"
        )
        raise Unreadable(message) from error
    guard = XMLParser(target=_Watch())
    begun = False
    for whole in chunks:
        for chunk in _pieces(whole):
            try:
                if not begun:
                    guard.feed(chunk)
            except _Begun:
                begun = True
            except DefusedXmlException as error:
                raise Unreadable("it declares entities of its own (a DTD)") from error
            yield chunk


def _pieces(whole: bytes) -> Iterator[bytes]:
    for start in range(0, len(whole), _CHUNK):
        yield whole[start : start + _CHUNK]


def root_name(head: bytes) -> str:
    """The local name of the root element, from the first octets of a file; or ""."""
    from xml.etree.ElementTree import XMLPullParser  # noqa: PLC0415

    parser: Any = XMLPullParser(("start",))
    try:
        for chunk in _guarded([head]):
            parser.feed(chunk)
            for _, element in parser.read_events():
                return local(element.tag)
    except (SyntaxError, ValueError, LookupError, Unreadable):
        return ""
    return ""


@functools.lru_cache(maxsize=4096)
def local(tag: object) -> str:
    """A name without its namespace: transitional and strict OOXML differ only there."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def prose(element: Element) -> str:
    """All text of an element as one line, as it is read: no attributes, no gaps."""
    return "".join(element.itertext())


def lines(
    element: Element,
    seen: set[str] | None = None,
    without: Container[str] = frozenset(),
) -> str:
    """Everything in an element, a line each: texts and what attributes say.

    Left out are attribute values that programs set (numbers of less than 6 digits,
    measures, colours, revision marks, names of schemas) or that `seen` has already, and
    the text of elements named in `without`.
    """
    found: list[str] = []
    for one in element.iter():
        found.extend(_said(one, seen))
        if one.text and not one.text.isspace() and local(one.tag) not in without:
            found.append(one.text.strip())
        if one.tail and one is not element and not one.tail.isspace():
            found.append(one.tail.strip())
    return "\n".join(found)


def attributes(element: Element, seen: set[str], without: Container[str]) -> str:
    """What the attributes in an element say, a line each, those `without` left out."""
    return "\n".join(
        value for one in element.iter() for value in _said(one, seen, without)
    )


def _said(
    element: Element, seen: set[str] | None, without: Container[str] = ()
) -> Iterator[str]:
    for name, value in element.attrib.items():
        if _telling(name, value) and local(name) not in without:
            if seen is None:
                yield value
            elif value not in seen:
                seen.add(value)
                yield value


def _telling(name: str, value: str) -> bool:
    if len(value) < 4 or (len(value) < 6 and value.isdigit()):  # noqa: PLR2004
        return False
    return not local(name).startswith("rsid") and not _DULL.fullmatch(value)
