"""checks/mailboxes/links.py: links that lead somewhere."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import composed, letter, said
from safesend.checks.mailboxes.links import ADVICE, row_links

RELATIVE = "is relative, and a mail stands on no page"
ALARMS = {
    "<p>\n<a href=''>a</a>": ("html, line 2", "a link leads nowhere"),
    "<a href=' www.example.org '>a</a>": (
        "html, line 1",
        "the link 'www.example.org' lacks https:// at its beginning",
    ),
    "{% if a %}\n<map><area href='x{{ a }}'></map>{% endif %}": (
        "html, line 2",
        "the link 'x{{...}}' is relative, and a mail stands on no page",
    ),
    "<a href=#b>a</a><p id=c>": (
        "html, line 1",
        "the link '#b' leads to a place that is not in the letter",
    ),
    "<a href='mailto:ada'>a</a>": (
        "html, line 1",
        "the link 'mailto:ada' has no address behind mailto: that could be one",
    ),
}
CLEAN = [
    "<a href='https://example.org'>a</a>",
    "<a name=b></a><a href=#b>a</a><a href=#c>a</a><p id=c><a href=#top>a</a>",
    "<a href=#b>a</a><p id='x{{ n }}'>",
    "<a href='#{{ n }}'>a</a>",
    "<a>a</a>",
    "<a href='{{ url }}'>a</a>",
    "<!-- <a href=''> -->",
]


@pytest.mark.parametrize("html", ALARMS)
def test_a_broken_link_is_reported_with_its_line(html):
    """As it stands in the letter, without what a row fills in."""
    assert said(ADVICE, html) == [ALARMS[html]]


@pytest.mark.parametrize("html", CLEAN)
def test_whole_links_pass(html):
    """So do places in the letter."""
    assert said(ADVICE, html) == []


def test_a_letter_without_html_has_no_links():
    """A text is not searched."""
    assert said(ADVICE) == []
    assert list(row_links(letter())) == []


HTML = """<a href="{{ url }}">a</a>
<img src="{{- photo -}}?s=1" alt=""><a href="{{ url|lower }}">b</a>
<a href="{{ unsubscribe_url }}">c</a><a href="x{{ url }}">d</a>
{% for link in links %}<a href="{{ link }}">e</a>{% endfor %}
<a href="{{ host }}.example.org">f</a><a>g</a>"""


def test_fields_that_are_links_are_looked_at_in_each_row():
    """Those that are the beginning of one; not our own, and no other name."""
    found = letter(HTML, text="Hello", unsubscribe="https://example.org/u/{token}")
    watched = list(row_links(found))
    assert [(one.field, one.where, one.is_picture) for one in watched] == [
        ("url", "html, line 1", False),
        ("photo", "html, line 2", True),
    ]


def test_a_value_that_is_no_link_is_not_repeated():
    """It may be anything."""
    found = letter(
        "{{ a or '' }}<a href='{{ url or '' }}'>a</a><a href='{{ url }}'>b</a>"
        "<img src='{{ photo }}' alt=''>"
    )
    link, picture = row_links(found)
    good = composed(found, a=1, url="https://example.org/a", photo="cid:a")
    assert (link.look(good), picture.look(good)) == (None, None)
    odd = composed(found, a=1, url="tel:1", photo=7)
    assert (link.look(odd), picture.look(odd)) == (None, None)
    bad = composed(found, a=1, url="www.secret.example", photo="secret.png")
    assert link.look(bad) == (
        "html, line 1",
        "the link {{ url }} lacks https:// at its beginning, in this row",
    )
    assert picture.look(bad) == (
        "html, line 1",
        f"the picture {{{{ photo }}}} {RELATIVE}, in this row",
    )


def test_in_a_literal_letter_no_row_has_a_say():
    """Its braces are text."""
    assert list(row_links(letter("<a href='{{ url }}'>a</a>", literal=True))) == []
