"""Tests of the shape of a message."""

from __future__ import annotations

import pytest

from safesend.message.layout import (
    DATE,
    FIRST,
    IDEMPOTENCY,
    MESSAGE_ID,
    TO,
    TOKEN,
    Line,
    made_layout,
)

LAYOUT = made_layout(
    [
        Line("To", (TO,)),
        Line("Date", (DATE,)),
        Line("Message-ID", (MESSAGE_ID,)),
        Line("Idempotency-Key", (IDEMPOTENCY,)),
        Line("List-Unsubscribe", (b"<https://x.org/?100%&t=", TOKEN, b">")),
        Line("Subject", (FIRST,)),
        Line("MIME-Version", (b"1.0",)),
    ],
    [b"100 % of ", FIRST + 1, b"\r\n"],
    constants=[b"file\r\n"],
    boundary=b"=_b",
    ending=[b"--=_b--\r\n"],
)
VALUES = (
    b"ada@example.net",
    b"Tue, 24 Nov 2026 08:05:09 +0000",
    b"<" + b"a2" * 13 + b"@example.org>",
    b"b3" * 13,
    b"c4" * 13,
    b"Hello",
    b"Ada",
)


def with_value(place, value):
    return LAYOUT.fill([*VALUES[:place], value, *VALUES[place + 1 :]])


def test_values_go_to_their_places():
    """
    Constants stay as they are, percent signs too.
    """
    assert LAYOUT.fill(VALUES) == (
        b"To: ada@example.net\r\n"
        b"Date: Tue, 24 Nov 2026 08:05:09 +0000\r\n"
        b"Message-ID: <" + b"a2" * 13 + b"@example.org>\r\n"
        b"Idempotency-Key: " + b"c4" * 13 + b"\r\n"
        b"List-Unsubscribe: <https://x.org/?100%&t=" + b"b3" * 13 + b">\r\n"
        b"Subject: Hello\r\n"
        b"MIME-Version: 1.0\r\n"
        b"\r\n"
        b"100 % of Ada\r\n"
    )
    assert LAYOUT.names[:3] == ("To", "Date", "Message-ID")
    assert LAYOUT.names[3:] == (
        "Idempotency-Key",
        "List-Unsubscribe",
        "Subject",
        "MIME-Version",
    )


def test_a_filled_block_is_recognised():
    """
    With what stands in it; folded free text is allowed.
    """
    found = LAYOUT.block.match(with_value(FIRST, b"\r\n =?utf-8?q?a?=\r\n  b c"))

    assert found
    assert found["to"] == VALUES[TO]
    assert found["message_id"] == VALUES[MESSAGE_ID]
    assert found["token"] == VALUES[TOKEN]


def test_a_sealed_token_is_recognised():
    """
    As the row's own is.
    """
    token = b"v1." + b"5e" * 45 + b".0123abcd"
    found = LAYOUT.block.match(with_value(TOKEN, token))

    assert found
    assert found["token"] == token


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (TO, b"a@b.org\r\nBcc: c@d.org"),
        (TO, b""),
        (DATE, b"yesterday"),
        (DATE, b"Tue, 24 Nov 2026 08:05:09 +0000\r\nBcc: x"),
        (MESSAGE_ID, b"<ada@example.net>"),
        (MESSAGE_ID, b"<" + b"a" * 26 + b"@x.org>\r\nX: y"),
        (TOKEN, b"ada@example.net"),
        (TOKEN, b"short"),
        (TOKEN, b"v1." + b"ada." * 20 + b"0123abcd"),
        (TOKEN, b"v1." + b"5e" * 45 + b".0123abcd>\r\nX: y"),
        (FIRST, b"a\r\nBcc: x"),
        (FIRST, b"a\r\n\r\nx"),
        (FIRST, b"a\r\n \r\n b"),
        (FIRST, b"a\nb"),
        (FIRST, b"a\rb"),
        (FIRST, b"a\tb"),
        (FIRST, b"\xc3\xa9"),
        (FIRST, b"x" * 1000),
        (FIRST, b"x\r\n " + b"y" * 1000),
    ],
)
def test_no_other_block_is_recognised(place, value):
    """
    A value cannot write a line of its own, nor say what does not belong there.
    """
    assert LAYOUT.block.match(with_value(place, value)) is None


def test_a_block_ends_with_a_constant():
    """
    Otherwise a value could end it early.
    """
    with pytest.raises(AssertionError):
        made_layout([Line("MIME-Version", (b"1.0",)), Line("Subject", (FIRST,))], [])


def test_a_hostile_block_is_refused_in_linear_time():
    """
    The expression never goes back: many folds that end wrongly are one pass.
    """
    assert LAYOUT.block.match(with_value(FIRST, b"a\r\n b" * 50_000 + b"\n")) is None
