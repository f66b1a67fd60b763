from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.addresses import mentions
from safesend.testing.excerpts import excerpt, veiled

LETTER = (
    b"From: o@x.example\r\n"
    b"To: Ada <ada@example.org>,\r\n bo@example.com\r\n"
    b"Cc: chen@example.net\r\n"
    b"Subject: =?utf-8?q?caf=C3=A9?=\r\n"
    b"\r\n"
    b"Come!\r\n"
    b"Bo (bo%40example.com) comes.\r\n"
)


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        (
            "header To",
            [
                "- To: Ada <a\u2026@example.org>, b\u2026@example.com",
                "+ To: a\u2026@example.org",
            ],
        ),
        ("header Cc", ["- Cc: c\u2026@example.net"]),
        ("header Subject, decoded", ["- Subject: caf\u00e9"]),
        ("text, line 1", ["- Come!"]),
        ("text, line 2 (percent-encoded)", ["- Bo (b\u2026@example.com) comes."]),
        ("attachment 'a.xlsx', cell B7", []),
        ("the envelope", []),
    ],
)
def test_the_line_of_a_leak_is_shown(place: str, lines: list[str]) -> None:
    """As in a diff: what stands there, and for To what should."""
    assert excerpt(LETTER, place, "a\u2026@example.org") == lines


def test_what_looks_the_same_is_not_said_twice() -> None:
    """Masked, a wrong address may look like the right one."""
    octets = b"To: ab@example.org\r\n\r\n"

    assert excerpt(octets, "header To", "a\u2026@example.org") == [
        "- To: a\u2026@example.org"
    ]


def test_a_field_with_a_strange_name_is_shown_as_it_stands() -> None:
    """Whatever a program wrote there."""
    [line] = excerpt(b"X-Odoo-Bcc: bo@example.com\r\n\r\n", "header X-Odoo-Bcc", "")

    assert line == "- X-Odoo-Bcc: b\u2026@example.com"


def test_a_long_line_is_cut() -> None:
    """A report stays readable."""
    assert len(veiled("word " * 100)) <= 100
    assert len(veiled("x" * 500)) <= 100


def test_an_address_in_disguise_is_not_shown() -> None:
    """What a mask does not find is left out with its line."""
    assert "eve" not in veiled("write to eve [at] example [dot] net")


@given(st.text(max_size=80))
def test_no_line_shows_an_address(text: str) -> None:
    """Whatever stands in it, and it is one line."""
    line = veiled(f"{text} eve@example.net {text}")

    assert "eve@" not in line
    assert not any("\u2026" not in one for m in mentions(line) for one in m.spellings)
    assert len(line.splitlines()) == 1
