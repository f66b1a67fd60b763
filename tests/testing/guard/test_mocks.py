"""What tests give to the mocks that stand in for a mailer.

The mocks here are those of other people's tests: the guard reads what they are given.
"""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Any
from unittest import mock

import pytest

from safesend.testing.guard.watch import MailWatch

PEOPLE = ["ada@example.org", "bo@example.com"]


def _letter(to: str = "ada@example.org, bo@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "choir@example.org", to
    message.set_content("Do come!\n")
    return message


def test_a_class_that_is_mocked() -> None:
    """`patch("smtplib.SMTP")`, with or without `with`, and with a specification."""
    with MailWatch() as watch:
        for autospec in (False, True):
            with mock.patch("smtplib.SMTP", autospec=autospec):
                smtplib.SMTP("x").sendmail("c@example.org", PEOPLE, b"To: x\r\n\r\n")
                smtplib.SMTP("x").send_message(_letter())
        with mock.patch("smtplib.SMTP"), smtplib.SMTP("x") as client:
            client.sendmail(from_addr="c", to_addrs=PEOPLE, msg="To: x\n\n")
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE)] * 5
    names = ["sendmail", "send_message", "sendmail", "send_message", "sendmail"]
    assert [one.mailer for one in watch.sent] == [f"a mock of {n}()" for n in names]
    place = watch.sent[0].place
    assert place is not None
    assert place.source.startswith('smtplib.SMTP("x").sendmail(')


def test_a_method_that_is_mocked() -> None:
    """By a patch, which names it, or by a mock without a name."""
    message = "To: x\n\n"
    with MailWatch() as watch:
        with mock.patch.object(smtplib.SMTP, "sendmail"):
            smtplib.SMTP().sendmail("c@example.org", PEOPLE, message)
        with mock.patch.object(smtplib.SMTP, "sendmail", mock.MagicMock()):
            smtplib.SMTP().sendmail("c@example.org", PEOPLE, message)
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE)] * 2


def test_a_coroutine_that_is_mocked() -> None:
    """`patch("aiosmtplib.send")`, with recipients by name or by place."""
    import aiosmtplib

    async def send() -> None:
        await aiosmtplib.send(_letter(), hostname="x")
        await aiosmtplib.send("To: x\n\n", sender="c", recipients=PEOPLE)
        await aiosmtplib.send(b"To: x\n\n", "c", PEOPLE)

    with MailWatch() as watch, mock.patch("aiosmtplib.send"):
        asyncio.run(send())
    assert [one.recipients for one in watch.sent] == [tuple(PEOPLE)] * 3


def test_a_client_of_ses_that_is_mocked() -> None:
    """The request is read by the name of its method."""
    client = mock.MagicMock()
    with MailWatch() as watch:
        client.send_email(Destination={"ToAddresses": PEOPLE}, Message={})
        client.send_raw_email(RawMessage={"Data": b"To: ada@example.org\r\n\r\n"})
        client.send_bulk_email(
            BulkEmailEntries=[], DefaultContent={}, Destination={"ToAddresses": []}
        )
        client.send_email("ada@example.org", "a subject", "a text")
        client.send_email(to="ada@example.org")
    assert [one.recipients for one in watch.sent] == [
        tuple(PEOPLE),
        PEOPLE[:1] and (PEOPLE[0],),
    ]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("sendmail", ("ada@example.org", "a subject", "a text")),
        ("sendmail", (1, 2, 3)),
        ("sendmail", ()),
        ("send", (b"some octets",)),
        ("send", ("To: x\n\n",)),
        ("send_message", ("chat", "Hello: you")),
        ("send_message", (7,)),
        ("save", ("c", PEOPLE, "To: x\n\n")),
    ],
)
def test_what_only_has_such_a_name_is_no_mail(name: str, args: tuple[Any, ...]) -> None:
    """A mock of something else is left alone, and returns what it should."""
    with MailWatch() as watch:
        stand_in = mock.MagicMock()
        getattr(stand_in, name).return_value = "done"
        assert getattr(stand_in, name)(*args) == "done"
    assert watch.sent == []


def test_a_mock_that_calls_the_real_one_is_seen_once() -> None:
    """What it wraps says more."""

    class Pretending(smtplib.SMTP):
        def sendmail(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
            return {}

    with MailWatch() as watch:
        spy = mock.Mock(wraps=Pretending())
        assert spy.sendmail("c@example.org", PEOPLE, "To: x\n\n") == {}
    assert [one.mailer for one in watch.sent] == ["smtplib"]


def test_afterwards_a_mock_is_as_ever() -> None:
    """Nothing of it stays in `unittest`."""
    before = mock.CallableMixin.__call__  # type: ignore[attr-defined]
    with MailWatch():
        pass
    assert mock.CallableMixin.__call__ is before  # type: ignore[attr-defined]
