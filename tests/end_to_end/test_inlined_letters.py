"""A letter with its styles in place looks in a browser as it did before."""

from __future__ import annotations

import random

import pytest

from safesend import Template
from safesend.errors import TemplateError

pytestmark = pytest.mark.server

COMPUTED = """
return [...document.body.querySelectorAll("*"), document.body].map(one => {
  const style = getComputedStyle(one);
  return [one.tagName, ...[...style].map(
    name => name + "=" + style.getPropertyValue(name))];
});
"""
ROW = {"name": "Ada", "colour": "teal", "a": True, "rows": ["1", "2", "3"]}

NEWSLETTER = """<!DOCTYPE html><html lang="en"><head><style>
/* the usual */
body { margin: 0; font: 16px/1.5 "DejaVu Sans", sans-serif; color: #222 }
h1, h2 { margin: 0 0 .5em } h1 { color: navy !important; font-size: 30px }
#main > p + p { text-indent: 2em } p:not(.lead) { color: #333 }
.lead { font-weight: bold; margin-left: 1em } p { margin: 10px }
a { color: green; text-decoration: none } a:hover { color: red }
table td { padding: 3px 5px; border: 1px solid #ccc } td[align=right] { color: gray }
.button a { background: #060; padding: 1em } .none { color: pink }
@media (max-width: 600px) {
  h1 { font-size: 20px; color: maroon !important }
  .lead { font-weight: normal; margin: 0 }
  td { padding: 0; display: block }
}
@media print { a { color: black } }
</style></head><body>
<h1>News for {{ name }}</h1><div id="main"><p class="lead">One</p>
<p style="color: {{ colour }}">Two <a href="https://example.org">here</a></p>
<p style='color: red; margin-top: 7px'>Three</p></div>
<table><tr><td>a</td><td align="right">b</td></tr></table>
<div class="button"><a href="https://example.org" style="padding:2em">Go</a></div>
</body></html>"""

RULES = [
    "p { margin: 3px; color: red; top: 1px }",
    "p { margin-top: 9px }",
    ".k { color: blue; font-weight: bold }",
    "div .k { color: lime !important }",
    "div > p.k { border: 1px solid; border-top-width: 4px }",
    "#i { padding: 2px; color: olive }",
    "b, i { font-size: 20px }",
    "p b { font-size: 12px; color: inherit }",
    "@media (max-width: 600px) { p { top: 3px } .k { margin: 0; font-weight: 300 } }",
    "@media (max-width: 600px) { @supports (top: 0) { #i { padding: 8px } } }",
    "* { letter-spacing: 1px }",
    "p::before { content: '-'; color: teal }",
    "a:link { color: gray }",
]


def _element(chance, depth):
    name = chance.choice(["p", "div", "b", "i"] if depth else ["div", "p"])
    said = chance.choice(
        ["", "", ' class="k"', " style='color: {{ colour }}'", ' style="padding: 1px"']
    )
    if name == "div" and depth < 3:
        inner = [_element(chance, depth + 1) for _ in range(chance.randint(1, 3))]
    else:
        inner = [chance.choice(["{{ name }}", "<b>x</b>", "<a href='#'>y</a>"])]
    text = f"<{name}{said}>{''.join(inner)}</{name}>"
    logic = chance.choice(["{}", "{}", "{{% if a %}}{}{{% endif %}}"])
    return logic.format(text)


def _letter(seed):
    chance = random.Random(seed)
    rules = chance.sample(RULES, 6)
    body = "".join(_element(chance, 0) for _ in range(4))
    return f"<style>{' '.join(rules)}</style><div id=i class=k>{body}</div>"


LETTERS = [NEWSLETTER, *map(_letter, range(12))]


@pytest.mark.parametrize("source", LETTERS, ids=range(len(LETTERS)))
def test_every_element_has_the_style_that_it_had(source, browser, tmp_path):
    """On a desk, on a phone and on paper; and all that is shown is the same."""
    seen = {}
    for inlined in (False, True):
        template = Template("News", text="News", html=source, inline_css=inlined)
        file = tmp_path / f"{inlined}.html"
        file.write_text(template.parts["html"].render(ROW), "utf-8")
        for width, printed in ((1280, False), (360, False), (1280, True)):
            page = browser.open(file, width=width, printed=printed)
            seen[inlined, width, printed] = page.run(COMPUTED)
    for width, printed in ((1280, False), (360, False), (1280, True)):
        before, after = seen[False, width, printed], seen[True, width, printed]
        for one, other in zip(before, after, strict=True):
            assert set(one) ^ set(other) == set()


def test_a_letter_whose_elements_cross_is_refused():
    """A browser makes two elements of one there."""
    with pytest.raises(TemplateError, match="another order"):
        Template(
            "x",
            html="<style>b{top:0} p b{top:1px}</style><b>a<p>b</b>c</p>",
            inline_css=True,
        )
