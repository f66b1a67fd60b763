import base64
from urllib.parse import quote

import pytest

from checks.linear import is_linear
from safesend.checks.html_links import (
    css_urls,
    embedded,
    link_place,
    refresh_url,
    urls,
)

PLACES = [
    ("a", "href", {}, "link"),
    ("area", "href", {}, "link"),
    ("a", "xlink:href", {}, "link"),
    ("image", "xlink:href", {}, "picture"),
    ("link", "href", {"rel": "Stylesheet"}, "style"),
    ("link", "href", {"rel": "shortcut icon"}, "picture"),
    ("link", "href", {}, "other"),
    ("base", "href", {}, "other"),
    ("img", "src", {}, "picture"),
    ("input", "src", {}, "picture"),
    ("v:fill", "src", {}, "picture"),
    ("img", "srcset", {}, "picture"),
    ("td", "background", {}, "picture"),
    ("video", "poster", {}, "picture"),
    ("script", "src", {}, "script"),
    ("iframe", "src", {}, "frame"),
    ("object", "data", {}, "frame"),
    ("p", "data", {}, ""),
    ("form", "action", {}, "form"),
    ("button", "formaction", {}, "form"),
    ("q", "cite", {}, "other"),
    ("a", "ping", {}, "other"),
    ("img", "longdesc", {}, "other"),
    ("img", "alt", {}, ""),
]


@pytest.mark.parametrize(("tag", "name", "attributes", "place"), PLACES)
def test_what_is_at_a_url(tag, name, attributes, place):
    """By the tag and the attribute; what is no URL has no place."""
    assert link_place(tag, name, attributes) == place


def test_a_url_stands_as_it_is():
    """Without the line breaks that a browser drops."""
    assert list(urls("href", " https://a.example/\n b ")) == ["https://a.example/ b"]


def test_pictures_of_several_sizes():
    """Each URL of the list, without the sizes."""
    text = "a.png 1x, b.png 2.5x,\n c.png 640w, data:image/png;base64,AAAA 2x"

    assert list(urls("srcset", text)) == [
        "a.png",
        "b.png",
        "c.png",
        "data:image/png;base64,AAAA",
    ]


def test_what_a_style_sheet_loads():
    """In quotes of either kind or none, also when they are not closed."""
    css = (
        "@import 'a.css'; @import url(b.css);x{y:url( \"c d\" ) url('e') url()} url(\"f"
    )

    assert list(css_urls(css)) == ["a.css", "b.css", "c d", "e", "f"]


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("0; url=https://a.example/", "https://a.example/"),
        ("5;URL='x y'", "x y"),
        ("0, x", "x"),
        ("5", ""),
    ],
)
def test_where_a_refresh_leads(content, url):
    """The part after the seconds, as browsers read it."""
    assert refresh_url(content) == url


def test_the_file_in_a_url():
    """In base64, also of the kind for URLs, or percent-encoded."""
    octets = "<p>ü??>".encode()
    plain = base64.b64encode(octets).decode()
    safe = base64.urlsafe_b64encode(octets).decode()

    for text in (f"data:text/html;base64,{plain}", f"DATA:text/html;x=y;base64,{safe}"):
        found = embedded(text)
        assert (found.type, found.content) == ("text/html", octets)
    assert embedded(f"data:,{quote('a@b')}").content == b"a@b"
    assert embedded("data:text/plain;charset=utf-8,a").head == (
        "data:text/plain;charset=utf-8,"
    )


def test_other_urls_have_no_file():
    """Nor has one that does not say where its content begins."""
    assert embedded("https://a.example/data:,x") is None
    assert embedded("data:text/plain") is None


@pytest.mark.parametrize(
    "bit", ["url(", 'url("', "url('", "@import '", "a 1x,", "data:,", ";a", "url=", "%"]
)
def test_time_is_linear(bit):
    """In the length of an attribute, whatever stands there."""
    assert is_linear(lambda text: list(css_urls(text)), bit)
    assert is_linear(lambda text: list(urls("srcset", text)), bit)
    assert is_linear(refresh_url, bit)
    assert is_linear(lambda text: embedded(f"data:{text}"), bit)
    assert is_linear(lambda text: embedded(f"data:;base64,{text}"), bit)
