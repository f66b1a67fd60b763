"""checks/mailboxes/plain_part.py: who reads text only finds something."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.plain_part import ADVICE


@pytest.mark.parametrize(
    "parts",
    [
        {"html": "<p>a</p>", "text": " \n"},
        {"html": "<img src=cid:x alt=''>", "literal": True},
        {"text": ""},
    ],
)
def test_a_text_that_says_nothing_is_reported(parts):
    """Whether it was written so, or there is nothing to make it of."""
    html = parts.pop("html", None)
    if html and "cid" in html:
        html = "<img src='https://example.org/a.png' alt=''>"
    assert said(ADVICE, html, **parts) == [("text", "says nothing")]


@pytest.mark.parametrize(
    ("html", "parts"),
    [
        ("<p>a</p>", {}),
        ("<p>a</p>", {"text": "a"}),
        ("<p>a</p>", {"text": "{{ a or '' }}"}),
        ("{% if a %}{{ a }}{% endif %}", {}),
    ],
)
def test_a_text_that_is_written_or_made_passes(html, parts):
    """It is made of the html where there is none."""
    assert said(ADVICE, html, **parts) == []
