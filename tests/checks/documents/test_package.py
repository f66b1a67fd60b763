"""Packages: zip files that are documents."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from checks.documents.packages import EVE, hidden_notes, package, pieces, places
from safesend.checks.documents.budget import Budget, Exhausted, Unreadable
from safesend.checks.documents.files import File
from safesend.checks.documents.package import (
    Package,
    Part,
    Relation,
    carefully,
    or_else,
    relations,
    root_of,
)
from safesend.checks.piece import Kind, Note, NoteKind

_LINKS = (
    '<Relationships><Relationship Id="a" Type="x/hyperlink" TargetMode="External" '
    'Target="mailto:eve@example.net"/><Relationship Id="b" Type="x/slide" '
    'Target="../media/a.png"/><Relationship Id="c" Target="/top.xml"/>'
    "</Relationships>"
)


def _parts(content: bytes, budget: Budget | None = None) -> dict[str, Part]:
    file = File("a.docx", content, budget or Budget())
    return {part.name: part for part in Package.of(file).parts()}


def test_relations_lead_to_members_or_outside() -> None:
    """Relative to the part that they belong to, or from the top."""
    part = _parts(package({"word/_rels/document.xml.rels": _LINKS}))
    assert list(relations(part["word/_rels/document.xml.rels"])) == [
        Relation("a", "hyperlink", "mailto:eve@example.net", True),
        Relation("b", "slide", "media/a.png", False),
        Relation("c", "", "top.xml", False),
    ]


def test_both_members_of_one_name_are_read() -> None:
    """Programs read the last one; the first is in the file as well."""
    out = io.BytesIO(package({"a.xml": f"<a>{EVE}</a>"}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "a") as file:
            file.writestr("a.xml", "<a>bob@example.net</a>")
    content = out.getvalue()
    assert places(content) == ["part 'a.xml'"]
    assert places(content, "bob@example.net") == ["part 'a.xml'"]


def test_names_and_comments_are_read() -> None:
    """Of the members and of the zip file."""
    content = package({f"{EVE}.xml": "<a/>"}, comment=b"bob@example.net")
    assert places(content) == ["names inside the file"]
    assert places(content, "bob@example.net") == ["comment of the zip file"]
    assert [p.kind for p in pieces(content) if EVE in p.text] == [Kind.NAME]


def test_an_encrypted_package_is_unreadable() -> None:
    """As zip programs encrypt: bit 0 of the flags."""
    content = bytearray(package({"a.xml": "<a/>"}))
    content[content.rfind(b"PK\1\2") + 8] |= 1
    assert hidden_notes(bytes(content), NoteKind.UNREADABLE)[:1] == ["it is encrypted"]


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"PK\5\6" + bytes(17)])
def test_what_is_no_package_is_damaged(content: bytes) -> None:
    """Its directory stands at its end."""
    with pytest.raises(Unreadable, match="it is damaged"):
        _parts(content)


def test_a_bomb_does_not_go_off() -> None:
    """What swells more than 200 times is not unpacked, nor what costs too much."""
    bomb = _parts(package({"a.xml": b"<a>" + b" " * 5_000_000}))["a.xml"]
    with pytest.raises(Unreadable, match="swells"):
        bomb.data()
    dear = _parts(package({"a.xml": b"<a>" + b" " * 900_000}), Budget(octets=5_000))
    with pytest.raises(Exhausted):
        dear["a.xml"].data()


def test_members_are_counted() -> None:
    """More than the budget allows are not opened."""
    with pytest.raises(Exhausted):
        _parts(package({f"{n}.xml": "<a/>" for n in range(20)}), Budget(files=10))


def test_a_damaged_part_is_a_note() -> None:
    """And an empty answer where it is read before its turn."""
    content = package({"a.xml": b"x" * 1_000, "b.bin": b""})
    at = content.find(b"a.xml") + len("a.xml")
    broken = content[:at] + b"\xff" * 4 + content[at + 4 :]
    parts = _parts(broken)
    part = parts["a.xml"]
    [note] = carefully(part, lambda part: [part.data() and _NOTE], "here")
    assert note == Note(place="here", kind=NoteKind.UNREADABLE, what="it is damaged")
    assert or_else(Part.data, part, b"other") == b"other"
    assert root_of(part) == ""
    assert root_of(parts["b.bin"]) is None


def test_a_header_that_is_not_there_is_damage() -> None:
    """The directory points to a member that begins differently."""
    content = package({"a.xml": "<a/>"})
    at = content.find(b"a.xml")
    broken = content[:at] + b"b" + content[at + 1 :]
    with pytest.raises(Unreadable, match="damaged"):
        _parts(broken)["a.xml"].data()


def test_an_empty_budget_ends_everything() -> None:
    """It is no fault of the part."""
    part = _parts(package({"a.xml": "<a/>"}), Budget(octets=2))["a.xml"]
    with pytest.raises(Exhausted):
        list(carefully(part, lambda part: [part.data() and _NOTE], "here"))
    with pytest.raises(Exhausted):
        or_else(Part.data, part, b"")


_NOTE = Note(kind=NoteKind.UNKNOWN, what="x")
