"""What the guard tells whoever runs the tests."""

from __future__ import annotations

from pathlib import Path

import attrs

from safesend.testing.guard.judge import Seen, judge
from safesend.testing.guard.log import Sent
from safesend.testing.guard.place import Place
from safesend.testing.guard.telling import as_leak, sentence, told

HERE = Path(__file__)
PEOPLE = tuple(f"p{n}@example.org" for n in range(5))
LIST = b"From: c@example.org\r\nTo: p0@example.org, p1@example.org\r\n\r\nx\r\n"
ONE = b"From: c@example.org\r\nTo: c@example.org\r\nBcc: p1@example.org\r\n\r\nx\r\n"
LINE = Place(__file__, 1, "send")
NODE = "test_x.py::test_x"


def _seen(*sent: Sent) -> list[Seen]:
    return list(judge(sent).leaking)


def test_a_leak_says_where_what_to_whom_and_what_to_do() -> None:
    """Its first line is enough to go there, and no address stands in it."""
    text = told(_seen(Sent("smtplib", PEOPLE, LIST, LINE)), HERE.parent, NODE)
    assert text.splitlines()[:5] == [
        "test_telling.py:1 sends mail that shows people to one another",
        "",
        "test_telling.py:1, in send",
        '>   """What the guard tells whoever runs the tests."""',
        "through smtplib, to p…@example.org, p…@example.org, p…@example.org and 2 more",
    ]
    assert "  header To: 2 people see one another" in text
    assert "Send each person a message of their own" in text
    assert "pytest.mark.discloses" in text
    assert "p0@" not in text
    assert max(len(line) for line in text.splitlines()[6:]) < 90


def test_the_same_from_the_same_line_is_told_once() -> None:
    """A loop that leaks a hundred times is one fault."""
    sent = [Sent("smtplib", (one,), ONE, LINE) for one in PEOPLE]
    text = told(_seen(*sent), HERE.parent, NODE)
    assert text.count("test_telling.py:1, in send (4 times)\n") == 1
    assert text.count("test_telling.py:1, in send\n") == 1  # whom the header names
    assert text.count("Take the Bcc header out") == 1


def test_several_lines_are_counted() -> None:
    """The first is named, and all are told."""
    sent = [
        Sent("smtplib", PEOPLE, LIST, attrs.evolve(LINE, line=n)) for n in range(1, 4)
    ]
    head = told(_seen(*sent[:2]), HERE.parent, NODE).splitlines()[0]
    assert head.startswith("test_telling.py:1 and another line send mail")
    head = told(_seen(*sent), HERE.parent, NODE).splitlines()[0]
    assert head.startswith("test_telling.py:1 and 2 other lines send mail")


def test_without_a_line_the_test_is_named() -> None:
    """And without readers nobody."""
    text = told(_seen(Sent("smtplib", (), LIST)), HERE.parent, NODE)
    lines = text.splitlines()
    assert lines[0].startswith(f"somewhere in {NODE} sends mail")
    assert lines[2:4] == [f"somewhere in {NODE}", "through smtplib"]


def test_a_shared_message_is_a_sentence_or_a_leak() -> None:
    """As the run has it."""
    [seen] = judge([Sent("smtplib", PEOPLE, b"To: c@example.org\r\n\r\n")]).shared
    assert sentence(seen).startswith("one message goes to 5 people through smtplib.")
    text = told([as_leak(seen)], HERE.parent, NODE)
    assert "  the message: goes to 5 people as one message [L03]" in text


def test_an_unread_message_is_a_sentence_or_a_leak() -> None:
    """As the run has it."""
    [seen] = judge([Sent("smtplib", (), b"", trouble="TypeError")]).unread
    assert "what smtplib was given here could not be read" in sentence(seen)
    text = told([as_leak(seen)], HERE.parent, NODE)
    assert "  the message: could not be read (TypeError) [I6]" in text
