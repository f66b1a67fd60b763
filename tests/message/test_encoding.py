"""Tests of body octets."""

from __future__ import annotations

import binascii
import quopri
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import TemplateError
from safesend.message.encoding import base64_lines, plain_value, quoted_printable

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300
) | st.lists(
    st.sampled_from([".", "-", "From ", " ", "\t", "\n", "\r\n", "é", "x" * 74, "="]),
    max_size=12,
).map("".join)


@settings(max_examples=200)
@given(TEXT)
def test_quoted_printable_reads_back(text):
    """
    Any text comes back from the standard decoder, its line ends as CRLF.
    """
    meant = re.sub(r"\r\n?|\n", "\r\n", text)

    assert meant == quopri.decodestring(quoted_printable(text)).decode()


@settings(max_examples=200)
@given(TEXT)
def test_quoted_printable_is_safe_on_any_way(text):
    """
    Lines are short ASCII, and neither begin nor end with what is changed on the way.
    """
    octets = quoted_printable(text)

    for line in octets.split(b"\r\n"):
        assert len(line) <= (76 if line.endswith(b"=") else 75)
        assert not re.match(rb"[.\-]|From ", line)
        assert not line.endswith((b" ", b"\t"))
        assert re.fullmatch(rb"[\t -~]*", line)
    assert b"=_" not in octets


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", b""),
        ("plain", b"plain"),
        ("a=b", b"a=3Db"),
        ("é", b"=C3=A9"),
        ("a ", b"a=20"),
        ("a \nb\t", b"a=20\r\nb=09"),
        (".", b"=2E"),
        ("-- \nx", b"=2D-=20\r\nx"),
        ("From me\nFrom", b"=46rom me\r\nFrom"),
        ("a\rb\r\nc\nd", b"a\r\nb\r\nc\r\nd"),
        ("x" * 75, b"x" * 75),
        ("x" * 76, b"x" * 75 + b"=\r\nx"),
        ("." + "x" * 75, b"=2E" + b"x" * 72 + b"=\r\nxxx"),
        ("x" * 74 + "é", b"x" * 74 + b"=\r\n=C3=A9"),
        ("x" * 73 + "é", b"x" * 73 + b"=\r\n=C3=A9"),
        ("x" * 75 + ".y", b"x" * 75 + b"=\r\n=2Ey"),
    ],
)
def test_quoted_printable_cases(text, written):
    """
    Escapes are never split, fragile starts and trailing blanks are escaped.
    """
    assert written == quoted_printable(text)


def test_a_very_long_line_takes_linear_time():
    """
    Half a million characters without a break are one pass.
    """
    octets = quoted_printable("é" * 250_000)

    assert octets.count(b"=C3") == octets.count(b"=A9") == 250_000


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff"])
def test_what_no_mail_can_carry_is_refused(text):
    """
    NUL and lone surrogates are refused, naming the part.
    """
    with pytest.raises(TemplateError, match=r"^html: holds a NUL") as caught:
        quoted_printable(text, "html")

    assert caught.value.part == "html"


@settings(max_examples=300)
@given(st.text(max_size=80) | TEXT)
def test_a_plain_value_stays_as_it_is(text):
    """
    What counts as plain is the same in a text, in quoted-printable and in html.
    """
    if plain_value(text):
        assert text.encode() == quoted_printable(text)
        assert not set(text) & set("&<>\"'{}%$*")
        assert len(text) <= 75


@pytest.mark.parametrize("text", ["Ada", "A-77 B", "x" * 75, "a@b.example", "From"])
def test_ordinary_values_are_plain(text):
    """
    Names, codes and addresses take the fast way.
    """
    assert plain_value(text)


@pytest.mark.parametrize(
    "text",
    [
        "a ",
        " ",
        ".a",
        "-a",
        "From me",
        "a\n",
        "\n",
        "é",
        "a=b",
        "x" * 76,
        "a<b",
        "{{ a }}",
    ],
)
def test_other_values_are_not_plain(text):
    """
    Whatever has to be encoded or escaped does not.
    """
    assert not plain_value(text)


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_base64_reads_back_in_short_lines(data):
    """
    Data comes back, and every line has at most 76 octets and ends in CRLF.
    """
    octets = base64_lines(data)

    assert data == binascii.a2b_base64(octets)
    assert all(len(line) <= 76 for line in octets.split(b"\r\n"))
    assert octets.endswith(b"\r\n") or not data
    assert octets.count(b"\n") == -(-len(data) // 57)
