"""checks/mailboxes/advice.py: an advice explains itself, and warns."""

from __future__ import annotations

from checks.mailboxes.letters import letter
from safesend.checks.mailboxes.advice import Advice
from safesend.errors import Severity

DOC = """A thing (M99).

Why: because it
is so.

Source: a page.

What safesend does: it looks.

Way out: mend it.
"""


def test_it_is_made_of_its_docstring():
    """Each paragraph is one line."""
    advice = Advice.of(DOC, id="M99", look=lambda _: iter([("html", "is odd")]))
    assert (advice.title, advice.why, advice.source) == (
        "A thing",
        "Because it is so.",
        "A page.",
    )
    assert (advice.answer, advice.way_out) == ("It looks.", "Mend it.")
    [warning] = advice.warnings(letter())
    assert str(warning) == "html: is odd [M99]"
    assert (warning.severity, warning.advice) == (Severity.WARN, "Mend it.")


def test_it_works_without_docstrings():
    """Under python -OO it has no words."""
    assert Advice.of(None, id="M99", look=lambda _: iter(())).way_out == ""
