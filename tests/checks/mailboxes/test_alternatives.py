"""checks/mailboxes/alternatives.py: pictures say something to who does not see them."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.alternatives import ADVICE

SRC = "src='https://example.org/a.png'"


def test_pictures_without_one_are_counted():
    """With the line of the first."""
    assert said(ADVICE, f"<p>\n<img {SRC}>") == [
        ("html, line 2", "1 of 1 pictures has no alternative text")
    ]
    assert said(ADVICE, f"<img {SRC} alt=a>\n<img {SRC}>\n<img {SRC}>") == [
        ("html, line 2", "2 of 3 pictures have no alternative text (the first)")
    ]


@pytest.mark.parametrize(
    "html",
    [
        f"<img {SRC} alt=''>",
        f"<IMG {SRC} ALT>",
        f"<img {SRC} alt='{{{{ a }}}}'>",
        f"<img {SRC} {{{{ a }}}}>",
        "<p>no picture",
        None,
    ],
)
def test_decoration_passes(html):
    """An empty text says that it is one."""
    assert said(ADVICE, html) == []
