"""checks/mailboxes/pictures.py: pictures that are shown."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend import Attachment
from safesend.checks.mailboxes.pictures import ADVICE

ALARMS = {
    "<img src='data:image/png;base64,AAAA' alt=''>": "a picture stands in the html",
    "<img src='logo.png' alt=''>": "the picture 'logo.png' is relative",
    "<img src='' alt=''>": "a picture names nothing",
    "<td background='a.png'>": "the picture 'a.png' is relative",
    "<img src='https://example.org/{{ a }}.svg' alt=''>": "{{...}}.svg' is SVG",
    "<svg></svg>": "a drawing",
    "<p style='background:url(data:image/png;base64,AA)'>": "a style stands in",
    "<style>p{background:url( 'data:image/png,x' ),url(data:,)}</style>": "a style",
}
CLEAN = [
    "<img src='https://example.org/a.png' alt=''>",
    "<img src='{{ a }}' alt=''>",
    "<img alt=''>",
    "<p style='background:url(https://example.org/a.png)'>",
    "<style>@font-face{src:url(data:font/woff2;base64,AA)}</style>",
    "<!--[if mso]><v:image src='a.png'/><![endif]-->",
    None,
]


@pytest.mark.parametrize("html", ALARMS)
def test_what_is_not_shown_is_reported(html):
    """In elements and styles, with its line."""
    [(place, reason)] = said(ADVICE, f"\n{html}")
    assert place == "html, line 2"
    assert ALARMS[html] in reason


@pytest.mark.parametrize("html", CLEAN)
def test_what_can_be_loaded_passes(html):
    """Fonts are no pictures."""
    assert said(ADVICE, html) == []


def test_a_picture_of_the_message_passes():
    """It comes along."""
    logo = Attachment.from_bytes(b"x", name="a.png", content_type="image/png")
    assert said(ADVICE, "<img src='cid:a.png' alt=''>", inline=[logo]) == []
