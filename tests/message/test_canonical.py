"""The relaxed forms, beside the RFC's own example and beside dkimpy."""

from __future__ import annotations

import dkim.canonicalization as theirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.canonical import (
    body_end,
    relaxed_body,
    relaxed_field,
    relaxed_value,
)

LINES = st.lists(
    st.text(" \tab.=", max_size=6).map(str.encode), min_size=1, max_size=6
).map(lambda lines: b"".join(line + b"\r\n" for line in lines))


def test_the_example_of_the_rfc():
    """
    RFC 6376 section 3.4.5: header fields and body.
    """
    fields = (
        relaxed_field("A", relaxed_value(b" X")),
        relaxed_field("B ".strip(), relaxed_value(b" Y\t\r\n\tZ  ")),
    )
    assert b"".join(fields) == b"a:X\r\nb:Y Z\r\n"
    body = b" C \r\nD \t E\r\n\r\n\r\n"
    assert body_end(relaxed_body(body)) == b" C\r\nD E\r\n"


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n\r\n"])
def test_a_body_of_empty_lines_is_nothing(body):
    """
    RFC 6376 section 3.4.4: there is no line end either.
    """
    assert body_end(relaxed_body(body)) == b""


def test_what_is_relaxed_already_is_given_back():
    """
    The very octets: nothing is copied.
    """
    body = b"a b\r\n.\r\n"
    assert relaxed_body(body) is body


def test_a_value_in_utf_8_stays_as_it_is():
    """
    No octet of a letter is taken for a blank (U+00A0 and U+2003 have 0xA0 and 0x83).
    """
    value = "Zo\u00eb\u00a0\u2003\u0085x".encode()
    assert relaxed_value(b" " + value + b"\r\n") == value


@given(LINES)
def test_a_body_is_relaxed_as_dkimpy_does_it(body):
    """
    Whatever blanks it has, in lines, at their ends and between them.
    """
    assert body_end(relaxed_body(body)) == theirs.Relaxed.canonicalize_body(body)


@given(LINES.map(lambda value: value.replace(b"\r\n", b"\r\n ")))
def test_a_header_is_relaxed_as_dkimpy_does_it(value):
    """
    Whatever folds and blanks it has.
    """
    [(name, wanted)] = theirs.Relaxed.canonicalize_headers([(b"X-Tag", value)])
    assert relaxed_field("X-Tag", relaxed_value(value)) == name + b":" + wanted
