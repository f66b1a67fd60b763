"""Tests of RTF texts."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.reads import ADA, clauses, pieces, places, seen, texts
from safesend.checks.piece import Kind

HEAD = rb"{\rtf1\ansi\ansicpg1252\deff0 "


def rtf(body: bytes) -> bytes:
    return HEAD + body + b"}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"Hello {\b ad}a@exa\i mple\i0 .org\par", "Hello ada@example.org"),
        (rb"caf\'e9 \u8364?5 \~x\_y\-z", "café €5 \xa0x-yz"),
        (rb"\uc2\u8364xx5 \uc0\u8364 5", "€5 €5"),
        (rb"\u-10179?\u-8704?", "\N{GRINNING FACE}"),
        (rb"{\uc1\u228 {x}}", "äx"),
        (rb"\u228\'e4b", "äb"),
        (b"broken\r\nline", "brokenline"),
        (rb"a\\b\{c\}", r"a\b{c}"),
        (rb"a\tab b\emdash c\lquote d", "a\tb—c‘d"),
        (rb"a\cell b\row", "a\tb"),
        (rb"a\line", "a"),
        (b"a\\\nb", "a"),
    ],
)
def test_a_paragraph_is_read_as_it_shows(body, text):
    """Formatting splits no word; signs, charsets and escapes are undone."""
    assert texts("a.rtf", rtf(body))[0] == text


def test_the_charset_is_the_declared_one():
    """Unknown ones are read as that of the West."""
    cyrillic = HEAD.replace(b"1252", b"1251") + b"\\'cf\\'f0}"
    assert texts("a.rtf", cyrillic) == ["Пр"]
    unknown = HEAD.replace(b"1252", b"99") + b"\\'e9}"
    assert texts("a.rtf", unknown) == ["é"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (rb"{\info{\author ada@example.org}{\title x}}", "author"),
        (rb"{\info{\title x}{\*\company ada@example.org}}", "company"),
        (
            rb'{\field{\*\fldinst HYPERLINK "mailto:ada@example.org"}{\fldrslt x}}',
            "fldinst",
        ),
        (rb"{\*\unknown ada@example.org}", "unknown"),
        (rb"{\*\bkmkstart ada@example.org}", "bkmkstart"),
        (rb"{\header ada@example.org}", ""),
        (rb"{\footnote ada@example.org}", ""),
    ],
)
def test_what_stands_aside_has_its_place(body, place):
    """Metadata, fields, bookmarks; headers and footnotes are text."""
    assert places("a.rtf", rtf(body)) == [place]
    assert clauses("a.rtf", rtf(body)) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (rb"x{\v ada@example.org}", "hidden text"),
        (rb"x\v ada@example.org\v0 y", "hidden text"),
        (rb"x{\deleted ada@example.org}", "deleted"),
        (rb"x{\*\annotation ada@example.org}", "comments"),
        (rb"x{\*\mailmerge ada@example.org}", "mail merge"),
    ],
)
def test_what_is_hidden_is_read_and_noted(body, word):
    """Programs show it when asked."""
    [(kind, what)] = clauses("a.rtf", rtf(body))
    assert kind == "hidden"
    assert word in what
    assert [one.hidden for one in pieces("a.rtf", rtf(body)) if ADA in one.text] == [
        True
    ]


@pytest.mark.parametrize(
    "body", [rb"{\v }x", rb"\v\v0 x", rb"\v\plain x", rb"{\v\par}"]
)
def test_nothing_that_is_hidden_is_no_note(body):
    """Word leaves such behind."""
    assert clauses("a.rtf", rtf(body)) == []


def test_hidden_text_does_not_split_what_shows():
    """It stands in a piece of its own."""
    assert ADA in seen("a.rtf", rtf(rb"ada@exa{\v zzz}mple.org"))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", "x,ada@example.org\n" * 5)
    return out.getvalue()


def test_embedded_objects_are_read():
    """In hexadecimal digits, with line breaks, or as octets."""
    head = b"\1\5\0\0\2\0\0\0\x08\0\0\0Package\0" + bytes(12)
    digits = (head + zipped()).hex().encode()
    wrapped = b"\r\n".join(digits[at : at + 60] for at in range(0, len(digits), 60))
    place = "embedded object, member 'list.csv', cell B1"
    assert place in places("a.rtf", rtf(rb"{\object{\*\objdata " + wrapped + b"}}"))
    raw = b"\\bin%d " % len(zipped()) + zipped()
    assert place in places("a.rtf", rtf(rb"{\object{\*\objdata " + raw + b"}}"))


def test_pictures_are_read():
    """With what stands in them."""
    png = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82to ada@example.org"
    body = rb"{\pict\pngblip " + png.hex().encode() + b"}"
    assert "picture, after its end, line 1" in places("a.rtf", rtf(body))
    vector = b"\1\0\x09\0\0\3 ada@example.org \0"
    body = rb"{\pict\wmetafile8 " + vector.hex().encode() + b"0}"
    assert places("a.rtf", rtf(body)) == ["picture"]


def test_kinds_tell_text_from_the_rest():
    """What is metadata, and what is for programs."""
    kinds = {
        one.kind for one in pieces("a.rtf", rtf(rb"{\info{\title x}}{\fonttbl y}z"))
    }
    assert kinds == {Kind.METADATA, Kind.MARKUP, Kind.TEXT}


@pytest.mark.parametrize(
    "body",
    [
        b"{" * 20_000,
        b"}" * 20_000,
        b"\\bin999999999 x",
        b"\\",
        b"\\'",
        b"\\u",
        b"\\uc-1",
    ],
)
def test_broken_texts_are_read_to_their_end(body):
    """Braces that nobody closes or opens, lengths that lie."""
    list(pieces("a.rtf", HEAD + b"ada@example.org\\par " + body))
    assert ADA in seen("a.rtf", HEAD + b"ada@example.org\\par " + body)


@given(st.text("{}\\ vuparbin'019*\n", max_size=80))
def test_any_tokens_are_read(text):
    """Nothing is raised."""
    assert ("unreadable", "it is damaged") not in clauses("a.rtf", HEAD + text.encode())
