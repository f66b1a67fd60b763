"""Tests of looking at a file."""

from __future__ import annotations

import io
import zipfile

import pytest

from safesend.checks.documents.look import Look, at, begins, has_member, opens


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.XLSX", "xlsx"),
        ("a.tar.gz", "gz"),
        ("noname", ""),
        (".profile", ""),
        ("a.pdf .", "pdf"),
        ('"a.pdf"', "pdf"),
        ("", ""),
    ],
)
def test_the_suffix_of_a_name(name, suffix):
    """In lower case; blanks and dots at the end are what Windows drops."""
    assert Look.of(name, b"").suffix == suffix


def test_the_opening_is_of_texts_only():
    """Blanks in front do not count."""
    assert Look("", b"\xef\xbb\xbf \n Hello").opening == "Hello"
    assert Look("", b"\0\1\2Hello").opening == ""


def test_questions_to_the_octets():
    """At the beginning, at an offset, by an expression."""
    look = Look("", b"abc def")
    assert begins(b"x", b"ab")(look)
    assert at(4, b"def")(look)
    assert opens("ABC")(look)
    assert not opens("def")(look)


def test_questions_to_an_archive():
    """A broken one has no members."""
    assert has_member("word/document.xml", "b")(Look("", _zip()))
    assert not has_member("a")(Look("", _zip()))
    assert Look("", _zip()[:40]).members == frozenset()
    assert Look("", b"xx" + _zip()).members == frozenset()


def test_an_archive_behind_something_else_is_seen():
    """By the directory at its end."""
    assert Look("", b"#!/bin/sh\n" + _zip()).is_zip_inside
    assert not Look("", b"PK\5\6").is_zip_inside
    assert not Look("", b"no").is_zip_inside
