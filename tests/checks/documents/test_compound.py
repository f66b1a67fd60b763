"""Tests of compound files."""

from __future__ import annotations

import io
import zipfile

import olefile
import pytest

from checks.documents.compounds import compound, native, packed_macro
from checks.documents.reads import ADA, clauses, places, seen

WIDE = b"\0\1\2" + ADA.encode("utf-16-le") + b"\0\1\2"


def test_the_writer_of_these_tests_writes_compound_files():
    """As the library reads them."""
    data = compound({"one": b"1", "two": b"2" * 5000}, "VBA")
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        assert container.listdir() == [["VBA", "one"], ["VBA", "two"]]
        assert container.openstream(["VBA", "two"]).read() == b"2" * 5000


@pytest.mark.parametrize(
    ("stream", "word"),
    [
        ("EncryptedPackage", "it is encrypted"),
        ("WordDocument", "save it as .docx"),
        ("Workbook", "save it as .xlsx"),
        ("Book", "save it as .xlsx"),
        ("PowerPoint Document", "save it as .pptx"),
        ("VisioDocument", "Visio"),
        ("Quill", "Publisher"),
        ("__properties_version1.0", "Outlook message"),
    ],
)
def test_old_files_are_refused_and_searched(stream, word):
    """Each says what to do; nobody knows all that stands in it."""
    data = compound({stream: WIDE, "Other": b"\0\1bob@example.org\0"})
    assert next(
        what for kind, what in clauses("a.doc", data) if kind == "unreadable"
    ).count(word)
    assert {ADA, "bob@example.org"} <= seen("a.doc", data)
    assert f"stream '{stream}', raw octets" in places("a.doc", data) or (
        f"stream '{stream}'" in places("a.doc", data)
    )


def test_a_message_of_outlook_is_a_mail_as_well():
    """It has recipients of its own."""
    data = compound({"__properties_version1.0": b"", "__substg1.0_0E04001F": WIDE})
    assert [kind for kind, _ in clauses("a.msg", data)] == ["mail", "unreadable"]


def test_another_compound_file_is_unknown():
    """It passes with a warning, and is searched."""
    data = compound({"Catalog": WIDE})
    assert clauses("Thumbs.db", data) == [("unknown", "its format is not known")]
    assert ADA in seen("Thumbs.db", data)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", "name,mail\nAda,ada@example.org\n" * 3)
        archive.comment = b" " * 9000  # as long as streams of these tests have to be
    return out.getvalue()


@pytest.mark.parametrize("name", ["Package", "CONTENTS", "EmbeddedOdf"])
def test_a_stream_that_is_a_file_is_read(name):
    """An embedded object of an office file."""
    data = compound({name: zipped(), "\1CompObj": b""})
    assert f"stream '{name}', member 'list.csv', cell B2" in places(
        "oleObject1.bin", data
    )
    assert clauses("oleObject1.bin", data) == []


def test_a_file_of_the_packager_is_read():
    """With the path that it had on the disk of whoever embedded it."""
    data = compound({"\1Ole10Native": native("list.csv", b"x,ada@example.org\n" * 300)})
    assert "embedded file 'list.csv', cell B1" in places("oleObject1.bin", data)
    assert "embedded file" in places("oleObject1.bin", data, "C:\\list.csv")
    assert clauses("oleObject1.bin", data) == []
    broken = compound({"\1Ole10Native": b"\1\1\1\1ada@example.org" + b"\1" * 5000})
    assert ADA in seen("oleObject1.bin", broken)


def test_macros_are_read():
    """Their source is packed in a way of its own."""
    source = b'Attribute VB_Name = "M"\r\nCall Send("ada@example.org")\r\n'
    data = compound({"dir": b"\1", "Module1": packed_macro(source)}, "VBA")
    assert places("vbaProject.bin", data) == ["macro 'Module1', line 2"]
    assert clauses("vbaProject.bin", data) == []


@pytest.mark.parametrize("size", [8, 100, 600, 1500])
def test_a_broken_compound_file_is_noted(size):
    """And searched."""
    data = compound({"WordDocument": WIDE})[:size] + WIDE
    assert clauses("a.doc", data) != []
    assert ADA in seen("a.doc", data)
