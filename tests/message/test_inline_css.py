"""message/inline_css.py: styles move into tags, and nothing else of a letter moves."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend import Template
from safesend.errors import TemplateError
from safesend.message.inline_css import inline_css

LETTER = """{# spring #}<!doctype html>
<html lang=en><head><title>x</title><style>
  p, a:hover { color: red; font-family: "A B", serif }
  .big { font-size: 20px !important }
  @media (max-width:600px) { .big { font-size: 30px !important } }
  #outlook a { padding: 0 }
</style></head><body>
<p class='big' style="top: {{ x }}px;">Hello {{ name }} &amp; "you"</p>
<p style='left:1px'>{% if a %}<b>{{ x|upper }}</b>{% else %}<i>n</i>{% endif %}</p>
"""
INLINED = """{# spring #}<!doctype html>
<html lang=en><head><title>x</title><style>
  a:hover { color: red; font-family: "A B", serif }
  
  @media (max-width:600px) { .big { font-size: 30px !important } }
  #outlook a { padding: 0 }
</style></head><body>
<p class='big' style="color: red; font-family: 'A B', serif; top: {{ x }}px; font-size: 20px">Hello {{ name }} &amp; "you"</p>
<p style='color: red; font-family: &#39;A B&#39;, serif; left:1px'>{% if a %}<b>{{ x|upper }}</b>{% else %}<i>n</i>{% endif %}</p>
"""  # noqa: E501, W293


def test_a_letter_is_inlined():
    """Its own style counts more, !important more still; what moves later stays."""
    assert inline_css(LETTER) == INLINED


def test_it_says_the_same_a_second_time():
    """What is left in the sheet fits nothing."""
    assert inline_css(INLINED) == INLINED


CASES = {
    "<p>a": "<p>a",
    "<style>p{a:b}</style><p>c": '<style></style><p style="a: b">c',
    '<style>p{a:"b"}</style><p style="">c': "<style></style><p style=\"a: 'b'\">c",
    "<style>b{a:b}</style><p>c": "<style>b{a:b}</style><p>c",
    "<style>html{a:b}</style><html>c": "<style>html{a:b}</style><html>c",
    "<style media=print>p{a:b}</style><p>": "<style media=print>p{a:b}</style><p>",
    "<style type=x>p{a:b}</style><p>": "<style type=x>p{a:b}</style><p>",
    "<style type=text/css media=screen>p{a:b}</style><p>": (
        '<style type=text/css media=screen></style><p style="a: b">'
    ),
    "<style>p{a:b}</style><!--[if mso]><p><![endif]--><P/>": (
        '<style></style><!--[if mso]><p><![endif]--><P style="a: b"/>'
    ),
    "<style>p{a:b}</style><p>{{ c|safe }}": (
        '<style>p{a:b}</style><p style="a: b">{{ c|safe }}'
    ),
    "<style>[title]{a:b}</style><p title='{{ c }}'>": (
        "<style></style><p style=\"a: b\" title='{{ c }}'>"
    ),
    "<style>p\n,i\n{a:b}</style><p>": '<style>\n\ni {a:b}</style><p style="a: b">',
    "<style>{% raw %}p{a:b}{% endraw %}</style><p>": (
        '<style>{% raw %}{% endraw %}</style><p style="a: b">'
    ),
    "<style>p::after,p[style]{a:b}</style><p>": (
        "<style>p::after,p[style]{a:b}</style><p>"
    ),
    "<style>p{a:url(x?a&b)}</style><p>": '<style></style><p style="a: url(x?a&amp;b)">',
}


@pytest.mark.parametrize(("source", "wanted"), CASES.items(), ids=CASES)
def test_each_rule_goes_where_it_belongs(source, wanted):
    """To the elements that it fits, or nowhere; a line stays the same line."""
    assert inline_css(source) == wanted
    assert source.count("\n") == wanted.count("\n")


def test_what_stays_counts_as_much_as_before():
    """It loses against a style of the letter's own, and against no other."""
    sheet = (
        "<style>p{{}} @media x{{p{{a:c{}}} b{{a:c}}}} p:hover{{a-f:g{};d:e}}</style>"
    )
    rule = sheet.replace("p{{}}", "p{{a:b}}", 1)
    gone = sheet.replace("p{{}}", "", 1)
    loud = gone.format(" !important", " !important")
    assert inline_css(rule.format("", "") + "<p>") == f'{loud}<p style="a: b">'
    own = inline_css(rule.format("", "") + "<p style='a:d'>")
    assert own == gone.format("", "") + "<p style='a: b; a:d'>"


def test_sheets_for_some_media_count_as_well():
    """Unless a row has a say in them."""
    more = "<style media=x>p{a:c%s}</style><style media=y>p{a:{{ d }}}</style><p%s>"
    assert inline_css("<style>p{a:b}</style>" + more % ("", "")) == (
        "<style></style>" + more % (" !important", ' style="a: b"')
    )


def test_braces_of_a_literal_letter_are_text():
    """They are no placeholders there."""
    source = "<style>p{a:b}</style><p>{{ c }} {% d"
    assert (
        inline_css(source, literal=True)
        == '<style></style><p style="a: b">{{ c }} {% d'
    )


REFUSED = {
    "<style>\np{a:{{ b }}}</style><p>": (2, "in <style>"),
    '<style>p{a:b}</style>\n\n<p class="{{ c }}">': (3, "class"),
    "<style>p{a:b}</style><p {{ c }}>": (1, "attribute"),
    "<style>p{a:b}</style><p {% if c %}title=d{% endif %}>": (1, "attribute"),
    "<style>p{a:b}</style>{% if c %}<p>{% endif %}": (1, "branch"),
    "<style>p+p{a:b}</style>{% if c %}<p></p>{% endif %}": (1, "'p+p'"),
    "<style>\nli:nth-child(2){a:b}</style>{{ c|safe }}": (2, "nth-child"),
    "<style>[title^=x]{a:b}</style><p title='{{ c }}'>": (1, "[title^=x]"),
    "\n<link rel='StyleSheet' href=x.css>": (2, "<link>"),
    "<style>@import 'x.css';</style>": (1, "@import"),
    "<style>b{a:b} p b{c:d}</style><b><p>x</b>y</p>": (1, "order"),
    "<style>p{a:b}</style><p style=c:d>": (1, "quotes"),
    "<style>p{content:'{'}</style><p>": (1, "brace"),
}


@pytest.mark.parametrize("source", REFUSED)
def test_a_style_that_a_row_could_change_is_refused(source):
    """The error names the line."""
    line, words = REFUSED[source]
    with pytest.raises(TemplateError) as caught:
        inline_css(source)
    assert (caught.value.part, caught.value.line) == ("html", line)
    assert words in str(caught.value)


def test_a_template_is_what_was_made_of_it():
    """Its digest is that of the result, and a copy of it is the same."""
    source = "<style>p{a:b}</style><p>{{ c }}</p>"
    template = Template("s", html=source, inline_css=True)
    assert template.html == '<style></style><p style="a: b">{{ c }}</p>'
    assert template.digest() == Template("s", html=template.html).digest()
    assert template.digest() != Template("s", html=source).digest()
    assert pickle.loads(pickle.dumps(template)) == template
    assert Template("s", text="t", inline_css=True).html is None


def test_what_is_wrong_with_the_source_is_said_first():
    """As without inlining."""
    with pytest.raises(TemplateError, match="html, line 2"):
        Template("s", html="<style>p{a:b}</style>\n{% if %}", inline_css=True)


NAMES = ["p", "b", "td", "div"]
TEXTS = [
    "{{ x }}",
    "{%- if a -%} u {% else %}v{% endif %}",
    "{% for r in rows %}<b class=k>{{ r }}</b>{% endfor %}",
    "{# c #}",
    "{% raw %}{ q }{% endraw %}",
    " &amp; <br> ",
    "{{ '<>' }}",
    "<!-- <p> -->",
]
ATTRIBUTES = [
    "",
    ' class="k"',
    " id=i",
    " style='e: {{ x }}'",
    ' style="f: g;{% if a %} h: i{% endif %}"',
    " title='{{ x }}>'",
    " nowrap",
]
ELEMENTS = st.recursive(
    st.sampled_from(TEXTS),
    lambda inner: st.builds(
        lambda name, said, parts: f"<{name}{said}>{''.join(parts)}</{name}>",
        st.sampled_from(NAMES),
        st.sampled_from(ATTRIBUTES),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)
RULES = [
    "p{color:red}",
    ".k b, div > p{font:12px 'A'}",
    "#i{top:1px!important}",
    "b:hover{color:blue}",
    "@media print{p{color:blue}}",
    "td.k, .none{width:1px}",
    "/* c */",
]
ROWS = [
    {"x": "<&\"'", "a": True, "rows": ["1", "2"]},
    {"x": "y", "a": False, "rows": []},
]
STYLE = re.compile(
    r"""(\sstyle=("[^"]*"|'[^']*')|(?<=<style>).*?(?=</style>))""", re.DOTALL
)


@given(st.lists(ELEMENTS, max_size=4), st.lists(st.sampled_from(RULES), max_size=5))
def test_a_message_is_the_same_but_for_its_styles(parts, rules):
    """Whatever stands in a letter, and whatever a row makes of it."""
    source = f"<style>{' '.join(rules)}</style>{''.join(parts)}"
    plain = Template("s", text="t", html=source)
    try:
        inlined = Template("s", text="t", html=source, inline_css=True)
    except TemplateError as error:
        assert "ends in another order" in str(error)  # noqa: PT017
        return
    for row in ROWS:
        before, after = (one.parts["html"].render(row) for one in (plain, inlined))
        assert STYLE.sub("", before) == STYLE.sub("", after)
        for own in re.findall(r"e: [^']*|f: g", before):
            assert own in after
    assert plain.fields == inlined.fields
