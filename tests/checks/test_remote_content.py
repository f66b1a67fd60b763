import pytest

from checks.worlds import World, html, link, markup, person, text
from safesend.checks.remote_content import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"))

LOADS = {
    "picture": ("https://img.example.com/a.png", "picture"),
    "without a scheme": ("//img.example.com/a.png", "picture"),
    "in capitals": ("HTTP://img.example.com", "picture"),
    "style": ("https://img.example.com/a.css", "style"),
    "script": ("https://img.example.com/a.js", "script"),
    "frame": ("https://img.example.com/", "frame"),
    "with backslashes": (r"https:\\img.example.com\a", "picture"),
    "with a user": ("https://u:p@img.example.com/a", "picture"),
}
CLEAN = {
    "nothing": [],
    "a link": [link("https://example.com/")],
    "inline": [link("cid:logo@2x.png", place="picture")],
    "data": [link("data:image/png;base64,AAAA", place="picture")],
    "relative": [
        link("images/logo@2x.png", place="picture"),
        link("/x", place="style"),
    ],
    "text": [text("https://img.example.com/a.png"), html("@media screen")],
}


@pytest.mark.parametrize(("url", "place"), LOADS.values(), ids=LOADS)
def test_what_is_loaded_from_elsewhere_is_reported(url, place):
    """With the host, which learns who opened the mail."""
    [leak] = WORLD.examine(CHECK, link(url, place=place), row=0)
    assert (leak.check, leak.severity, leak.place) == ("L16", Severity.WARN, "html")
    assert "loads a thing from elsewhere (first host: img.example.com)" in leak.reason


@pytest.mark.parametrize("found", CLEAN.values(), ids=CLEAN)
def test_links_and_inline_pictures_pass(found):
    """They are fetched when a reader wants it, or not at all."""
    assert WORLD.examine(CHECK, *found, row=0) == []


def test_all_things_of_a_unit_are_counted_in_one_report():
    """The first host is named."""
    things = [link(f"https://h{n}.example.com/", place="picture") for n in range(3)]
    other = link("https://example.org/x", place="picture", unit="attachment 'a.html'")
    first, second = WORLD.examine(CHECK, *things, other)
    assert "loads 3 things from elsewhere (first host: h0.example.com)" in first.reason
    assert second.place == "attachment 'a.html'"


def test_a_picture_of_one_point_is_called_by_name():
    """Trackers use them."""
    picture = link("https://example.com/p.gif", place="picture")
    size = [
        markup("1", "attribute width of img"),
        markup("1px", "attribute height of img"),
    ]
    [leak] = WORLD.examine(CHECK, picture, *size)
    assert "trackers" in leak.reason
    wide = markup("600", "attribute width of img")
    [leak] = WORLD.examine(CHECK, picture, wide, size[1])
    assert "trackers" not in leak.reason


def test_a_form_is_reported():
    """With the host to which it sends."""
    [leak] = WORLD.examine(CHECK, link("https://example.com/go", place="form"))
    assert leak.reason == "holds a form, which sends what a reader types to example.com"
    [leak] = WORLD.examine(CHECK, link("/go", place="form"))
    assert leak.reason == "holds a form, which sends what a reader types"


def test_hosts_are_masked_and_cut():
    """A URL is anybody's text."""
    url = "https:///" + "a" * 100_000
    [leak] = WORLD.examine(CHECK, link(url, place="picture"))
    assert len(leak.reason) < 1000
    [leak] = WORLD.examine(CHECK, link("//bob%40example.net/", place="picture"))
    assert "bob" not in leak.reason
    assert CHECK.allowable
