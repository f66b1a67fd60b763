"""Tests of files of unknown formats."""

from __future__ import annotations

import io
import zipfile

from checks.documents.reads import clauses, places, seen
from safesend.checks.documents.files import File
from safesend.checks.documents.unknown import read_quietly


def test_an_unknown_file_is_searched_with_a_note():
    """It may pass, with a warning."""
    octets = b"\0\1\2\3ada@example.org\0"
    assert clauses("a.bin", octets) == [("unknown", "its format is not known")]
    assert places("a.bin", octets) == ["raw octets"]


def test_the_quiet_reading_has_no_note():
    """Another one has said what is wrong."""
    [piece] = read_quietly(File("a", b"\0\1\2\3ada@example.org\0"))
    assert piece.text == "ada@example.org"


def test_a_program_that_unpacks_itself_is_unpacked():
    """The archive stands at its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "x;ada@example.org\n" * 9)
    for program in b"MZ\0\1\2\3", b"#!/bin/sh\nexec unzip $0\n":
        assert "ada@example.org" in seen("a.exe", program + out.getvalue())
