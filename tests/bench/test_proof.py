"""The sink that reads refuses whoever does less, or shows people to each other."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from benchmarks import letter
from benchmarks.contenders import stdlib
from benchmarks.core.proof import faults
from benchmarks.core.sinks import run_sink

Kept = tuple[list[bytes], bytes]
Change = Callable[[EmailMessage], None]


def _kept(number: int, change: Change | None = None) -> Kept:
    message = stdlib.message(number)
    if change:
        change(message)
    return [letter.row(number)[0].encode()], message.as_bytes()


def _replaced(name: str, value: str) -> Change:
    def change(message: EmailMessage) -> None:
        del message[name]
        message[name] = value

    return change


def _without_html(message: EmailMessage) -> None:
    del message.get_payload()[1]


def test_one_message_each_is_right() -> None:
    """Nothing is said of a sender who does what all are asked to do."""
    assert faults([_kept(number) for number in range(5)], 5, 2) == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (_kept(0, _replaced("To", "person0@example.org, eve@example.org")), "To shows"),
        (_kept(0, _replaced("Cc", "eve@example.org")), "To shows"),
        (_kept(0, _replaced("To", "eve@example.org")), "To shows"),
        (_kept(0, _replaced("Message-ID", "")), "no Message-ID"),
        (_kept(0, _replaced("Subject", "Hello")), "a subject is not"),
        (_kept(0, _without_html), "its parts are text/plain"),
        (
            ([b"person0@example.org", b"b@example.org"], b"To: b\r\n\r\n"),
            "2 recipients",
        ),
        (([b"b@example.org"], _kept(0)[1]), "not of the list"),
        (_kept(1), "people got nothing"),
    ],
)
def test_what_is_wrong_is_said(message: Kept, said: str) -> None:
    """Each fault has its own words, which the page shows."""
    assert any(said in fault for fault in faults([message], 1, 2))


def test_values_of_another_are_seen() -> None:
    """A letter that was rendered once for all is not one for each."""
    first = _kept(0)[1]
    second = first.replace(b"person0@", b"person1@")
    found = faults([([b"person1@example.org"], second)], 2, 2)
    assert any("subject" in fault for fault in found)


def test_twice_is_too_often() -> None:
    """Neither a Message-ID nor a person may come again."""
    found = faults(
        [_kept(0), _kept(0, _replaced("Message-ID", "<1@example.org>"))], 1, 2
    )
    assert found == ["somebody got two messages"]
    again = _replaced("Message-ID", "<1@example.org>")
    assert faults([_kept(0, again), _kept(1, again)], 2, 2) == [
        "a Message-ID is used again"
    ]


def test_text_alone_is_enough_where_that_is_told() -> None:
    """A mailer that knows no HTML is measured as such."""
    plain = EmailMessage()
    for name in "To", "Subject", "Message-ID":
        plain[name] = stdlib.message(0)[name]
    plain.set_content(letter.filled(letter.TEXT, letter.fields(0)))
    message = ([b"person0@example.org"], plain.as_bytes())
    assert faults([message], 1, 1) == []
    assert faults([message], 1, 2) == ["its parts are text/plain"]


def test_a_sink_tells_at_its_end_what_was_wrong(tmp_path: Path) -> None:
    """Over the wire it is the same: two people of one message are seen."""
    people = ["person0@example.org", "person1@example.org"]
    with (
        run_sink("checking", tmp_path, "--people", "2") as sink,
        smtplib.SMTP("127.0.0.1", sink.port, local_hostname="localhost") as client,
    ):
        client.sendmail("office@example.org", people, stdlib.octets(0)[1])
    told = sink.told()
    assert told["messages"] == 1
    assert told["faults"] == ["a message has 2 recipients on the wire"]
