"""integrations/django/by_transport.py: Django's mail through safesend's transports."""

from __future__ import annotations

import asyncio
import mailbox
import smtplib

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import override_settings
from django.utils.functional import lazystr

from integrations.django.received import private, read
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.errors import AddressError, TransportError, UnsafeMessage
from safesend.integrations.django import AllRefused, Undelivered
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport, SmtpTransport
from servers.service import lasting_port

FROM = "Shop <shop@example.org>"
PEOPLE = ["ada@example.org", "ben@example.net", "cyd@example.com"]


@pytest.fixture
def memory():
    """A carrier that keeps what it gets, in the settings."""
    transport = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": transport}):
        yield transport


def _send(**more) -> int:
    return EmailMessage("Hello", "Dear all", FROM, PEOPLE, **more).send()


def test_each_recipient_gets_an_envelope(memory):
    """To, Cc and Bcc are people like all others; who stands there twice gets one."""
    message = EmailMessage(
        "Hello", "Text", FROM, PEOPLE[:1], cc=PEOPLE[1:2], bcc=[PEOPLE[2], *PEOPLE[:1]]
    )
    assert message.send() == 1
    assert [e.recipient.wire for e in memory.messages] == PEOPLE
    assert {e.sender for e in memory.messages} == {"shop@example.org"}
    for envelope in memory.messages:
        assert str(read(envelope.content)["To"]) == envelope.recipient.wire
        assert b"\r\nCc:" not in envelope.content


def test_names_and_lazy_texts_are_taken_as_addresses(memory):
    """As Django takes them: a display name, and a text that is translated late."""
    to = ["Ada <ada@example.org>", lazystr("ben@exämple.net")]
    assert EmailMessage("Hello", "Text", FROM, to).send() == 1
    got = [e.recipient.wire for e in memory.messages]
    assert got == ["ada@example.org", "ben@xn--exmple-cua.net"]
    with pytest.raises(AddressError):
        EmailMessage("Hello", "Text", "webmaster", to).send()


def test_what_would_show_somebody_is_refused_before_anything_left(memory):
    """`PUBLIC` says who may stand there all the same."""
    letter = ("Hello", "Write to ben@example.net", FROM, PEOPLE)
    with pytest.raises(UnsafeMessage):
        EmailMessage(*letter).send()
    assert EmailMessage(*letter).send(fail_silently=True) == 0
    assert memory.deliveries == []
    setting = {"TRANSPORT": memory, "PUBLIC": ["ben@example.net"]}
    with override_settings(SAFESEND=setting):
        assert EmailMessage(*letter).send() == 1


def test_one_who_is_refused_among_others_does_not_stop_the_count(memory, caplog):
    """The message counts as sent; the log has the number and no address."""
    memory.answers(Refused(Stage.RCPT, 550, "5.1.1"), Deferred(Stage.RCPT, 451))
    assert _send() == 1
    assert [r.getMessage() for r in caplog.records] == [
        "2 of 3 recipients were refused"
    ]


def test_all_refused_is_the_error_that_smtplib_has(memory):
    """Its dictionary has the answers; what it prints has no address."""
    refused = Refused(Stage.RCPT, 550, "5.1.1", "no such user")
    memory.answers(*[refused] * 3)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        _send()
    assert isinstance(caught.value, AllRefused)
    assert caught.value.recipients == dict.fromkeys(PEOPLE, (550, b"no such user"))
    assert "@" not in str(caught.value)
    memory.answers(*[refused] * 3)
    assert _send(connection=mail.get_connection(fail_silently=True)) == 0


def test_what_is_in_doubt_is_told(memory):
    """Somebody may have the message, or not: silence would hide that."""
    memory.answers(Accepted(), InDoubt(), Accepted())
    with pytest.raises(Undelivered, match=r"2 of 3 .* of 1 it is not") as caught:
        _send()
    assert caught.value.accepted == 2
    assert caught.value.recipients == {"ben@example.net": (-1, b"")}
    assert isinstance(caught.value, TransportError)
    assert isinstance(caught.value, smtplib.SMTPException)


def test_what_was_not_sent_is_told_with_the_codes_of_the_drop_in(memory):
    """A line that does not get on: nobody has it."""
    memory.answers(*[NotSent(Stage.MAIL)] * 2)
    with pytest.raises(Undelivered, match="0 of 3 recipients have it") as caught:
        _send()
    assert {code for code, _ in caught.value.recipients.values()} == {421}


def test_a_carrier_without_codes_gets_one(memory):
    """As `smtplib` has nothing else to say."""
    memory.answers(*[Refused(Stage.RCPT)] * 3)
    with pytest.raises(AllRefused, match="450"):
        _send()


def test_both_ways_of_saying_goodbye_are_there(memory):
    """Django closes what broke by another name."""
    with mail.get_connection() as connection:
        _send(connection=connection)
        connection.connection.close()
        connection.connection.quit()


def test_files_get_what_a_server_would(tmp_path):
    """eml: and maildir: write one file for each person."""
    eml = tmp_path / "eml"
    with override_settings(SAFESEND={"TRANSPORT": f"eml:{eml}"}):
        assert _send() == 1
    assert len(list(eml.glob("*.eml"))) == 3
    with override_settings(SAFESEND={"TRANSPORT": f"maildir:{tmp_path / 'box'}"}):
        assert _send() == 1
    found = [message["To"] for message in mailbox.Maildir(tmp_path / "box")]
    assert sorted(found) == sorted(PEOPLE)


def test_a_session_serves_every_message_while_the_backend_is_open():
    """One connection, with TLS and a login, for all that is sent through it."""
    with SmtpServer(tls="starttls", users={"shop": "secret"}) as server:
        transport = SmtpTransport(
            "127.0.0.1",
            port=server.port,
            username="shop",
            password="secret",
            tls_context=server.client_context(),
        )
        setting = {"TRANSPORT": transport}
        with override_settings(SAFESEND=setting), mail.get_connection() as connection:
            assert connection.open() is False
            assert (_send(connection=connection), _send(connection=connection)) == (
                1,
                1,
            )
        assert server.connections == 1
    assert private(server.messages[:3]) == PEOPLE
    assert server.violations == []


def test_a_backend_works_where_a_loop_is_at_work(memory):
    """A view that is a coroutine, and sends without a thread."""

    async def view() -> int:
        return _send()

    assert asyncio.run(view()) == 1
    assert len(memory.messages) == 3


def test_no_way_to_the_server_is_an_error_that_can_be_silent():
    """The first message finds out; nothing was sent."""
    url = f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}"
    with override_settings(SAFESEND={"TRANSPORT": url}):
        with pytest.raises(Undelivered) as caught:
            _send()
        assert caught.value.accepted == 0
        assert _send(connection=mail.get_connection(fail_silently=True)) == 0
