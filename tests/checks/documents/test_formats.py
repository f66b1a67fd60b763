"""Tests of telling formats."""

from __future__ import annotations

import importlib
import io
import tarfile
import zipfile

import openpyxl
import pytest

from safesend.checks.documents.formats import FORMATS, recognised


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"application/vnd.oasis.opendocument.text")
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def tarred(form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


OLD_TAR = bytearray(tarred(tarfile.USTAR_FORMAT))
OLD_TAR[257:265] = bytes(8)
OLD_TAR[148:156] = b" " * 8
OLD_TAR[148:156] = b"%06o\0 " % sum(OLD_TAR[:512])

MAIL = b"Received: by x\nSubject: hi\n\ntext"
CASES = [
    ("a.txt", workbook(), "ooxml:read"),
    ("a.docx", zipped("[Content_Types].xml"), "ooxml:read"),
    ("a.odt", zipped("mimetype"), "opendocument:read"),
    ("a", zipped("META-INF/manifest.xml"), "opendocument:read"),
    ("a.pages", zipped("Index/Document.iwa"), "sealed:read_iwork"),
    ("a.zip", zipped("x"), "archive:read_zip"),
    ("a.pdf", b"%PDF-1.7\n", "pdf:read"),
    ("a.pdf", b"\r\n%PDF-1.7\n...startxref\n1\n%%EOF", "pdf:read"),
    ("a.txt", b"A text about %PDF-1.7", "text:read"),
    ("a.gz", b"\x1f\x8b\x08", "compressed:read_gzip"),
    ("a.tar", tarred(tarfile.PAX_FORMAT), "archive:read_tar"),
    ("a.tar", bytes(OLD_TAR), "archive:read_tar"),
    ("a.jpg", b"\x89PNG\r\n\x1a\n", "png:read"),
    ("a.eml", b"no mail at all", "mailbox:read_mail_file"),
    ("a.txt", MAIL, "mailbox:read_mail_file"),
    ("a.txt", b"From: a@b.cc\nTo: d@e.ff\nSubject: x\n", "mailbox:read_mail_file"),
    ("a.txt", b"Subject: minutes\nDate: today\nBudget", "text:read"),
    ("a.txt", b"From a@b.cc Mon Jan  1 00:00:00 2024\nA: b\n", "mailbox:read_mbox"),
    ("a.txt", b"<!DOCTYPE html><p>", "page:read"),
    ("a.xls", b"<table><tr><td>", "page:read"),
    ("a.xls", b"name\tmail\n", "text:read"),
    ("a", b"<?xml version='1.0'?><office:document x='y'>", "opendocument:read_flat"),
    ("a.svg", b"<svg xmlns='x'>", "markup:read"),
    ("a.csv", b"a,b\n", "table:read"),
    ("a.json", b'{"a": 1}', "json_text:read"),
    ("a.jsonl", b"12\n13\n", "json_text:read"),
    ("a.url", b"[InternetShortcut]\nURL=x\n", "text:read"),
    ("a.ini", b"[notes]\nx=1\n", "text:read"),
    ("a.rtf", b"{\\rtf1 x}", "rtf:read"),
    ("a.ics", b"begin:vcalendar\r\n", "calendar:read"),
    ("a.asc", b"-----BEGIN PGP MESSAGE-----\n", "armour:read"),
    ("a.gpg", b"\x85\1\2", "sealed:read_encrypted"),
    (
        "a.p7m",
        b"0\x82\1\0\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\3\xa0",
        "sealed:read_encrypted",
    ),
    ("a.db", b"SQLite format 3\0...", "sealed:read_database"),
    ("a.dat", b"\x78\x9f\x3e\x22\1\0", "sealed:read_tnef"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound:read"),
    ("a.woff2", b"wOF2\0\1", "unknown:read"),
    ("a.bin", b"\0\1\2\3", "unknown:read"),
    ("a.exe", b"MZ\0\1" + zipped("x"), "unknown:read"),
    ("a.heic", b"\0\0\0\x18ftypheic", "picture:read_any"),
    ("a.bmp", b"BM\x99\0\0\0\0\0\0\0", "picture:read_any"),
    ("a.webp", b"RIFF\0\0\0\0WEBP", "picture:read_webp"),
    ("a.md", b"# Title\n", "text:read"),
]


@pytest.mark.parametrize(("name", "data", "reader"), CASES)
def test_a_format_is_told_by_content_before_name(name, data, reader):
    """A lying name does not help."""
    sight = recognised(name, data)
    assert sight.readers[0] == f"safesend.checks.documents.{reader}"
    assert sight.doubt == ""


@pytest.mark.parametrize("name", ["a.pdf", "a.zip", "a.docx", "a.ods", "a.7z", "a.gz"])
def test_a_name_that_promises_more_is_doubted(name):
    """What no program opens under this name is damaged, or a trick."""
    for data in b"just text", b"\0\1\2\3":
        assert "its content does not" in recognised(name, data).doubt


def test_every_reader_exists():
    """The names in the table lead somewhere."""
    names = {reader for form in FORMATS for reader in form.readers}
    for name in names:
        module, _, function = name.partition(":")
        assert callable(getattr(importlib.import_module(module), function))
