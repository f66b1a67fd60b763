"""preview/inert.py: a letter that loads nothing, runs nothing and leads nowhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.markup import attributes, tokens
from safesend.preview.inert import POLICY, inert

DATA = "data:image/png;base64,AAAA"


def _body(html, pictures=None):
    made = inert(html, pictures or {}).html
    return made.partition("</style>")[2]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Dear Ada,<br>AT&T &amp; &copy; 2027</p>",
        '<div class="a" style="color: red">x</div>',
        '<table><tr><td width="5">1</td></tr></table>',
        "<style>p > b { color: red }</style>",
        '<svg width="9"><path d="M0"/></svg>',
        '<b style="background: url(data:image/png;base64,AA)">x</b>',
        '<img src="data:image/png;base64,AA" alt="">',
        "<title>a < b</title>",
        "<p>1 &lt; 2</p>",
    ],
)
def test_what_is_harmless_stays_as_it_is(html):
    """The letter looks as it was written."""
    assert _body(html) == html


def test_the_letter_has_a_policy_of_its_own():
    """First of all its document says that nothing may be loaded."""
    made = inert("<!doctype html><html><head><title>x</title>", {}).html
    first = (
        f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}'
    )
    assert made.startswith(first)
    assert made.count("doctype") == 1


@pytest.mark.parametrize(
    ("html", "left", "told"),
    [
        ("a<script>alert('<b>')</script>b", "ab", "script"),
        ("<iframe src='//x'><p></iframe>b", "b", "iframe"),
        ("<object data=x>instead</object>", "instead", "object"),
        ("<meta http-equiv=refresh content='0;url=//x'>", "", "meta refresh"),
        ("<form action=//x><b>a</b></form>", "<div><b>a</b></div>", "form"),
    ],
)
def test_what_acts_is_taken_out_and_told(html, left, told):
    """Scripts, frames, forms and jumps do nothing here."""
    assert _body(html) == left
    assert inert(html, {}).active == (told,)


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick=x>",
        "<p OnLoad = 'x'>",
        "<p autofocus accesskey=k>",
        "<p ping=//x>",
        "<p srcset=//x>",
        "<base href=//x><p>",
        "<link rel=icon href=//x><meta charset=latin1><p>",
        "<!-- a --><p>",
        "<?php x ?><p>",
        "<![CDATA[x]]><p>",
        '<p "=1 <=2>',
    ],
)
def test_what_could_act_leaves_nothing_behind(html):
    """Of attributes and tags that load, act or only confuse."""
    assert _body(html) == "<p>"
    assert inert(html, {}).active == ()


def test_a_link_shows_where_it_leads_and_leads_nowhere():
    """Its target is its title, and is told."""
    url = "https://example.org/a?b=1&amp;c"
    made = inert(f'<a href="{url}" target=_blank>go</a>', {})
    assert made.html.endswith(f'<a data-leads-to="{url}" title="{url}">go</a>')
    assert made.links == ("https://example.org/a?b=1&c",)


def test_pictures_that_travel_with_the_letter_are_shown():
    """In a tag, a background and a style, whatever their content id looks like."""
    pictures = {"a b@x": DATA}
    html = (
        '<img src="cid:a%20b@x"><td background="CID:a b@x">'
        "<p style=\"background: url('cid:a%20b@x')\">"
    )
    made = inert(html, pictures)
    assert made.html.count(DATA) == 3
    assert (made.remote, made.missing) == ((), ())


def test_pictures_that_do_not_travel_with_it_are_told():
    """Something stands in their place."""
    made = inert("<img src=cid:gone><i style='background:url(cid:lost)'>", {})
    assert made.missing == ("gone", "lost")
    assert "not%20in%20this%20letter" in made.html


@pytest.mark.parametrize(
    "html",
    [
        "<img src=''><img src='https://x.example/a'>",
        "<p style='mask: url(#own) url() url(https://x.example/a)'>",
        "<img src='//x.example/a'>",
        "<input type=image src=https://x.example/a>",
        "<body background=https://x.example/a>",
        "<p style='background: URL( \"https://x.example/a\" )'>",
        "<style>@import 'https://x.example/a';</style>",
        "<style>@import url(https://x.example/a) screen;</style>",
        "<style>p { background: url(https://x.example/a) }</style>",
        "<link rel=stylesheet href=https://x.example/a>",
        "<svg><image xlink:href=https://x.example/a></svg>",
        "<video poster=https://x.example/a>",
    ],
)
def test_what_is_elsewhere_is_not_loaded_and_told(html):
    """Nothing of its address is left where a browser would look."""
    made = inert(html, {})
    assert [url.removeprefix("https:") for url in made.remote] == ["//x.example/a"]
    assert "x.example" not in made.html


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "/",
                "=",
                '"',
                "'",
                "!",
                "-",
                "a",
                "img",
                "script",
                "style",
                "src",
                "href",
                "url(",
                "http://x",
                "cid:a",
                "on",
                "svg",
                "template",
                "&",
                ";",
                "&lt;",
                "iframe",
                "@import",
                "x:y",
                "data:",
                "textarea",
                "title",
            ]
        )
        | st.text(max_size=3)
    ).map("".join)
)
def test_whatever_the_source_nothing_of_it_acts(html):
    """It is read to an end, and what is written is read again without a load."""
    made = inert(html, {}).html
    for token in tokens(made.partition("</style>")[2]):
        if token.kind == "start":
            assert token.name not in {"script", "iframe", "object", "base", "link"}
            names = dict(attributes(token.text))
            assert not [name for name in names if re.match("on|href|srcset", name)]
            assert not names.get("src", "data:").strip().lower().startswith("http")
