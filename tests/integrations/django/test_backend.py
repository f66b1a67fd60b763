"""integrations/django/backend.py: Django's mail leaves as one private message each."""

from __future__ import annotations

import asyncio
import smtplib
import threading

import django
import pytest
from asgiref.sync import sync_to_async
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import override_settings

from integrations.django.conftest import at
from integrations.django.received import by_person, private, read
from safesend.errors import UnsafeMessage
from safesend.integrations.django import EmailBackend, Undelivered
from safesend.testing import SmtpServer

FROM = "shop@example.org"
PEOPLE = ["ada@example.org", "ben@example.net", "cyd@example.com"]


def test_send_mail_makes_one_private_message_for_each(smtp):
    """`send_mail` to three people: three messages, each with its own To."""
    assert mail.send_mail("Hello", "Dear all", FROM, PEOPLE) == 1
    assert private(smtp.messages) == PEOPLE
    assert {m.sender for m in smtp.messages} == {FROM}


def test_send_mass_mail_counts_the_messages_and_uses_one_connection(smtp):
    """What is counted are messages as Django hands them over, not copies."""
    letter = ("Hello", "Dear all", FROM, PEOPLE)
    assert mail.send_mass_mail([letter, letter]) == 2
    assert [m.recipients[0] for m in smtp.messages] == PEOPLE * 2
    assert smtp.connections == 1


def test_copies_hidden_and_visible_are_recipients_like_all_others(smtp):
    """Cc and Bcc get the message, and nobody reads of them; nor of a Bcc header."""
    # Django 6.1 refuses the header itself.
    hidden = ["X-Bcc"] if django.VERSION >= (6, 1) else ["X-Bcc", "Bcc"]
    EmailMessage(
        "Hello",
        "Text",
        FROM,
        ["Ada <ada@example.org>"],
        cc=["ben@example.net"],
        bcc=["cyd@example.com"],
        headers=dict.fromkeys(hidden, "dan@example.org"),
    ).send()
    assert private(smtp.messages) == PEOPLE
    got = by_person(smtp.messages)
    assert str(got["ada@example.org"]["To"]) == "Ada <ada@example.org>"
    assert not any(b"dan@" in m.content for m in smtp.messages)


def test_alternatives_attachments_and_headers_stay_as_they_were(smtp):
    """Text, HTML, files and headers of one's own arrive whole."""
    message = EmailMultiAlternatives(
        "Größe", "Text ü", FROM, PEOPLE[:2], headers={"X-Shop": "7"}, reply_to=[FROM]
    )
    message.attach_alternative("<p>HTML ü</p>", "text/html")
    message.attach("list.csv", b"a,b\r\n1,2\r\n", "text/csv")
    assert message.send() == 1
    for got in by_person(smtp.messages).values():
        assert got["Subject"] == "Größe"
        assert (got["X-Shop"], got["Reply-To"]) == ("7", FROM)
        assert got.get_body(("plain",)).get_content().strip() == "Text ü"
        assert got.get_body(("html",)).get_content().strip() == "<p>HTML ü</p>"
        [file] = got.iter_attachments()
        assert file.get_filename() == "list.csv"
        assert "1,2" in file.get_content()


def test_mail_to_admins_is_private_too(smtp):
    """`mail_admins` is mail like any other."""
    admins = [("Ada", "ada@example.org"), ("Ben", "ben@example.net")]
    with override_settings(ADMINS=admins, EMAIL_SUBJECT_PREFIX="[x] "):
        mail.mail_admins("Down", "It is down")
    assert private(smtp.messages) == PEOPLE[:2]


def test_a_message_that_shows_another_recipient_is_not_sent(smtp, caplog):
    """It is refused before anything left; in silence the log is told."""
    letter = ("Hello", "Write to ben@example.net", FROM, PEOPLE)
    with pytest.raises(UnsafeMessage):
        mail.send_mail(*letter)
    assert caplog.records == []
    backend = mail.get_connection(fail_silently=True)
    assert backend.send_messages([EmailMessage(*letter)]) == 0
    assert (backend.fail_silently, backend.connection) == (True, None)
    [record] = caplog.records
    assert (record.levelname, "ben@" in record.getMessage()) == ("ERROR", False)
    with pytest.raises(ValueError, match="Invalid address"):
        backend.send_messages([EmailMessage("x", "y", FROM, bcc=["a@b@c"])])
    assert smtp.messages == []


@override_settings(SAFESEND={"PUBLIC": ["ben@example.net", "cyd@example.com"]})
def test_who_is_public_may_stand_in_a_message(smtp):
    """The shop's own mailbox gets a copy of a letter that says to write there."""
    letter = "Write to ben@example.net or ada@example.org"
    assert mail.send_mail("Hello", letter[:25], FROM, PEOPLE) == 1
    with pytest.raises(UnsafeMessage):
        mail.send_mail("Hello", letter, FROM, PEOPLE)
    assert len(smtp.messages) == 3


def test_failing_silently_counts_what_was_sent(smtp):
    """A refusal of everybody is no message sent; it is raised unless silent."""
    smtp.reply("rcpt", "550 5.1.1 no such user", to="ada@example.org")
    letters = [EmailMessage("Hello", "Text", FROM, [one]) for one in PEOPLE]
    assert mail.get_connection(fail_silently=True).send_messages(letters) == 2
    assert mail.send_mail("x", "y", FROM, PEOPLE[:1], fail_silently=True) == 0
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        letters[0].send()


def test_who_is_refused_among_others_is_told_to_the_log_alone(smtp, caplog):
    """As Django has it, the message counts as sent; the log names a number."""
    smtp.reply("rcpt", "550 5.1.1 no such user", to="ada@example.org")
    assert mail.send_mail("Hello", "Text", FROM, PEOPLE) == 1
    assert [m.recipients[0] for m in smtp.messages] == PEOPLE[1:]
    [record] = [r for r in caplog.records if r.name == "safesend.django"]
    assert record.getMessage() == "1 of 3 recipients were refused"


def test_a_line_that_breaks_among_the_recipients_is_an_error(smtp):
    """Some have it and some do not: to count it as sent would lose it."""
    smtp.drop_before_reply("dot", message=2)
    with pytest.raises(Undelivered, match=r"1 of 3 .* of 1 it is not") as caught:
        mail.send_mail("Hello", "Text", FROM, PEOPLE)
    assert caught.value.accepted == 1
    codes = {one: code for one, (code, _) in caught.value.recipients.items()}
    assert codes == {"ben@example.net": -1, "cyd@example.com": 421}
    assert isinstance(caught.value, smtplib.SMTPException)


def test_no_server_is_an_error_unless_it_is_silent():
    """A connection that cannot be opened is Django's affair."""
    with SmtpServer() as server:
        gone = at(server)
    with gone:
        assert mail.send_mail("x", "y", FROM, PEOPLE, fail_silently=True) == 0
        with pytest.raises(ConnectionError):
            mail.send_mail("x", "y", FROM, PEOPLE)


def test_an_open_backend_keeps_its_connection(smtp):
    """Opened once, as `with get_connection()` does, it serves many messages."""
    with mail.get_connection() as connection:
        assert connection.open() is False
        for one in PEOPLE:
            EmailMessage("x", "y", FROM, [one], connection=connection).send()
    assert smtp.connections == 1
    assert len(smtp.messages) == 3


def test_tls_and_a_login_are_as_in_the_settings():
    """STARTTLS and TLS from the start, with a verified certificate, then AUTH."""
    for tls, name in (("starttls", "EMAIL_USE_TLS"), ("implicit", "EMAIL_USE_SSL")):
        server = SmtpServer(tls=tls, users={"shop": "secret"})
        login = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}
        with server, at(server, **{name: True}, **login):
            with pytest.raises(OSError, match="certificate verify failed"):
                mail.send_mail("x", "y", FROM, PEOPLE)
            backend = mail.get_connection()
            backend.ssl_context = server.client_context()
            letter = EmailMessage("x", "y", FROM, PEOPLE, connection=backend)
            assert letter.send() == 1
        assert [(m.tls, m.user) for m in server.messages] == [(True, "shop")] * 3


def test_many_threads_share_a_backend(smtp):
    """Messages of several threads go one after the other, and none is lost."""
    connection = mail.get_connection()

    def send(number: int) -> None:
        to = [f"a{number}@example.org", f"b{number}@example.org"]
        EmailMessage("x", "y", FROM, to, connection=connection).send()

    threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = sorted(m.recipients[0] for m in smtp.messages)
    assert got == sorted(
        f"{letter}{n}@example.org" for letter in "ab" for n in range(8)
    )


def test_an_async_view_can_send(smtp):
    """In a thread for synchronous code, as Django has it."""
    sent = asyncio.run(sync_to_async(mail.send_mail)("x", "y", FROM, PEOPLE))
    assert sent == 1
    assert private(smtp.messages) == PEOPLE


def test_a_visible_list_is_opted_into_by_the_message(smtp):
    """Colleagues who shall see each other: each still gets a copy of their own."""
    message = EmailMessage("x", "Text", FROM, PEOPLE[:1], cc=PEOPLE[1:])
    message.safesend_disclose = True
    assert message.send() == 1
    assert [m.recipients for m in smtp.messages] == [(one,) for one in PEOPLE]
    for got in smtp.messages:
        assert str(read(got.content)["Cc"]) == ", ".join(PEOPLE[1:])


def test_a_subclass_cannot_connect_by_another_class(smtp):
    """Nobody loses their privacy to an override that is older than this backend."""

    class Older(EmailBackend):
        connection_class = smtplib.SMTP

    backend = Older(alias=None)
    with pytest.raises(ImproperlyConfigured, match="has to be one of safesend"):
        backend.send_messages([EmailMessage("x", "y", FROM, PEOPLE)])
    assert (backend.connection, smtp.messages) == (None, [])


def test_a_message_without_recipients_is_none(smtp):
    """Nothing is sent, and nothing counted."""
    assert mail.get_connection().send_messages([EmailMessage("x", "y", FROM)]) == 0
    assert mail.get_connection().send_messages([]) == 0
    assert smtp.messages == []


@override_settings(SAFESEND={"TRANSPRT": "memory:"})
def test_a_setting_that_is_none_is_told_when_mail_is_to_be_sent():
    """A slip in SAFESEND does not send by another way."""
    with pytest.raises(ImproperlyConfigured, match="perhaps 'TRANSPORT' is meant"):
        EmailBackend()


@override_settings(SAFESEND={"TRANSPORT": "memory:"})
def test_a_visible_list_goes_through_no_transport():
    """Nothing that is sealed is sent to several people at once."""
    message = EmailMessage("x", "Text", FROM, PEOPLE)
    message.safesend_disclose = True
    with pytest.raises(ImproperlyConfigured, match="plain SMTP only"):
        message.send()
