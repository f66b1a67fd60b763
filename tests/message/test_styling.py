"""message/styling.py: what css-inline says of the elements of a page."""

from __future__ import annotations

import subprocess
import sys

from safesend.message.styling import MARKER, NOT_WRITTEN, matched, styles

PAGE = f"<div {MARKER}=0 class=a><p {MARKER}=1>x</p><p {MARKER}=2 id=b>y</p></div>"


def test_each_element_has_its_style():
    """As the cascade has it: by weight, then by order; "" where it has none."""
    css = '#b{margin-top:5px} .a>p{margin:0;font-family:"A B"} p{color:red!important}'
    found = styles(PAGE, css + " p{color:blue}")
    assert found[0] == {""}
    [second] = found[2]
    assert "margin: 0" in second.partition("margin-top: 5px")[0]
    assert "red" in second
    assert "blue" not in second


def test_each_selector_has_its_elements():
    """Those that css-inline cannot read have none, and spoil no other."""
    found = matched(PAGE, ["p", ".a > #b", "p:unheard(x)", "table", "p:first-child"])
    assert found == {0: {1, 2}, 1: {2}, 4: {1}}


def test_an_element_in_two_pieces_has_two_styles():
    """Where tags cross, a browser makes two elements of one."""
    page = f"<b {MARKER}=0><p {MARKER}=1>x</b>y</p>"
    assert styles(page, "p b{color:red}")[0] == {"", "color: red;"}


def test_nothing_is_loaded(tmp_path):
    """Neither a file nor an address that a page names."""
    sheet = tmp_path / "x.css"
    sheet.write_text("p{color:red}")
    page = f"<link rel=stylesheet href='{sheet.as_uri()}'><p {MARKER}=1>x</p>"
    page += f"<link rel=stylesheet href='{sheet}'><style>p{{color:blue}}</style>"
    assert styles(page, f"@import '{sheet}';") == {1: {""}, NOT_WRITTEN: {""}}


def test_without_the_package_it_says_what_to_install():
    """css-inline is an extra, and imported when it is asked for."""
    code = (
        "import sys; sys.modules['css_inline'] = None\n"
        "from safesend import Template\n"
        "Template('a', html='<p>b</p>', inline_css=True)\n"
        "Template('a', html='<style>p{a:b}</style><p>b</p>', inline_css=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "pip install 'safesend[css]'" in done.stderr.splitlines()[-1]
