"""checks/mailboxes/deceit.py: a link leads where it says."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.deceit import ADVICE

ALARMS = [
    ("https://track.example.net/x", "www.example.org"),
    ("https://example.net", "https://example.org/news"),
    ("http://example.net", "  shop.example.com/a?b "),
    ("mailto:a@example.org", "b@example.org"),
    ("https://evil.example/bank.com", "<b>bank.com</b>"),
]
CLEAN = [
    ("https://www.example.org/x", "example.org"),
    ("https://example.org", "WWW.example.org"),
    ("https://shop.example.org", "https://www.example.org"),
    ("https://example.net", "Read more"),
    ("https://learn.microsoft.example", "ASP.NET"),
    ("https://nodejs.example", "Node.js"),
    ("https://example.net", "see www.example.org today"),
    ("https://example.net", "report.pdf"),
    ("mailto:a@example.org", "A@Example.org"),
    ("mailto:a@example.org", "Write to us"),
    ("mailto:{{ a }}", "b@example.org"),
    ("mailto:office%2Ba@example.org", "office+a@example.org"),
    ("{{ url }}", "www.example.org"),
    ("https://{{ host }}/", "www.example.org"),
    ("https://example.net", "https://{{ host }}/"),
    ("https://a.example.co.uk", "b.example.co.uk"),
]


@pytest.mark.parametrize(("href", "text"), ALARMS)
def test_another_domain_than_the_one_that_is_shown(href, text):
    """Or another mailbox, which is not repeated."""
    [(place, reason)] = said(ADVICE, f"\n<a href='{href}'>{text}</a>")
    assert place == "html, line 2"
    assert " leads to " in reason
    assert "@" not in reason


@pytest.mark.parametrize(("href", "text"), CLEAN)
def test_words_and_the_same_house_pass(href, text):
    """And whatever a row fills in."""
    assert said(ADVICE, f"<a href='{href}'>{text}</a>") == []
