"""What a template's own List-Unsubscribe offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.ways_to_leave import WaysToLeave, ways_to_leave

POST = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@pytest.mark.parametrize(
    ("value", "link", "mailbox"),
    [
        ("<mailto:leave@Example.org?subject=off>", None, "example.org"),
        ("<mailto:leave%40example.org>", None, "example.org"),
        ("<mailto:leave+{{ id }}@example.org>", None, "example.org"),
        ("<https://a.de/u>, <mailto:x@a.de>", "https://a.de/u", "a.de"),
        ("<https://a.de:8443/u?t={{ id }}>", "https://a.de:8443/u?t={token}", None),
        ("<http://a.de>", "http://a.de", None),
        ("<https://a.de/{% if x %}y{% endif %}>", "https://a.de/y", None),
        ("<https://a.de:99999/u>", None, None),
        ("<https://a.de:0/u>", None, None),
        ("<https://\u00e4.de/u>", None, None),
        ("<mailto:nobody>", None, None),
        ("<mailto:x@{{ domain }}>", None, None),
        ("", None, None),
    ],
)
def test_what_a_header_offers(value, link, mailbox):
    """
    A link, a mailbox, or both; what a row fills in is a place.
    """
    found = ways_to_leave({"List-UNSUBSCRIBE": value})
    assert (found.link, found.mailbox, found.one_click) == (link, mailbox, False)
    clicked = ways_to_leave({"List-Unsubscribe": value, **POST})
    assert clicked.one_click == (link is not None)


def test_other_headers_offer_nothing():
    """
    Nor does none.
    """
    assert ways_to_leave({"List-Help": "<mailto:x@a.de>"}) == WaysToLeave()
    assert ways_to_leave({}) == WaysToLeave()


@given(st.text(alphabet="<>{}%:/@?,. ahtpsmilo0"))
def test_whatever_stands_there_is_read(text):
    """
    A link that is found can be taken apart.
    """
    found = ways_to_leave({"List-Unsubscribe": text})
    assert found.link is None or found.link.startswith(("http://", "https://"))
    assert found.mailbox is None or "." in found.mailbox
