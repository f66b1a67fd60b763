"""Office files made or edited by hand, and what is read in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from safesend.checks.documents.files import read_file
from safesend.checks.piece import Kind, Note, NoteKind, Piece

__all__ = [
    "EVE",
    "edited",
    "hidden_notes",
    "package",
    "pieces",
    "places",
    "workbook",
]

EVE = "eve@example.net"
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def package(members: dict[str, str | bytes], comment: bytes = b"") -> bytes:
    """An OOXML package of these members; those of an OpenDocument name their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        if "mimetype" not in members:
            file.writestr("[Content_Types].xml", _TYPES)
        for name, content in members.items():
            stored = name == "mimetype"  # as OpenDocument wants it
            how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            file.writestr(name, content, how)
        file.comment = comment
    return out.getvalue()


def edited(content: bytes, members: dict[str, str | bytes]) -> bytes:
    """A zip file with some of its members replaced, or with more of them."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        kept = {name: file.read(name) for name in file.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in (kept | members).items():
            file.writestr(name, data)
    return out.getvalue()


def workbook(
    sheet: str, *, state: str = "visible", more: dict[str, str | bytes] | None = None
) -> bytes:
    """A workbook of one sheet "Prices" with this XML inside its root."""
    sheets = f'<sheets><sheet name="Prices" r:id="rId1" state="{state}"/></sheets>'
    rels = f'<Relationship Id="rId1" Type="{_RELATION}worksheet" Target="s1.xml"/>'
    return package(
        {
            "xl/workbook.xml": f'<workbook xmlns:r="r">{sheets}</workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{rels}</Relationships>",
            "xl/s1.xml": f"<worksheet>{sheet}</worksheet>",
            **(more or {}),
        }
    )


def pieces(content: bytes, name: str = "a.bin") -> list[Piece]:
    """The pieces of a file, those of its raw octets left out."""
    return [
        found
        for found in read_file(name, content)
        if isinstance(found, Piece) and found.kind is not Kind.OCTETS
    ]


def places(content: bytes, text: str = EVE) -> list[str]:
    """Where in a file a text stands, each place as a person is told."""
    return [
        piece.where(piece.text.find(text))
        for piece in pieces(content)
        if text in piece.text
    ]


def _notes(content: bytes) -> Iterator[Note]:
    return (found for found in read_file("", content) if isinstance(found, Note))


def hidden_notes(content: bytes, kind: NoteKind = NoteKind.HIDDEN) -> list[str]:
    """What a file is said to hide."""
    return [note.what for note in _notes(content) if note.kind is kind]
