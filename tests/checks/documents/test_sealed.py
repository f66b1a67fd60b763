"""Tests of files that are not opened."""

from __future__ import annotations

import io
import zipfile

import pytest

from checks.documents.reads import ADA, clauses, seen

SEALED = {
    b"7z\xbc\xaf\x27\x1c": "archive",
    b"Rar!\x1a\x07\1\0": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"\x78\x9f\x3e\x22": "winmail.dat",
    b"!BDN": "Outlook data file",
    b"age-encryption.org/v1\n\0": "encrypted",
    b"Salted__": "encrypted",
    b"SQLite format 3\0": "database",
    b"PAR1": "database",
}


@pytest.mark.parametrize(("magic", "word"), SEALED.items())
def test_a_sealed_file_says_why(magic, word):
    """Its octets are searched all the same."""
    octets = magic + b"\0\1\2\3 ada@example.org \0\1\2\3"
    [(kind, what)] = clauses("a.dat", octets)
    assert kind == "unreadable"
    assert word in what
    assert ADA in seen("a.dat", octets)


def test_a_document_of_pages_is_sealed_but_its_other_members_are_read():
    """The texts stand in members of a format of Apple's own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Index/Document.iwa", b"\0\1\2")
        archive.writestr("Metadata/x.txt", b"ada@example.org")
    kinds = clauses("a.pages", out.getvalue())
    assert any("export it as PDF" in what for _, what in kinds)
    assert ADA in seen("a.pages", out.getvalue())
