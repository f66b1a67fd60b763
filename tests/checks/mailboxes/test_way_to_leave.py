"""checks/mailboxes/way_to_leave.py: who may leave sees how."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.way_to_leave import ADVICE

URL = "https://example.org/leave/{token}"
REASON = "has no link to unsubscribe, which the header List-Unsubscribe offers"


def test_a_header_alone_is_reported():
    """In the part that most people see."""
    assert said(ADVICE, "<p>a", text="{{ unsubscribe_url }}", unsubscribe=URL) == [
        ("html", REASON)
    ]
    assert said(ADVICE, text="a", unsubscribe=URL) == [("text", REASON)]
    own = {"List-Unsubscribe": "<https://example.org/leave>"}
    assert said(ADVICE, text="a", headers=own) == [("text", REASON)]


@pytest.mark.parametrize(
    "html",
    [
        "<a href='{{ unsubscribe_url }}'>Here</a>",
        "{% if a %}<a href='{{ unsubscribe_url }}'>Here</a>{% endif %}",
        "<a href='https://example.org/x'>Newsletter <b>abbestellen</b></a>",
        "<a href='https://example.org/unsubscribe'>here</a>",
        "<a href='https://example.org/x'>Se désabonner</a>",
    ],
)
def test_a_link_with_a_word_for_it_passes(html):
    """Or the link of the header."""
    assert said(ADVICE, html, unsubscribe=URL) == []


def test_a_text_is_enough_where_there_is_no_html():
    """And without a header nothing is asked for."""
    assert said(ADVICE, text="Unsubscribe: https://x.example/u", unsubscribe=URL) == []
    assert said(ADVICE, text="a") == []
    assert said(ADVICE, text="a", headers={"X-Foo": "a"}) == []
