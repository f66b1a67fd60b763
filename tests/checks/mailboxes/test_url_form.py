"""checks/mailboxes/url_form.py: URLs as they must be in a mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.mailboxes.page import CHOSEN, FILLED
from safesend.checks.mailboxes.url_form import link_fault, looks_whole, picture_fault

BROKEN = {
    "": "leads nowhere",
    " \n": "leads nowhere",
    "#": "leads nowhere",
    "www.example.org": "lacks https://",
    "WWW.example.org:8080/a": "lacks https://",
    "example.org/page.html": "relative",
    "example.org/news": "lacks https://",
    "example.org": "lacks https://",
    "page.html": "relative",
    "/page": "relative",
    "../a/b": "relative",
    "?a=b": "relative",
    "//example.org": "lacks https:",
    "http:/example.org": "slash",
    "https:example.org": "slash",
    "https:\\\\example.org": "slash",
    "https//example.org": "colon",
    "http/example.org": "colon",
    "https;//example.org": "colon",
    "htp://example.org": "htp:",
    "htps://example.org": "htps:",
    "hhttps://example.org": "hhttps:",
    "ttps://example.org": "ttps:",
    "https://": "server",
    "https:///path": "server",
    "https://exa mple.org": "server",
    "https://www,example.org": "server",
    "https://www..example.org": "server",
    "https://.example.org": "server",
    "https://https://example.org": "twice",
    "https://http//example.org": "twice",
    "https://example.org/my file.pdf": "blank",
    "mailto:": "mailto",
    "mailto:office": "mailto",
    "mailto:Office <office@example.org>": "mailto",
    "mailto://office@example.org": "",
    "mailto:a@example.org;b@example.org": "mailto",
    "office@example.org": "without mailto",
    "javascript:void(0)": "javascript:",
    "JavaScript:alert(1)": "javascript:",
    "file:///a.pdf": "file:",
    "data:text/html,x": "data:",
    "C:" + "\\letters": "your own computer",
    "\\\\server\\share": "your own computer",
}
WHOLE = [
    "https://example.org",
    "http://example.org/",
    "HTTPS://Example.ORG/Path?a=b&c=%20#d",
    "https://user@example.org:8443/x",
    "https://[2001:db8::1]/x",
    "https://192.0.2.1/x",
    "https://münchen.example/straße",
    "https://intranet/wiki",
    "https://web.archive.org/web/2020/https://example.org/",
    "mailto:office@example.org",
    "mailto:a@example.org,b@example.org?subject=a%20b",
    "mailto:?subject=Read%20this",
    "mailto:ada%2Bx@example.org",
    "tel:+49-30-1234",
    "sms:+49301234",
    "whatsapp://send?text=x",
    "webcal://example.org/a.ics",
    "geo:52.5,13.4",
    "myapp://open/1",
    "#top",
    " https://example.org\n",
    f"{FILLED}",
    f"{FILLED}/x",
    f"{CHOSEN}x",
    f"https://{FILLED}/x",
    f"https://example.org/?t={FILLED}",
    f"mailto:{FILLED}",
]
BROKEN.pop("mailto://office@example.org")


@pytest.mark.parametrize("url", BROKEN)
def test_a_broken_link_is_told_what_it_lacks(url):
    """In a few words."""
    assert BROKEN[url] in link_fault(url)
    assert link_fault(url)
    assert not looks_whole(url)


@pytest.mark.parametrize("url", WHOLE)
def test_a_whole_link_passes(url):
    """So does one whose beginning a row fills in."""
    assert link_fault(url) == ""


PICTURES = {
    "data:image/png;base64,AAAA": "data:",
    "logo.png": "relative",
    "": "names nothing",
    "file:///a.png": "file:",
    "tel:1": "names nothing",
    "https://example.org/a.svg?x": "SVG",
    "http:/example.org/a.png": "slash",
    "C:" + "\\a.png": "your own computer",
}


@pytest.mark.parametrize("url", PICTURES)
def test_a_picture_that_nobody_sees_is_told_why(url):
    """It must come along, or be somewhere."""
    assert PICTURES[url] in picture_fault(url)


@pytest.mark.parametrize(
    "url", ["cid:logo.png", "https://example.org/a.png", FILLED, f"{CHOSEN}a"]
)
def test_a_picture_that_can_be_loaded_passes(url):
    """From the message or from a server."""
    assert picture_fault(url) == ""


@given(st.text("htps:/.wa@#?\\ \n<é[]", max_size=30))
def test_what_looks_whole_has_no_fault(url):
    """The quick look and the long one agree; neither raises."""
    fault = link_fault(url)
    assert not (looks_whole(url) and fault)
    picture_fault(url)
