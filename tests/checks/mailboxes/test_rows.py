"""checks/mailboxes/rows.py: a letter is looked at once, rows as little as may be."""

from __future__ import annotations

from checks.mailboxes.letters import composed, letter
from safesend import Campaign, Recipient, Template
from safesend.checks.mailboxes.rows import Suitability
from safesend.errors import Severity


def test_the_letter_is_looked_at_once():
    """In the order of the manual."""
    found = Suitability(letter("<html><a href=''>a</a>", subject="A LONG SUBJECT"))
    assert [leak.check for leak in found.shared()] == ["M03", "M04", "M10"]


def test_what_was_said_of_one_row_is_not_said_of_the_next():
    """One warning for each kind and place, with the row where it was met."""
    suits = Suitability(letter("<a href='{{ a }}'>x</a><a href='{{ b }}'>y</a>"))
    row = composed(suits.letter, a="www.example.org", b="https://example.org")
    [leak] = suits.row(row)
    assert (leak.check, leak.severity, leak.place) == (
        "M04",
        Severity.WARN,
        "html, line 1",
    )
    assert suits.row(row) == []
    [other] = suits.row(composed(suits.letter, a="x", b="y"))
    assert "{{ b }}" in other.reason


def campaign(**more):
    people = [Recipient(f"p{n}@example.net", url="www.a.example") for n in range(50)]
    template = Template("Hello", html="<html><a href='{{ url }}'>The news of today</a>")
    return Campaign(
        name="spring",
        sender="news@example.org",
        template=template,
        audience=people,
        **more,
    )


def test_a_rehearsal_warns_and_is_in_order():
    """Whatever the letter is like, nothing of it holds up a mailing."""
    rehearsal = campaign().rehearse()
    assert rehearsal.ok
    assert [leak.check for leak in rehearsal.warnings] == ["M10", "M04"]
    report = campaign().send("memory:", ledger=":memory:")
    assert report.accepted == 50
    assert [leak.check for leak in report.warnings] == ["M10", "M04"]


def test_an_advice_can_be_silenced_for_a_reason():
    """Everywhere, or in a place; what was silenced is counted."""
    allow = ["M10: only pieces of the page are in French", "M04: they are tested"]
    rehearsal = campaign(allow=allow).rehearse()
    assert rehearsal.warnings == ()
    assert list(rehearsal.allowed.values()) == [1, 1]
