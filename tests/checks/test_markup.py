import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.markup import attributes, looks_like_html, tokens, unescaped

CASES = [
    ("a<b>c", [("text", "", "a"), ("start", "b", ""), ("text", "", "c")]),
    ("<A Href=x/>", [("start", "a", " Href=x/")]),
    ("</P x>", [("end", "p", " x")]),
    ("a < b <3", [("text", "", t) for t in ("a ", "<", " b ", "<", "3")]),
    ("<a b='>' c=\">\">x", [("start", "a", " b='>' c=\">\""), ("text", "", "x")]),
    ("<p class=it's>x", [("start", "p", " class=it's"), ("text", "", "x")]),
    ("<!-- a > b -->x", [("comment", "", " a > b "), ("text", "", "x")]),
    ("<!-->x", [("comment", "", ""), ("text", "", "x")]),
    ("<!--->x", [("comment", "", "-"), ("text", "", "x")]),
    ("<!-- a --!>x", [("comment", "", " a "), ("text", "", "x")]),
    ("<!-- a", [("comment", "", " a")]),
    ("<![CDATA[a>b]]>x", [("cdata", "", "a>b"), ("text", "", "x")]),
    ("<!DOCTYPE html>", [("declaration", "", "!DOCTYPE html")]),
    ("<?php a ?>", [("declaration", "", "?php a ?")]),
    ("<!- a ->", [("declaration", "", "!- a -")]),
    ("</ a>", [("declaration", "", "/ a")]),
    (
        "<style>a<b></style >c",
        [
            ("start", "style", ""),
            ("raw", "style", "a<b>"),
            ("end", "style", " "),
            ("text", "", "c"),
        ],
    ),
    (
        "<title>a</titles></TITLE>",
        [("start", "title", ""), ("raw", "title", "a</titles>"), ("end", "title", "")],
    ),
    ("<script>a<b>", [("start", "script", ""), ("text", "", "a"), ("start", "b", "")]),
    ("", []),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_a_source_is_cut_into_tokens(source, expected):
    """As a browser cuts it, broken or not."""
    assert [(one.kind, one.name, one.text) for one in tokens(source)] == expected


def test_a_token_knows_where_it_begins_and_whether_it_ends():
    """The last tag of a source may be cut off."""
    found = list(tokens("ab<p>c<a href='x"))

    assert [one.offset for one in found] == [0, 2, 5, 6]
    assert [one.open for one in found] == [False, False, False, True]


def test_attributes_are_given_as_often_as_they_stand():
    """Names in lower case, values decoded, quotes of either kind or none."""
    text = " A=1 b='2' c = \"&lt;3\" d a=4 e=f=g/ x@y"

    assert list(attributes(text)) == [
        ("a", "1"),
        ("b", "2"),
        ("c", "<3"),
        ("d", ""),
        ("a", "4"),
        ("e", "f=g/"),
        ("x@y", ""),
    ]


def test_references_are_undone():
    """Also what the standard library refuses to read."""
    assert unescaped("a&#64;b&commat;&#x40;&copy") == "a@b@@©"
    assert (
        unescaped(f"a&#{'0' * 5000}64;b&#{'9' * 5000};&#x{'0' * 9}40;") == "a@b\ufffd@"
    )
    assert unescaped("a & b") == "a & b"


@pytest.mark.parametrize(
    ("text", "is_page"),
    [
        ("<html>", True),
        ("Hello <b>you</b>", True),
        ("<!doctype html>", True),
        ("<br/>", True),
        ("<ada@example.org>", False),
        ("a < b > c", False),
        ("<https://example.org>", False),
        ("a", False),
    ],
)
def test_a_page_is_told_by_its_tags(text, is_page):
    """Addresses and signs in angle brackets are none."""
    assert looks_like_html(text) is is_page


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<!--",
        "-->",
        "<!",
        "<",
        ">",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "'",
        '"',
        "=",
        " ",
        "a",
        "<a b=",
        "<![CDATA[",
        "]]>",
        "/",
        "&",
        "<?",
    ]
)


@given(st.text() | st.lists(PIECES).map("".join))
@example("<![foo")
def test_nothing_of_a_source_is_lost(source):
    """Each letter is in a token, and tokens stand one after the other."""
    found = list(tokens(source))

    assert [one.offset for one in found] == sorted(one.offset for one in found)
    kept = "".join(one.text + one.name for one in found).lower()
    assert kept.count("a") == source.lower().count("a") - source.count(
        "<![CDATA["
    ) * 0 or ("<![" in source)


@pytest.mark.parametrize(
    "bit",
    [
        "<",
        "<a ",
        "<!--",
        "<!--x",
        "<![CDATA[",
        "<style>",
        "<style>x</style>",
        "<a b='>",
        '<a b="',
        "=",
        "<a =",
        "</",
        "<?",
        "&#",
        "&",
        "&a",
        "&#0",
        "-",
        "--!",
        "]]",
    ],
)
def test_time_is_linear(bit):
    """In the length of a source, whatever stands there."""
    assert is_linear(lambda text: list(tokens(text)), bit)
    assert is_linear(lambda text: list(tokens(f"<!--{text}")), bit)
    assert is_linear(lambda text: list(attributes(text)), bit)
    assert is_linear(unescaped, bit)
    assert is_linear(looks_like_html, bit)
