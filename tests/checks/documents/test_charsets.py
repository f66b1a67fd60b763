"""Tests of charsets that nobody names."""

from __future__ import annotations

import codecs
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.documents.charsets import decoded, looks_like_text

SAID = "Grüße an ada@example.org – 5 €\r\nund Łódź\n"
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("charset", MARKS)
def test_a_mark_tells_the_charset(charset):
    """And does not count as a character."""
    octets = MARKS[charset] + SAID.encode(charset)
    assert decoded(octets) == SAID
    assert looks_like_text(octets)


@pytest.mark.parametrize("charset", MARKS)
@pytest.mark.parametrize(
    "text", [SAID, "Привет, мир\r\n" * 9, "a\u200bd\u200ba\u200b@\u200bx.org\n"]
)
def test_zeros_tell_the_charset(charset, text):
    """UTF-16 and UTF-32 without a mark are known by where the zeros stand."""
    octets = text.encode(charset)
    assert decoded(octets) == text
    assert looks_like_text(octets)


def test_single_octets_of_windows_are_read():
    """What is no UTF-8 is Windows-1252, also in the midst of UTF-8."""
    assert decoded("Müller – 5 €".encode("cp1252")) == "Müller – 5 €"
    assert decoded("Müller ".encode() + "Müller".encode("cp1252")) == "Müller Müller"
    assert decoded(b"\x81\x8d") == "\x81\x8d"


@pytest.mark.parametrize(
    "octets",
    [
        os.urandom(4096),
        b"\0" * 100,
        b"\1\2\3abc",
        bytes(range(256)),
        b"\xff\xfe\1\0\2\0",
    ],
)
def test_octets_that_are_no_text(octets):
    """Control characters are no text, in whatever charset."""
    assert not looks_like_text(octets)


@pytest.mark.parametrize(
    "octets", [b"", b"a", b"a\0", b"\xe4", b"one\x1b[0m two", b"\xff"]
)
def test_short_texts_are_texts_or_not(octets):
    """Nothing is too short to ask for."""
    assert isinstance(decoded(octets), str)
    assert isinstance(looks_like_text(octets), bool)


@given(st.binary(max_size=200))
def test_any_octets_are_decoded(octets):
    """Nothing is raised, and no lone surrogate comes out."""
    decoded(octets).encode("utf-8")
    looks_like_text(octets)
