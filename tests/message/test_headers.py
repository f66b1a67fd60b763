"""Tests of header values."""

from __future__ import annotations

import datetime as dt
import re
from email import message_from_bytes, policy
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import ConfigurationError, TemplateError, UnsafeMessage
from safesend.message.address import Address
from safesend.message.headers import (
    check_text,
    format_date,
    mailbox,
    parameter,
    structured,
    unstructured,
)

PRINTABLE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=300
)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300)
CONTROLS = [*range(32), *range(127, 160), 0x2028, 0x2029, 0xD800, 0xDFFF]


def read(name, value):
    """What the standard parser sees, and that it sees nothing else."""
    octets = f"{name}: ".encode() + value + b"\r\n\r\n"
    message = message_from_bytes(octets, policy=policy.default)

    assert [name] == message.keys()
    assert not message.defects
    assert not message[name].defects
    return message[name]


def lines(name, value):
    return (f"{name}: ".encode() + value).split(b"\r\n")


@settings(max_examples=200)
@given(PRINTABLE.filter(lambda text: text.strip(" ")))
def test_free_text_reads_back(text):
    """
    Any printable text comes back; its lines are short and none is blank.
    """
    value = unstructured("Subject", text)

    assert re.sub(" +", " ", text.strip(" ")) == re.sub(
        " +", " ", str(read("Subject", value))
    )
    for number, line in enumerate(lines("Subject", value)):
        assert len(line) <= 998
        assert line.strip(b" ")
        assert line.isascii()
        assert not number or line.startswith(b" ")


@settings(max_examples=200)
@given(ASCII.filter(lambda text: text.strip(" ") and "=?" not in text))
def test_ascii_is_folded_only(text):
    """
    ASCII is unfolded to exactly what it was, and each line that can be short is.
    """
    value = unstructured("Subject", text)

    assert text.strip(" ") == value.replace(b"\r\n", b"").decode()
    for line in lines("Subject", value):
        assert len(line) <= 78 or b" " not in line.removeprefix(b"Subject: ").strip(
            b" "
        )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Hello", b"Hello"),
        ("  Hello  ", b"Hello"),
        ("Zoë", b"=?utf-8?q?Zo=C3=AB?="),
        ("anna =?b", b"=?utf-8?q?anna_=3D=3Fb?="),
        ("=?utf-8?q?hi?=", b"=?utf-8?b?PT91dGYtOD9xP2hpPz0=?="),
        ("w" * 60 + " " + "v" * 20, b"w" * 60 + b"\r\n " + b"v" * 20),
    ],
)
def test_free_text_cases(text, written):
    """
    Short ASCII as it is, the rest encoded, and folded at blanks.
    """
    assert written == unstructured("Subject", text)


def test_a_word_longer_than_any_line_is_encoded():
    """
    998 octets are the hard limit: such a word is split as encoded words.
    """
    value = unstructured("Subject", "x" * 2000)

    assert read("Subject", value) == "x" * 2000
    assert max(map(len, lines("Subject", value))) <= 76
    assert b"=?" not in unstructured("Subject", "x" * 980)


def test_a_long_name_moves_the_encoded_words_to_the_next_line():
    """
    When the name leaves no room for a word the value begins with a fold.
    """
    name = "X-" + "n" * 48
    value = unstructured(name, "ë" * 40)

    assert read(name, value) == "ë" * 40
    assert max(map(len, lines(name, value))) <= 76
    assert unstructured("X-" + "n" * 66, "ë").startswith(b"\r\n =?")


@pytest.mark.parametrize("code", CONTROLS)
def test_control_characters_are_refused_everywhere(code):
    """
    No writer of headers takes a control character, a line separator or a surrogate.
    """
    text = f"a{chr(code)}Bcc: eve"
    for write in (unstructured, structured, parameter, check_text):
        with pytest.raises(UnsafeMessage, match=r"header X-A: .*L11") as refused:
            write("X-A", text)
        assert "Take the line break" in refused.value.leaks[0].advice


@pytest.mark.parametrize(
    "text", ["=?utf-8?Q?=0A?=Bcc: x", "a =?utf-8?B?DQo=?=", "=?utf-7?q?+AAo-?="]
)
def test_an_encoded_word_cannot_hide_a_line_break(text):
    """
    What a reader would decode is checked as well (CVE-2024-6923).
    """
    with pytest.raises(UnsafeMessage, match="encoded word with a control"):
        unstructured("Subject", text)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_value_is_refused(text):
    """
    A header says something.
    """
    for write in (unstructured, structured):
        with pytest.raises(TemplateError, match="header Subject: is empty"):
            write("Subject", text)


def test_an_endless_value_is_refused():
    """
    Relays cut very long headers and move the rest into the body.
    """
    with pytest.raises(TemplateError, match="8001 characters"):
        unstructured("Subject", "x" * 8001)


def test_a_uri_is_never_folded_or_encoded():
    """
    A long List-Unsubscribe stays in one piece; several are folded after a comma.
    """
    uri = "<https://example.org/" + "x" * 200 + ">"

    assert uri.encode() == structured("List-Help", uri)
    folded = structured("List-Help", f"{uri}, {uri}")
    assert f"{uri},\r\n {uri}".encode() == folded


@pytest.mark.parametrize("text", ["é", "=?utf-8?q?a?=", "x" * 999])
def test_a_structured_value_is_plain_ascii(text):
    """
    Nothing that would have to be encoded or cut.
    """
    with pytest.raises(TemplateError, match=r"plain ASCII|too long"):
        structured("List-Id", text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("news@example.org", b"news@example.org"),
        ("News <news@example.org>", b"News <news@example.org>"),
        ('"News, Ltd." <n@example.org>', b'"News, Ltd." <n@example.org>'),
        ("J. Doe <n@example.org>", b'"J. Doe" <n@example.org>'),
        ('"a \\"b\\" \\\\" <n@example.org>', b'"a \\"b\\" \\\\" <n@example.org>'),
        ("Zoë <n@example.org>", b"=?utf-8?q?Zo=C3=AB?= <n@example.org>"),
        ("n@bücher.example", b"n@xn--bcher-kva.example"),
        ("jürgen@example.org", "jürgen@example.org".encode()),
    ],
)
def test_mailboxes(text, written):
    """
    The name as atoms, quoted or encoded; the address never encoded.
    """
    assert written == mailbox("From", Address.parse(text, name_allowed=True))


@settings(max_examples=150)
@given(
    st.text(
        st.characters(
            exclude_categories=["C", "Z"], exclude_characters='@"\\\uff20\ufe6b<>'
        )
        | st.just(" "),
        max_size=150,
    )
)
def test_one_mailbox_stays_one_mailbox(name):
    """
    Whatever the display name, a reader sees one mailbox with that address.
    """
    try:
        address = Address.parse(f'"{name}" <n@example.org>', name_allowed=True)
    except ValueError:
        return
    value = mailbox("From", address)

    [seen] = read("From", value).addresses
    assert seen.addr_spec == "n@example.org"
    # The standard parser shows a blank between two encoded words of a phrase.
    assert (address.name or "").replace(" ", "") == seen.display_name.replace(" ", "")
    assert all(len(line) <= 998 for line in lines("From", value))


def test_a_long_name_is_folded_before_the_address():
    """
    A quoted string is never folded inside, so that it keeps its quotes.
    """
    address = Address.parse('"' + "a, " * 25 + 'b" <n@example.org>', name_allowed=True)

    assert b'b"\r\n <n@example.org>' in mailbox("From", address)


@settings(max_examples=200)
@given(PRINTABLE.filter(lambda text: text == text.strip() and "=?" not in text))
def test_parameters_read_back(text):
    """
    Any file name that an attachment may have comes back, in short lines of ASCII.
    """
    value = b"attachment" + parameter("filename", text)
    header = read("Content-Disposition", value)

    assert text == header.params["filename"]
    assert all(
        len(line) <= 78 and line.isascii()
        for line in lines("Content-Disposition", value)
    )


def test_parameter_cases():
    """
    A quoted string, RFC 2231, and RFC 2231 in sections.
    """
    assert parameter("filename", 'a "b".pdf') == b';\r\n filename="a \\"b\\".pdf"'
    assert parameter("filename", "é'.pdf") == b";\r\n filename*=utf-8''%C3%A9%27.pdf"
    long = parameter("filename", "é" * 20).split(b"\r\n")
    assert long[1].startswith(b" filename*0*=utf-8''%C3%A9")
    assert long[2].startswith(b" filename*1*=%C3%A9")


@settings(max_examples=100)
@given(
    st.datetimes(timezones=st.just(dt.UTC)).filter(lambda d: 1 < d.year < 9999),
    st.integers(-14, 14),
)
def test_dates_are_those_of_the_standard_library(moment, hours):
    """
    The date in UTC as RFC 5322 writes it.
    """
    date = moment.astimezone(dt.timezone(dt.timedelta(hours=hours)))

    assert format_datetime(date.astimezone(dt.UTC)).encode() == format_date(date)


def test_a_date_without_a_zone_is_refused():
    """
    It could mean any hour.
    """
    with pytest.raises(ConfigurationError, match="time zone"):
        format_date(dt.datetime(2026, 1, 1))  # noqa: DTZ001
