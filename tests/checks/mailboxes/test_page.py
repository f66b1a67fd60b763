"""checks/mailboxes/page.py: the html as its author wrote it, with its lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.mailboxes.page import CHOSEN, FILLED, read_page, readable

SOURCE = """<p>Dear {{
 name }}, &amp;c. <
<a HREF='{{ url }}?a&amp;b' href=x title="{% if a %}b{% endif %}">the <b>link</b>
 is</a> <!-- <i> --> <style>
p{}</style><script>var x</script><a name=y>open<a>second
"""


def test_elements_have_their_lines_and_attributes():
    """Of two attributes of one name the first counts; placeholders are one sign."""
    page = read_page(SOURCE)
    assert [(one.name, one.line) for one in page.elements] == [
        ("p", 1),
        ("a", 3),
        ("b", 3),
        ("style", 4),
        ("script", 5),
        ("a", 5),
        ("a", 5),
    ]
    link = page.elements[1]
    assert link.said == {"href": f"{FILLED}?a&b", "title": f"{CHOSEN}b{CHOSEN}"}
    assert link.written["href"] == "{{ url }}?a&amp;b"
    assert link.where == "html, line 3"
    assert [one.text for one in page.named("a")] == ["the link is", "open", "second"]
    assert page.sheets == ((4, "\np{}"),)
    assert readable(page.text).startswith("Dear {{...}}, &c. <")


def test_braces_of_a_literal_page_are_text():
    """Jinja2 has no say in it."""
    assert read_page("<p>{% {{ x", literal=True).text == "{% {{ x"


@given(st.text("<>/a=\"'!- \n&"))
def test_nothing_is_too_odd_for_it(source):
    """Whatever an author left in it."""
    page = read_page(source, literal=True)
    assert all(1 <= one.line <= source.count("\n") + 1 for one in page.elements)
