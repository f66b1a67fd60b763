"""checks/html.py: what a page shows, what it hides, and what stands in its source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.html import read_html
from safesend.checks.piece import Kind, Note, Piece

EVE = "eve@example.net"


def _pieces(source):
    return [one for one in read_html(source) if isinstance(one, Piece)]


@pytest.mark.parametrize(
    "source",
    [
        f"<p>{EVE}</p>",
        "<p>e<b>v</b>e@<i>example</i>.net</p>",
        "<p>eve&#64;example&period;net</p>",
        "eve<!-- -->@example.net",
        "<table><tr><td>a</td><td>eve@example.net</td></tr></table>",
    ],
)
def test_a_reader_sees_one_word(source):
    """Inline tags, comments and character references do not split it."""
    assert any(EVE in one.text for one in _pieces(source) if one.kind is Kind.TEXT)


@pytest.mark.parametrize(
    ("source", "kind", "place"),
    [
        (f"<a href='mailto:{EVE}'>x</a>", Kind.LINK, "link"),
        (f"<a href='mailto:a@b.cc?bcc={EVE}'>x</a>", Kind.LINK, "link"),
        (f"<img src='https://x.example/?{EVE}'>", Kind.LINK, "picture"),
        (f"<form action='/{EVE}'></form>", Kind.LINK, "form"),
        (f"<iframe src='//x.example/{EVE}'></iframe>", Kind.LINK, "frame"),
        (f"<style>@import url(//x.example/{EVE});</style>", Kind.LINK, "style"),
        (f"<img alt='{EVE}'>", Kind.MARKUP, "alt"),
        (f"<p data-x='{EVE}'>y</p>", Kind.MARKUP, "data-x"),
        (f"<!-- {EVE} -->", Kind.MARKUP, "comment"),
        (f"<style>/* {EVE} */</style>", Kind.MARKUP, "style"),
        (f"<script>let a = '{EVE}'</script>", Kind.MARKUP, "script"),
    ],
)
def test_everything_in_the_source_is_a_piece(source, kind, place):
    """With what it is and where it stands."""
    found = [one for one in _pieces(source) if EVE in one.text and one.kind is kind]
    assert any(place in one.place for one in found)


@pytest.mark.parametrize(
    "source",
    [
        f"<p style='display:none'>{EVE}</p>",
        f"<div hidden>{EVE}</div>",
        f"<span style='font-size:0'>{EVE}</span>",
        f"<template>{EVE}</template>",
        f"<!--[if mso]><p>{EVE}</p><![endif]-->",
    ],
)
def test_what_is_not_shown_is_hidden_or_markup(source):
    """And is read all the same."""
    found = [one for one in _pieces(source) if EVE in one.text]
    assert found
    assert all(one.hidden or one.kind is not Kind.TEXT for one in found)


def test_lines_are_those_of_the_source():
    """So that a person finds them."""
    [one] = [
        one for one in _pieces(f"<p>a</p>\n<p>b</p>\n<p>{EVE}</p>") if EVE in one.text
    ]
    assert one.where() == "html, line 3"


@given(st.text(max_size=500))
def test_any_text_is_read_to_its_end(source):
    """No exception."""
    for found in read_html(source):
        assert isinstance(found, Piece | Note)


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<!--",
                "-->",
                "<a href='",
                "'>",
                "<style>",
                "</style>",
                "<![CDATA[",
                "]]>",
                "<",
                ">",
                "&#64;",
                "&",
                "x",
                "\n",
                "<td",
                "=",
                '"',
            ]
        ),
        max_size=40,
    )
)
def test_any_markup_is_read_to_its_end(parts):
    """Opened, closed or torn."""
    for found in read_html("".join(parts)):
        assert isinstance(found, Piece | Note)


@pytest.mark.parametrize(
    "bit",
    ["<", "<p>", "<a href='", "<!--", "<style>", "&#64;", "<p hidden>", "a\n", "</"],
)
def test_time_is_linear(bit):
    """Whatever is repeated."""
    assert is_linear(lambda text: list(read_html(text)), bit)
