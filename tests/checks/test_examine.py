"""checks/examine.py: a reading is put to every check, and leaks are sorted."""

from __future__ import annotations

from safesend.checks.allowance import Allow
from safesend.checks.circle import EVERYBODY
from safesend.checks.examine import Judgement, examine
from safesend.checks.gather import gather
from safesend.checks.piece import Note, NoteKind, Piece
from safesend.checks.reading import Reading
from safesend.errors import Leak, Severity
from safesend.message.recipient import Recipient

CIRCLE = gather([Recipient("ada@example.net"), Recipient("bo@example.net")], [])


def test_every_check_looks():
    """Another recipient, and a hidden sheet."""
    reading = Reading.of(
        [
            Piece(unit="attachment 'a.xlsx'", text="bo@example.net"),
            Note(unit="attachment 'a.xlsx'", kind=NoteKind.HIDDEN, what="a sheet"),
        ]
    )
    found = {leak.check for leak in examine(reading, EVERYBODY, CIRCLE)}
    assert found == {"I3", "L23"}


def test_nothing_to_read_is_no_work():
    """Most messages differ from the others in nothing that could be told."""
    assert list(examine(Reading.of([]), EVERYBODY, CIRCLE)) == []


def test_leaks_are_sorted():
    """What refuses, what warns (once for all rows), what was allowed (counted)."""
    allow = Allow("L23", "formulas", place="a.xlsx")
    judgement = Judgement([allow])
    hidden = Leak("L23", "attachment 'a.xlsx'", "a sheet is hidden")
    warning = Leak("L16", "html", "loads a picture", "m.csv:2", Severity.WARN)
    again = Leak("L16", "html", "loads a picture", "m.csv:3", Severity.WARN)
    foreign = Leak("I3", "text", "holds another's address")
    refused = [
        leak
        for leak in (hidden, warning, again, foreign, hidden)
        if judgement.take(leak)
    ]
    assert refused == [foreign]
    assert list(judgement.warnings.values()) == [warning]
    assert judgement.allowed == {allow: 2}


def test_a_thousand_warnings_are_kept():
    """And no more, whatever a list of a million brings."""
    judgement = Judgement()
    for number in range(1100):
        judgement.take(Leak("L16", f"place {number}", "x", "", Severity.WARN))
    assert len(judgement.warnings) == 1000


def test_what_is_allowed_silences_a_warning_and_is_missed_when_idle():
    """An allowance for a file that is gone would let another one pass."""
    used, idle = Allow("L16", "our own server"), Allow("L23", "x", place="old.xlsx")
    judgement = Judgement([used, idle])
    warning = Leak("L16", "html", "loads a picture", "m.csv:2", Severity.WARN)
    assert not judgement.take(warning)
    assert (judgement.warnings, judgement.allowed) == ({}, {used: 1})
    [unused] = judgement.unused()
    assert (unused.check, unused.place) == ("L23", "old.xlsx")
    assert unused.severity is Severity.WARN
