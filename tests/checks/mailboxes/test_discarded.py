"""checks/mailboxes/discarded.py: what mail programs leave of a page."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.discarded import ADVICE

ALARMS = {
    "<script>x</script>": "<script>",
    "<form action='https://example.org'>": "<form>",
    "<iframe src=x></iframe>": "<iframe>",
    "<base href='https://example.org'>": "<base>",
    "<link rel='Stylesheet' href='x.css'>": "style sheet elsewhere",
    "<meta http-equiv='Refresh' content='0'>": "http-equiv=refresh",
    "<style>@import 'x.css';</style>": "@import",
    "<p onclick='x()'>": "onclick",
}
CLEAN = [
    "<script type='application/ld+json'>{}</script>",
    "<link rel=icon href=x>",
    "<meta charset=utf-8><meta http-equiv=content-type content='text/html'>",
    "<p on=x one-two=y>",
    "<style>p{}</style>",
    "<!--[if mso]><script>x</script><![endif]-->",
    None,
]


@pytest.mark.parametrize("html", ALARMS)
def test_each_kind_is_reported(html):
    """With its line."""
    [(place, reason)] = said(ADVICE, f"\n{html}")
    assert place == "html, line 2"
    assert ALARMS[html] in reason


def test_a_kind_is_reported_once():
    """With the number of times."""
    [(place, reason)] = said(ADVICE, "<form></form>\n<form></form>")
    assert place == "html, line 1"
    assert reason.endswith("(2 times)")


@pytest.mark.parametrize("html", CLEAN)
def test_what_is_kept_passes(html):
    """What Gmail reads, and what is no part of the page."""
    assert said(ADVICE, html) == []
