import time
import timeit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safesend.message.html_to_text import html_to_text, rendered_to_text

CASES = [
    ("", ""),
    ("just text", "just text\n"),
    ("<p>one</p><p>two</p>", "one\n\ntwo\n"),
    ("<p>one<p>two", "one\n\ntwo\n"),
    ("<h1>Title</h1>\n<p>Text\n  goes   on.</p>", "Title\n\nText goes on.\n"),
    ("<div>a</div><div>b</div>", "a\nb\n"),
    ("a<br>b<br/>c<BR />d", "a\nb\nc\nd\n"),
    ("a<br><br><br><br>b", "a\n\nb\n"),
    ("<b>bo</b>ld <i>and</i> <u>so</u>", "bold and so\n"),
    ("a<hr>b", f"a\n\n{'-' * 20}\n\nb\n"),
    ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
    ("<ul><li>a<li>b</ul>", "- a\n- b\n"),
    ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n"),
    ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b\n"),
    ("<ol start=x><li>a</ol>", "1. a\n"),
    ("<li>alone", "- alone\n"),
    (
        "x<ul><li>a<ol><li>b<li>c</ol><li>d</ul>y",
        "x\n\n- a\n  1. b\n  2. c\n- d\n\ny\n",
    ),
    ("<ul><li>a<br>b</ul>", "- a\n  b\n"),
    ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b\n"),
    ("<ol><li><blockquote>a<li>b</ol>c", "1. > a\n   > 2. b\n\nc\n"),
    ("<blockquote>a<p>b</blockquote>c", "> a\n\n> b\n\nc\n"),
    ("</ul></li></p></blockquote>a</ol>", "a\n"),
    ("<ul><li>a</ol><li>b</ul>", "- a\n\n- b\n"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>", "a | b\nc | d\n"),
    ("<table><tr>\n<td>a</td>\n<td></td>\n<td>b</td>\n<td></tr></table>", "a | | b\n"),
    ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\n\nb\n"),
    ('<a href="https://example.org/x">here</a>.', "here (https://example.org/x).\n"),
    ("<a href='https://example.org'>https://example.org</a>", "https://example.org\n"),
    (
        "<a href=https://example.org/?a=1&amp;b=2>x</a>",
        "x (https://example.org/?a=1&b=2)\n",
    ),
    ("<a href=' https://example.org/a\n b '>x</a>", "x (https://example.org/a%20b)\n"),
    ('<a href="mailto:a@example.org?subject=x">a@example.org</a>', "a@example.org\n"),
    ('<a href="mailto:a@example.org">write</a>', "write (a@example.org)\n"),
    ('<a href="tel:+49123">call</a>', "call (+49123)\n"),
    ('<a href="#top">up</a> <a href="JavaScript:x()">go</a> <a>a</a>', "up go a\n"),
    ('<a href="https://example.org"></a>', "https://example.org\n"),
    ('<a href="x:1">one<a href="x:2">two', "one (x:1)two (x:2)\n"),
    ('<a href="x:1"><p>one</p></a><p>two</p>', "one (x:1)\n\ntwo\n"),
    ('<a href="x:1"><img alt="Shop" src=y></a>', "Shop (x:1)\n"),
    ('a<img alt="a  picture">b<img>c<img alt="">d', "a a picture b c d\n"),
    ("<pre>\n  a\n\n    b</pre>c", "  a\n\n    b\n\nc\n"),
    ("<pre>a<b>\n</b>b</pre>", "a\nb\n"),
    ("</pre>a  b", "a b\n"),
    ("<p>a &lt;b&gt; &amp; &eacute;&#33;&#x21;&nbsp;c", "a <b> & é!! c\n"),
    ("&unknown; &amp", "&unknown; &\n"),
    ("<!-- no -->a<!-- <p>no</p> -->b", "ab\n"),
    ("a<!-->b<!--->c<!-- d --!>e", "abce\n"),
    ("a<!-- never closed <p>b</p>", "a\n"),
    ("<!DOCTYPE html><?xml x?><![CDATA[x]]>a", "a\n"),
    ("<![if !mso]>a<![endif]><!--[if mso]>b<![endif]-->", "a\n"),
    ("<head><title>no</title><meta charset=x>no</head>a", "a\n"),
    ("<head><title>no</title><body>a", "a\n"),
    ("<style>p{content:'<p>no</p>'}</style>a<script>if (a<b) no()</script>b", "ab\n"),
    ("a<STYLE>no</style >b<script>never closed", "ab\n"),
    ("<svg><text>no</text></svg><select><option>no</select>a", "a\n"),
    ('<p style="color:red; DISPLAY : none">no <b>no</b></p>a', "a\n"),
    ('<div style="display:none"><div>no</div>no</div>a', "a\n"),
    ('<span style="visibility: hidden">no</span>a<p hidden>no<p>b', "a\n\nb\n"),
    ('<span style="&#100;isplay:none">no</span>a', "a\n"),
    ("<br hidden>a<img hidden alt=no>b", "ab\n"),
    ("<div hidden>never closed <p>no", ""),
    ('<p title="a > b">c', "c\n"),
    ("<p class=it's>a</p>b", "a\n\nb\n"),
    ('<p title="never closed>a', ""),
    ("a < b <3 </ c <", "a < b <3\n"),
    ("<p", ""),
    ("<a href=x:1 href=x:2>a</a>", "a (x:1)\n"),
    ("<custom-tag>a</custom-tag>", "a\n"),
]

SOURCES = [
    ("<p>Dear {{ name }},</p>", "Dear {{ name }},\n"),
    (
        "<b>{{name}}</b>{% if a %} <i>x</i>{% endif %}",
        "{{name}}{% if a %} x{% endif %}\n",
    ),
    ("{# <p> #}a", "{# <p> #}a\n"),
    ("{{ a  <  b|join('<br>') }}", "{{ a  <  b|join('<br>') }}\n"),
    ('<a href="{{ url }}">{{ x }}</a>', "{{ x }} ({{ url }})\n"),
    ('<a href="{{ url }}">{{ url }}</a>', "{{ url }}\n"),
    ('<img alt="{{ x }}">', "{{ x }}\n"),
    ("{{ <b>never</b> closed", "{{ never closed\n"),
    ("{{ a }} {{ <b>x</b> {% <i>y</i>", "{{ a }} {{ x {% y\n"),
    ("<p hidden>{{ x }}</p>a", "a\n"),
    ("\ufdd00\ufdd1a{{ x }}", "0a{{ x }}\n"),
]

PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<ul>",
        "</ul>",
        "<ol>",
        "<li>",
        "</li>",
        "<blockquote>",
        "<br>",
        "</blockquote>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "<pre>",
        "</pre>",
        "<hr>",
        "<a href='x:y'>",
        "</a>",
        "<img alt=a>",
        "<!--",
        "-->",
        "<!",
        "<",
        ">",
        "&lt;",
        "<script>",
        "</script>",
        "<p hidden>",
        "<div style='display:none'>",
        "</div>",
        "<head>",
        "<body>",
        "'",
        '"',
        "=",
        "&",
        "&#",
        "a",
        " b ",
        "\n",
        "{{",
        "}}",
        "{%",
    ]
)


def seconds(html):
    """The least processor time of five tries: what else runs is left out."""
    return min(
        timeit.repeat(
            lambda: html_to_text(html), timer=time.process_time, number=1, repeat=5
        )
    )


@pytest.mark.parametrize(("html", "text"), CASES)
def test_html_reads_as_its_text(html, text):
    """What a person would read, in order, line by line."""
    assert rendered_to_text(html) == text
    assert html_to_text(html) == text


@pytest.mark.parametrize(("html", "text"), SOURCES)
def test_placeholders_stay_as_they_are_written(html, text):
    """Whatever stands in them, and however often."""
    assert html_to_text(html) == text


def test_in_finished_html_braces_mean_nothing():
    """A value cannot make the converter keep a tag as text."""
    assert rendered_to_text("{{ <b>a</b> &lt; }}") == "{{ a < }}\n"


def test_a_reference_of_thousands_of_digits_stays_as_it_is():
    """Python's int() refuses to read so many."""
    html = f"a&#{'9' * 5000};"

    assert rendered_to_text(html) == f"{html}\n"


@given(st.text() | st.lists(PIECES).map("".join))
@example("<![foo")
@example("<!doctype [")
def test_no_html_is_too_broken(html):
    """It never raises, and what it gives has no loose ends."""
    for text in (html_to_text(html), rendered_to_text(html)):
        assert text == "" or text.strip("\n") + "\n" == text
        assert all(line.rstrip(" \t") == line for line in text.split("\n"))


@given(st.lists(st.sampled_from(["a", "b c", "é", "<", "&", '"', ">", "'"])))
def test_escaped_text_comes_back(words):
    """Words that are escaped and put into paragraphs are the words of the text."""
    from markupsafe import escape

    html = "".join(f"<p>{escape(word)}</p>" for word in words)

    assert html_to_text(html) == "\n\n".join(words) + "\n" * bool(words)


@pytest.mark.parametrize(
    "bit",
    [
        "<!--",
        "<a ",
        "</",
        "&",
        "<![",
        "<?",
        "<a x='",
        '<a x="',
        "<a x=",
        "{{",
        "{%",
        "<ul><li>x",
        "<ol>",
        "</ul>",
        "<blockquote>x",
        "<td>",
        "<tr><td>x",
        "<pre>\n",
        " ",
        "<a href=x>y",
        "<p hidden>",
        "<div hidden>",
        "<script",
        "<script>",
        "&#",
        "<style></",
        "= ",
        "<a b c d",
        "<a\n",
        "<b '",
        "--",
        "<pre> ",
        "<hr>x",
        "<br>",
    ],
)
def test_the_time_is_linear_in_the_html(bit):
    """Eight times the html takes about eight times as long, not sixty-four times."""
    short, long = seconds(bit * 4_000), seconds(bit * 32_000)

    assert long < 30 * max(short, 0.002)
