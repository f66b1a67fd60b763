"""checks/mailboxes/letter.py: a letter with its html taken apart."""

from __future__ import annotations

from checks.mailboxes.letters import letter


def test_a_letter_without_html_has_no_page():
    """With html it has one."""
    assert letter().page is None
    assert [one.name for one in letter("<p>{{ a }}</p>").page.elements] == ["p"]
    assert letter("<p>{% x", literal=True).page.text == "{% x"
