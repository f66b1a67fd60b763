from __future__ import annotations

import unittest
from email.message import EmailMessage

import pytest

from safesend import Allow, Recipient
from safesend.errors import ConfigurationError
from safesend.testing import Received, assert_private, make_envelopes

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"


def _letter(to: str, text: str = "Come!\n", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "o@x.example", to, "Come"
    for name, value in headers.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def _failure(messages: object, *args: object, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_private(messages, *args, **options)
    return str(caught.value)


def test_private_messages_pass() -> None:
    """Whatever made them."""
    assert_private(make_envelopes(3))
    assert_private([(ADA, _letter(ADA)), (BO, _letter(BO))])


def test_the_report_names_message_reader_place_and_way_out() -> None:
    """All that is wrong at once, no address in clear."""
    text = f"We meet at Bo's.\nAsk {BO}!\n"
    messages = [(ADA, _letter(ADA, text)), (BO, _letter(BO)), (CHEN, _letter(BO))]

    assert _failure(messages).splitlines() == [
        "2 of 3 messages are not private",
        "",
        "messages[0], to a\u2026@example.org",
        (
            "  text, line 2: holds the address of another recipient"
            " (b\u2026@example.com, recipient 2) [I3]"
        ),
        "    - Ask b\u2026@example.com!",
        "",
        "messages[2], to c\u2026@example.net",
        (
            "  header To: holds the address of another recipient (b\u2026@example.com,"
            " recipient 2) [I3]"
        ),
        "  header To: names somebody else than the reader of this message [L01]",
        "    - To: b\u2026@example.com",
        "    + To: c\u2026@example.net",
        "",
        "What to do:",
        (
            "  I3: Take the address out of the template, the file or the row that is"
            " named."
        ),
        "    If it is meant for all to see, as an office's is, declare it:",
        '    public=["office@example.org"].',
        "  L01: Write one message to each person. With safesend that is one row per",
        "    person; in another program use mail merge, and leave Cc empty.",
    ]


def test_several_recipients_in_one_transaction_fail() -> None:
    """Also when no header names them, as with blind copies."""
    octets = _letter("undisclosed-recipients:;")
    report = _failure([Received("o@x.example", (ADA, BO, CHEN), octets, True, None, 1)])

    assert report.startswith("1 of 1 message is not private\n")
    assert "messages[0], to a\u2026@example.org and 2 more\n" in report
    assert "  the envelope: names 3 people, and all of them got this one" in report
    assert "I1: Send each person a message of their own" in report


def test_an_envelope_that_names_no_mailbox_fails() -> None:
    """Alone, or beside another."""
    assert "to nobody" in _failure([Received("o@x.example", ("a@b",), b"", 1, None, 1)])
    both = [Received("o@x.example", ("a@b", ADA), _letter(ADA), True, None, 1)]
    assert "names 2 people" in _failure(both)
    assert "is no mailbox" in _failure(both)


def test_a_visible_list_fails_without_any_audience() -> None:
    """Of a message by itself its headers say whom it would go to."""
    report = _failure([_letter(f"{ADA}, {BO}", Cc=CHEN)])

    assert "header To: names 2 mailboxes" in report
    assert "header Cc: names people who get a copy" in report


def test_the_audience_has_people_who_got_nothing() -> None:
    """They may not be seen either."""
    message = (ADA, _letter(ADA, f"{CHEN} is out.\n"))

    assert_private([message])
    assert "recipient 1" in _failure([message], [CHEN])


def test_values_of_another_row_are_found() -> None:
    """Given rows, as the audience or beside their messages."""
    rows = [Recipient(ADA, account="1203-0000"), Recipient(BO, account="1203-0001")]
    swapped = _letter(ADA, "Your account is 1203-0001.\n")

    report = _failure([(ADA, swapped)], rows)
    assert "[L17]" in report
    assert "- Your account is 1203-0001." in report
    assert "[L17]" in _failure([(rows[0], swapped), (rows[1], _letter(BO))])
    assert_private([(ADA, _letter(ADA, "Your account is 1203-0000.\n"))], rows)


def test_public_and_allowed_pass() -> None:
    """As with inspect; so do its other settings."""
    both = [(ADA, _letter(ADA, f"Ask {BO}.\n")), (BO, _letter(BO))]
    assert_private(both, public=[BO])
    marks = [(ADA, _letter(ADA, "Dear {{ name }}\n"))]
    assert "[L37]" in _failure(marks)
    assert_private(marks, allow=[Allow("L37", "the letter is about templates")])
    short = [Recipient(ADA, no="A17"), Recipient(BO, no="B18")]
    numbers = [(ADA, _letter(ADA, "No B18\n"))]
    assert "[L17]" in _failure(numbers, short, private=["no"])


def test_no_messages_prove_nothing() -> None:
    """A test that sends nothing by mistake does not pass."""
    assert "nothing can be said" in _failure([])


def test_a_long_report_is_cut() -> None:
    """It counts what it leaves out."""
    lists = [f"{ADA}, {BO}"] * 13
    report = _failure([_letter(to) for to in lists])
    assert "13 of 13 messages are not private" in report
    assert "\n... and 3 more messages\n" in report
    headers = {f"X-{number}": BO for number in range(11)}
    report = _failure([(ADA, _letter(ADA, **headers))], [BO])
    assert "\n  ... and 1 more place\n" in report


def test_what_is_no_message_is_an_error_and_no_failure() -> None:
    """The test is wrong, not the program under test."""
    with pytest.raises(ConfigurationError):
        assert_private([ADA])


def test_unittest_counts_it_as_a_failure() -> None:
    """And shows the line of the test, not ours."""

    class Mailing(unittest.TestCase):
        def runTest(self) -> None:  # noqa: N802 - unittest's name
            assert_private([_letter(f"{ADA}, {BO}")])

    result = unittest.TestResult()
    Mailing().run(result)
    [(_, shown)] = result.failures
    assert result.errors == []
    assert "header To: names 2 mailboxes" in shown
    assert "testing/privacy.py" not in shown
