"""OpenDocument (ISO/IEC 26300): odt, ods, odp and their kin, zipped or flat."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.odf_blocks import WANTED, Styles, is_block
from safesend.checks.documents.odf_content import Content, read_meta
from safesend.checks.documents.package import (
    Package,
    Part,
    carefully,
    embedded,
    or_else,
    root_of,
)
from safesend.checks.documents.passages import read_passages
from safesend.checks.documents.xml import blocks, prose
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read", "read_flat"]

_MANIFEST = "META-INF/manifest.xml"
_CONTENT = frozenset(
    {"document-styles", "document", "document-content", "document-settings"}
)
_MODULES = frozenset({"module", "script"})


def read(file: File) -> Iterator[Found]:
    """All that a zipped document says; raises Unreadable when it is encrypted."""
    package = Package.of(file)
    parts = [part for part in package.parts() if part.name != "mimetype"]
    roots = {part: root_of(part) for part in parts}
    manifests = [part for part in parts if part.name == _MANIFEST]
    if any(or_else(_is_encrypted, part, other=False) for part in manifests):
        raise Unreadable("it is encrypted")
    yield from package.outside()
    document = _Document(roots)
    # Styles first: they say what is hidden.
    for part in sorted(parts, key=lambda part: roots[part] != "document-styles"):
        yield from carefully(part, document.read, f"part '{part.name}'")


def read_flat(file: File) -> Iterator[Found]:
    """The same for a document of one XML file (fodt, fods, fodp)."""

    def inner(data: bytes, place: str) -> Iterator[Found]:
        return read_inner(file.inner("", data), place)

    content = Content(inner=inner)
    yield from content.read(blocks([file.data], WANTED, is_block))


def _is_encrypted(manifest: Part) -> bool:
    return any(
        block.name == "encryption-data"
        for block in manifest.blocks(("encryption-data",))
    )


class _Document:
    """The parts of a document, and of the objects inside it."""

    def __init__(self, roots: dict[Part, str | None]) -> None:
        self._roots = roots
        self._styles: dict[str, Styles] = {}
        """By the folder of the object, "" for the document itself."""

    def read(self, part: Part) -> Iterator[Found]:
        """What one part says."""
        root = self._roots[part]
        folder = part.name.rpartition("/")[0]
        if root in _CONTENT:
            place = f"embedded object '{folder}'" if folder else ""
            styles = self._styles.setdefault(folder, Styles())
            content = Content(place, styles)
            yield from content.read(part.blocks(WANTED, is_block))
        elif root == "document-meta":
            for block in part.blocks(("meta",)):
                yield from read_meta(block.element)
        elif root is None:
            yield from _binary(part, folder)
        elif root in _MODULES:
            yield from _macro(part)
        else:
            yield from read_passages(part, f"part '{part.name}'")


def _binary(part: Part, folder: str) -> Iterator[Found]:
    place = f"embedded file '{part.name}'"
    if folder == "Versions":
        what = "earlier versions are kept in it"
        yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
    elif folder.startswith("Scripts"):
        yield Note(place=place, kind=NoteKind.HIDDEN, what="macros are in it")
    yield from embedded(part, place)


def _macro(part: Part) -> Iterator[Found]:
    place = f"macro '{part.name}'"
    for block in part.blocks():
        text = prose(block.element)
        if text.strip():
            yield Note(place=place, kind=NoteKind.HIDDEN, what="macros are in it")
            yield Piece(place=place, text=text, kind=Kind.MARKUP, hidden=True)
