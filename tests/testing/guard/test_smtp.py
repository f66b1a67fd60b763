"""What goes out through smtplib, and through what is built on it."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

import safesend.smtplib
from safesend.testing import SmtpServer
from safesend.testing.guard.judge import Judgement, judge
from safesend.testing.guard.watch import MailWatch
from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

LETTERS = """
    import smtplib
    from email.message import EmailMessage
    from email.policy import SMTP

    import redmail

    PEOPLE = ["ada@example.org", "bo@example.com", "chen@example.net"]

    def letter(to, **more):
        message = EmailMessage(policy=SMTP)
        message["From"] = "The choir <choir@example.org>"
        message["To"] = to
        message["Subject"] = "The concert"
        for name, value in more.items():
            message[name] = value
        message.set_content("Do come!\\n")
        return message

    def all_in_to(port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.send_message(letter(", ".join(PEOPLE)))  # TO

    def bcc_on_the_wire(port):
        message = letter("ada@example.org", Bcc="bo@example.com, chen@example.net")
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("choir@example.org", PEOPLE, bytes(message))  # BCC

    def by_hand(port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.ehlo()
            client.mail("choir@example.org")
            for person in PEOPLE:
                client.rcpt(person)
            client.docmd("DATA")
            client.send(b"To: ada@example.org, bo@example.com\\r\\n\\r\\nCome!\\r\\n.\\r\\n")  # HAND
            client.getreply()

    def the_one_before(port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            for before, person in zip([None, *PEOPLE], PEOPLE):
                message = letter(person)
                message.set_content(f"After {before} it is your turn.\\n")
                client.send_message(message)  # BEFORE

    def one_by_one(port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            for person in PEOPLE:
                client.send_message(letter(person))

    def red(port, *people):
        sender = redmail.EmailSender(host="127.0.0.1", port=port, use_starttls=False)
        sender.send(  # RED
            subject="Concert", sender="choir@example.org", receivers=list(people),
            text="Do come!",
        )
    """  # noqa: E501 - a program of somebody else
TESTS = """
    import smtplib

    import letters
    import pytest

    from safesend.testing import SmtpServer


    @pytest.fixture
    def port():
        with SmtpServer() as server:
            yield server.port
            assert server.violations == []

    def test_all_in_to(port):
        letters.all_in_to(port)

    def test_bcc_on_the_wire(port):
        letters.bcc_on_the_wire(port)

    def test_by_hand(port):
        letters.by_hand(port)

    def test_the_one_before(port):
        letters.the_one_before(port)

    def test_red_mail(port):
        letters.red(port, *letters.PEOPLE)

    def test_safe(port):
        letters.one_by_one(port)

    def test_safe_red_mail(port):
        for person in letters.PEOPLE:
            letters.red(port, person)

    class Pretending(smtplib.SMTP):
        def sendmail(self, *args, **kwargs):
            return {}

    def test_a_pretending_subclass():
        Pretending().sendmail("a@example.org", letters.PEOPLE, b"To: a@x.org, b@x.org\\n\\n")  # OWN
    """  # noqa: E501 - a program of somebody else


def test_each_leak_fails_its_test_at_its_line(pytester: pytest.Pytester) -> None:
    """Whichever way smtplib is used, the line of the program that used it is named."""
    run = guarded(pytester, letters=LETTERS, test_letters=TESTS)
    expected = {
        "test_all_in_to": ("letters.py", "TO", "[L01]"),
        "test_bcc_on_the_wire": ("letters.py", "BCC", "[L02]"),
        "test_by_hand": ("letters.py", "HAND", "[L01]"),
        "test_the_one_before": ("letters.py", "BEFORE", "[I3]"),
        "test_red_mail": ("letters.py", "RED", "[L01]"),
        "test_a_pretending_subclass": ("test_letters.py", "OWN", "[L01]"),
    }
    assert run.failed == set(expected), run.output
    assert {told.when for told in run.tests.values()} == {"call"}
    for name, (file, mark, check) in expected.items():
        told = run.tests[name].text
        line = line_of(LETTERS if file == "letters.py" else TESTS, mark)
        assert told.startswith(f"{file}:{line} sends mail that shows people"), told
        assert check in told
        assert "through smtplib" in told
        assert "example.org" in told
        assert "ada@" not in told
        assert ">   client.send" in told or mark in told


PEOPLE = ["ada@example.org", "bo@example.com"]


def _letter(to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "choir@example.org", to
    message.set_content("Do come!\n")
    return message


def test_a_message_is_seen_as_it_goes_over_the_wire() -> None:
    """Its recipients are those of the envelope, and no dot is doubled."""
    with (
        SmtpServer() as server,
        MailWatch() as watch,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        client.sendmail("a@example.org", PEOPLE, "To: x\n\n.hidden\n")
        client.sendmail("a@example.org", "ada@example.org", b"To: y\r\n\r\n")
    seen = [(one.mailer, one.recipients, one.content) for one in watch.sent]
    assert seen == [
        ("smtplib", tuple(PEOPLE), b"To: x\r\n\r\n.hidden\r\n"),
        ("smtplib", ("ada@example.org",), b"To: y\r\n\r\n"),
    ]


def test_what_the_server_never_took_was_still_meant_to_be_sent() -> None:
    """A server's refusal does not make a leaking program a good one."""
    with SmtpServer() as server, MailWatch() as watch:
        server.reply("rcpt", "550 5.1.1 no such user")
        client = smtplib.SMTP("127.0.0.1", server.port)
        with client, pytest.raises(smtplib.SMTPRecipientsRefused):
            client.send_message(_letter(", ".join(PEOPLE)))
    [sent] = watch.sent
    assert sent.recipients == tuple(PEOPLE)
    assert b"Do come!" in sent.content


def test_after_a_refused_data_the_dialogue_goes_on() -> None:
    """What follows a DATA that was refused is no content."""
    with SmtpServer() as server, MailWatch() as watch:
        server.reply("data", "451 4.3.0 Later", times=1)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            with pytest.raises(smtplib.SMTPDataError):
                client.sendmail("a@example.org", PEOPLE, b"To: x\r\n\r\n")
            client.rset()
            client.sendmail("a@example.org", PEOPLE[:1], b"To: y\r\n\r\n")
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE), (PEOPLE[0],)]


def test_the_drop_in_is_private_unless_it_is_told_to_disclose() -> None:
    """It is seen on the wire: a message for each person, or a list that it shows."""
    letter = _letter(", ".join(PEOPLE))
    with (
        SmtpServer() as server,
        MailWatch() as watch,
        safesend.smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        client.send_message(letter)
        client.sendmail("choir@example.org", PEOPLE, letter.as_bytes())
        assert judge(watch.sent) == Judgement()
        client.send_message(letter, disclose=True)
    readers = [(person,) for person in PEOPLE]
    assert [one.recipients for one in watch.sent] == readers * 3
    assert [seen.sent for seen in judge(watch.sent).leaking] == watch.sent[4:]


def test_what_the_drop_in_could_not_send_was_meant_to_be_private() -> None:
    """A list that it is given is no leak, though nothing of it leaves."""
    with SmtpServer() as server, MailWatch() as watch:
        server.reply("mail", "451 4.3.0 Later")
        client = safesend.smtplib.SMTP("127.0.0.1", server.port)
        with client, pytest.raises(smtplib.SMTPException):
            client.send_message(_letter(", ".join(PEOPLE)))
        assert watch.sent == []
        with (
            safesend.smtplib.SMTP("127.0.0.1", server.port) as client,
            pytest.raises(smtplib.SMTPException),
        ):
            client.send_message(_letter(", ".join(PEOPLE)), disclose=True)
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE)]


def test_a_class_that_is_made_meanwhile_is_watched() -> None:
    """A test may make its own pretending client in its own function."""
    with MailWatch() as watch:

        class Pretending(smtplib.SMTP):
            def sendmail(self, *args: Any, **kwargs: Any) -> Any:
                return {}

        Pretending().sendmail(to_addrs=PEOPLE, from_addr="a@example.org", msg="To: x\n")
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE)]
    Pretending().sendmail("a@example.org", PEOPLE, "To: x\n")
    assert len(watch.sent) == 1
