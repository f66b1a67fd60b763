"""checks/mailboxes/charset.py: page and message agree about their charset."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.charset import ADVICE


@pytest.mark.parametrize(
    "html",
    [
        "<meta charset=iso-8859-1>",
        "<meta http-equiv=content-type content='text/html; charset=windows-1252'>",
    ],
)
def test_another_charset_is_reported(html):
    """Which programs for office write."""
    [(place, reason)] = said(ADVICE, f"\n{html}")
    assert place == "html, line 2"
    assert "UTF-8" in reason


@pytest.mark.parametrize(
    "html",
    [
        "<meta charset='UTF-8'>",
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
        "<meta name=viewport content='width=device-width'>",
        "<p>a",
        None,
    ],
)
def test_the_same_or_none_passes(html):
    """The message says it anyway."""
    assert said(ADVICE, html) == []
