"""The classes, against real servers of our own: what leaves, and what is told."""

from __future__ import annotations

import inspect
import io
import smtplib as standard
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from lax_server import keeping, playing

from safesend import smtplib
from safesend.errors import ConfigurationError, UnsafeMessage
from safesend.testing import Certificates, SmtpServer

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"
EVERYBODY = [ADA, BO, CHEN]
LIST = b"From: office@example.net\r\nTo: ada@example.org, bo@example.com\r\n"
MAIL = LIST + b"Cc: chen@example.net\r\nSubject: Your seat\r\n\r\nSee you.\r\n"
PLAIN = b"Subject: Your seat\r\n\r\nSee you.\r\n"


@pytest.fixture(params=[True, False], ids=["pipelining", "in turn"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=request.param) as running:
        yield running
        assert [v for v in running.violations if "QUIT" not in v] == []


@pytest.fixture
def client(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    one = smtplib.SMTP("127.0.0.1", server.port, local_hostname="localhost", timeout=60)
    yield one
    one.close()


def _taken(server: SmtpServer) -> list[str]:
    assert all(len(one.recipients) == 1 for one in server.messages)
    return [one.recipients[0] for one in server.messages]


def test_each_recipient_gets_a_message_of_their_own(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """One call for three people is three transactions, each To names one person."""
    assert client.sendmail("office@example.net", EVERYBODY, MAIL) == {}
    assert _taken(server) == EVERYBODY
    for person, message in zip(EVERYBODY, server.messages, strict=True):
        others = set(EVERYBODY) - {person}
        assert b"To: %b\r\n" % person.encode() in message.content
        assert not any(other.encode() in message.content for other in others)


def test_a_text_and_bytes_arrive_alike(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Lone CR and LF become line ends, of a text as of bytes; dots stay dots."""
    text = "To: ada@example.org\nSubject: x\n\n.a\rb\r\n.\nc"
    client.sendmail("", ADA, text)
    client.sendmail("<>", [ADA], bytearray(text.encode()))
    first, second = (one.content for one in server.messages)
    wanted = b"To: ada@example.org\r\nSubject: x\r\n\r\n.a\r\nb\r\n.\r\nc\r\n"
    assert first == second == wanted
    assert {one.sender for one in server.messages} == {""}


def test_nul_and_what_is_not_ascii_are_refused(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """A NUL leaves in no message, and a text must be ASCII as in the standard."""
    with pytest.raises(smtplib.SMTPUnsafeMessage, match="NUL"):
        client.sendmail("a@x.example", ADA, b"Subject: x\r\n\r\na\0b\r\n")
    with pytest.raises(UnicodeEncodeError):
        client.sendmail("a@x.example", ADA, "Subject: \xe4\n\n")
    with pytest.raises(UnicodeEncodeError):
        client.sendmail("a@x.example", [BO, "\xe4@example.org"], PLAIN)
    assert server.messages == []


def test_one_mailbox_gets_one_copy(server: SmtpServer, client: smtplib.SMTP) -> None:
    """A person who stands there twice gets one message, and both words are answered."""
    server.reply("rcpt", "550 5.1.1 no", to=BO)
    again = ["Ada <ada@example.org>", "ADA@example.org", BO, "Bo <bo@example.com>"]
    told = client.sendmail("office@example.net", again, PLAIN)
    assert _taken(server) == [ADA]
    no = (550, b"5.1.1 no")
    assert told == {BO: no, "Bo <bo@example.com>": no}


def test_a_list_in_one_text_is_nobody(server: SmtpServer, client: smtplib.SMTP) -> None:
    """What is not one mailbox is refused with the reason, and holds up nobody."""
    two, odd = f"{BO}, {CHEN}", "ada@example.org]<eve@example.com>"
    quoted = '"eve@example.com"@example.org'
    told = client.sendmail("office@example.net", [ADA, two, odd, quoted], MAIL)
    assert _taken(server) == [ADA]
    assert {given: code for given, (code, _) in told.items()} == dict.fromkeys(
        [two, odd, quoted], 553
    )
    assert b"give a list" in told[two][1]
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("office@example.net", two, MAIL)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("office@example.net", [], MAIL)


def test_who_is_refused_stands_in_the_dictionary(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Code and text are the server's own octets, address and all."""
    server.reply("rcpt", "550-5.1.1 <bo@example.com> is\n550 5.1.1 not here", to=BO)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert told == {BO: (550, b"5.1.1 <bo@example.com> is\n5.1.1 not here")}
    assert _taken(server) == [ADA, CHEN]


def test_when_all_are_refused_it_is_raised(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """SMTPRecipientsRefused has them all, and the line can be used again."""
    server.reply("rcpt", "450 4.2.1 later", times=3)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert refused.value.recipients == dict.fromkeys(EVERYBODY, (450, b"4.2.1 later"))
    assert client.sendmail("office@example.net", ADA, MAIL) == {}


def test_a_refused_sender_is_asked_for_once(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """MAIL refused before anybody has it: the standard exception, and no more tries."""
    server.reply("mail", "553 5.1.8 not you")
    sender = "Office <office@example.net>"
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        client.sendmail(sender, EVERYBODY, MAIL)
    assert refused.value.args == (553, b"5.1.8 not you", sender)
    assert len(server.transactions) <= 1
    assert client.sock is not None


def test_a_refused_sender_after_others_is_told_of_that_one(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """MAIL refused once somebody has it is no exception: the others are tried."""
    server.reply("mail", "451 4.3.0 busy", message=2)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert told == {BO: (451, b"4.3.0 busy")}
    assert _taken(server) == [ADA, CHEN]


def test_a_refused_message_is_told_per_person(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """After the data one refusal is in the dictionary; that of all is raised."""
    server.reply("dot", "552 5.2.2 mailbox full", to=BO)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert told == {BO: (552, b"5.2.2 mailbox full")}
    server.reply("data", "554 5.7.1 spam")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert refused.value.args == (554, b"5.7.1 spam")


def test_different_refusals_of_all_are_told_together(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """One at RCPT, one after the data: nobody has it, and each reason is there."""
    server.reply("rcpt", "550 5.1.1 no", to=ADA)
    server.reply("dot", "554 5.6.0 no", to=BO)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail("office@example.net", [ADA, BO], MAIL)
    assert refused.value.recipients == {ADA: (550, b"5.1.1 no"), BO: (554, b"5.6.0 no")}


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_421_closes_the_line(
    server: SmtpServer, client: smtplib.SMTP, stage: str
) -> None:
    """A server that hangs up is heard; who has the message is not called refused."""
    server.reply(stage, "421 4.3.2 closing", message=2)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert told[BO] == (421, b"4.3.2 closing")
    assert (told[CHEN][0], b"not tried" in told[CHEN][1]) == (421, True)
    assert (list(told), client.sock) == ([BO, CHEN], None)
    assert _taken(server) == [ADA]


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("mail", smtplib.SMTPSenderRefused),
        ("rcpt", smtplib.SMTPRecipientsRefused),
        ("data", smtplib.SMTPDataError),
        ("dot", smtplib.SMTPDataError),
    ],
)
def test_421_to_the_first_is_the_standard_exception(
    server: SmtpServer, client: smtplib.SMTP, stage: str, error: type[Exception]
) -> None:
    """Nobody has it: the exception of the stage, and a closed line."""
    server.reply(stage, "421 4.3.2 closing")
    with pytest.raises(error):
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert client.sock is None


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_line_lost_before_the_end_is_not_sent(
    server: SmtpServer, client: smtplib.SMTP, stage: str
) -> None:
    """Who was not reached has 421, so that trying again is right."""
    server.drop_after(stage, message=2)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert [told[BO][0], told[CHEN][0]] == [421, 421]
    assert told[BO][1].startswith(b"not sent: ")
    assert _taken(server) == [ADA]
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("office@example.net", ADA, MAIL)


def test_a_line_lost_with_the_first_is_the_standard_exception(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Nobody has it, and it is not called a doubt."""
    server.drop_after("rcpt")
    with pytest.raises(smtplib.SMTPServerDisconnected) as lost:
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert not isinstance(lost.value, smtplib.SMTPInDoubt)


def test_a_reply_lost_after_the_message_is_a_doubt(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Who may have it stands there with -1, so that nobody sends it again unasked."""
    server.drop_before_reply("dot", message=2)
    told = client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert [told[BO][0], told[CHEN][0]] == [-1, 421]
    assert told[BO][1].startswith(b"in doubt, it may have been delivered")
    assert _taken(server) == [ADA, BO]


def test_a_doubt_about_the_first_is_an_exception_of_its_own(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """SMTPInDoubt is a SMTPServerDisconnected that names who may have it."""
    server.drop_before_reply("dot")
    with pytest.raises(smtplib.SMTPInDoubt) as doubt:
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    codes = {given: code for given, (code, _) in doubt.value.recipients.items()}
    assert codes == {ADA: -1, BO: 421, CHEN: 421}
    assert isinstance(doubt.value, standard.SMTPServerDisconnected)


@pytest.mark.parametrize("octets", [b"what?\r\n", b"250" + b"x" * 9000 + b"\r\n"])
def test_an_answer_that_is_none_is_a_doubt(
    server: SmtpServer, client: smtplib.SMTP, octets: bytes
) -> None:
    """What cannot be read after the message says nothing about the message."""
    server.garbage("dot", octets)
    with pytest.raises(smtplib.SMTPInDoubt):
        client.sendmail("office@example.net", ADA, MAIL)
    assert client.sock is None


def test_a_line_that_is_too_long_ends_the_session(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Before the message nothing was sent, and that is what is told."""
    server.garbage("rcpt", b"250" + b"x" * 9000 + b"\r\n")
    with pytest.raises(smtplib.SMTPServerDisconnected) as lost:
        client.sendmail("office@example.net", ADA, MAIL)
    assert not isinstance(lost.value, smtplib.SMTPInDoubt)
    assert client.sock is None


def test_a_server_that_falls_silent_is_given_up(server: SmtpServer) -> None:
    """After the client's own timeout; before the message nothing was sent."""
    server.stall("rcpt", 5.0)
    with smtplib.SMTP("127.0.0.1", server.port, timeout=1.5) as client:
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            client.sendmail("office@example.net", ADA, MAIL)
        assert client.sock is None


def test_the_end_of_a_long_message_does_not_wait(client: smtplib.SMTP) -> None:
    """For the answer of the other machine's kernel to what went before."""
    assert client.sock is not None
    assert client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_reply_too_many_is_nobodys_answer(
    server: SmtpServer, client: smtplib.SMTP, stage: str
) -> None:
    """Replies are counted; where they do not fit, the line is given up (L26)."""
    server.surplus_reply(stage)
    server.reply("dot", "554 5.7.1 no")
    with pytest.raises(smtplib.SMTPException):
        client.sendmail("office@example.net", EVERYBODY, MAIL)
    assert client.sock is None
    assert server.messages == []
    # Whoever takes the reply too many for the next command's own is a command ahead
    # of the server, which may read two at once: its fault, and no rule of ours.
    server.violations[:] = [
        one for one in server.violations if "Nothing may follow" not in one
    ]


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_that_keeps_recipients_shows_nobody(*, pipelining: bool) -> None:
    """RSET stands between any two people, refused or not, call or not (L25)."""
    with (
        keeping(pipelining=pipelining) as (port, lax),
        smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client,
    ):
        people = [ADA, "nobody@example.org", BO]
        client.sendmail("office@example.net", people, MAIL)
        client.sendmail("office@example.net", CHEN, MAIL)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("office@example.net", "nobody@example.org", MAIL)
        client.sendmail("office@example.net", ADA, MAIL, ["X-OPTION"])
    got = [recipients for recipients, _ in lax.delivered]
    assert got == [(one.encode(),) for one in (ADA, BO, CHEN, ADA)]


def test_a_refused_rset_ends_the_line() -> None:
    """A server that will not forget is not told of anybody else."""
    with SmtpServer(pipelining=False) as server:
        server.reply("rset", "502 5.5.1 no")
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            told = client.sendmail("office@example.net", [ADA, BO, CHEN], MAIL)
        assert (told[BO], told[CHEN][0]) == ((502, b"5.5.1 no"), 421)
        server.behave()
        server.drop_after("rset")
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            told = client.sendmail("office@example.net", [ADA, BO], MAIL)
        assert told[BO][0] == 421
        assert _taken(server) == [ADA, ADA]


def test_a_pipelined_message_takes_two_round_trips() -> None:
    """Opening and content: two writes and two groups of replies for one message."""
    written: list[bytes] = []

    class Counting(smtplib.SMTP):
        def send(self, s: Any) -> None:
            written.append(bytes(s) if isinstance(s, bytes) else s.encode())
            super().send(s)

    with (
        SmtpServer() as server,
        Counting("127.0.0.1", server.port, local_hostname="localhost") as client,
    ):
        client.ehlo()
        written.clear()
        client.sendmail("office@example.net", [ADA], MAIL)
        assert [one[:6] for one in written] == [b"RSET\r\n", b"From: "]
        written.clear()
        client.sendmail("office@example.net", EVERYBODY, MAIL)
        assert len(written) == 4  # three messages in four round trips
        assert len(server.messages) == 4
    assert server.violations == []


def test_what_a_subclass_changes_is_used(server: SmtpServer) -> None:
    """A program that has its own rcpt(), or sets one on the object, keeps it."""
    asked: list[str] = []

    class Own(smtplib.SMTP):
        def rcpt(self, recip: str, options: Any = ()) -> Any:
            asked.append(recip)
            return super().rcpt(recip, options)

    with Own("127.0.0.1", server.port) as client:
        client.sendmail("office@example.net", [ADA, BO], MAIL)
    with smtplib.SMTP("127.0.0.1", server.port) as line:
        line.rcpt = Own.rcpt.__get__(line, smtplib.SMTP)  # type: ignore[method-assign]
        line.rcpt = lambda recip, options=(): (550, b"no")  # type: ignore[method-assign]
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("office@example.net", ADA, MAIL)
    assert asked == [ADA, BO]


def test_options_go_the_standard_way() -> None:
    """DSN options are written as given, to each person alone."""
    with (
        keeping(pipelining=True) as (port, lax),
        smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client,
    ):
        client.sendmail(
            "office@example.net", EVERYBODY, MAIL, ["RET=HDRS"], ["NOTIFY=NEVER"]
        )
    told = [recipients for recipients, _ in lax.delivered]
    assert told == [(f"{one}> NOTIFY=NEVE".encode(),) for one in EVERYBODY]


def test_nothing_is_asked_for_that_the_caller_did_not() -> None:
    """Where DSN is offered the options are the caller's own, said once."""
    own = {"RET": "FULL", "ENVID": "mine", "NOTIFY": "NEVER"}
    with (
        SmtpServer(dsn=True) as server,
        smtplib.SMTP(server.host, server.port, local_hostname="localhost") as client,
    ):
        client.sendmail("office@example.net", EVERYBODY, MAIL)
        client.sendmail(
            *("office@example.net", ADA, MAIL),
            ["RET=FULL", "ENVID=mine"],
            ["NOTIFY=NEVER"],
        )
    told = [dict(one.wishes) for one in server.transactions]
    assert told == [{}] * len(EVERYBODY) + [own]
    assert server.violations == []


def test_smtputf8_is_used_when_it_is_asked_for(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """A mailbox that is not ASCII gets its message, with To in UTF-8."""
    person = "dédé@example.org"
    content = f"To: {person}, {ADA}\r\n\r\nÀ bientôt\r\n".encode()
    client.sendmail(
        "office@example.net", [person], content, ["SMTPUTF8", "BODY=8BITMIME"]
    )
    [message] = server.messages
    assert f"To: {person}\r\n".encode() in message.content
    assert "bientôt".encode() in message.content


def test_eight_bits_are_left_to_a_server_without_8bitmime() -> None:
    """The standard module sends them, so they are sent; the server's word is told."""
    with (
        SmtpServer(eight_bit=False) as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        client.sendmail("o@example.net", ADA, b"Subject: x\r\n\r\n\xc3\xa9\r\n")
    assert refused.value.smtp_code == 554


def test_content_that_shows_one_to_another_is_not_sent(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """The list in the text is found before the first octet leaves."""
    shown = MAIL + b"Guests: ada@example.org and bo@example.com\r\n"
    with pytest.raises(smtplib.SMTPUnsafeMessage) as unsafe:
        client.sendmail("office@example.net", EVERYBODY, shown)
    assert isinstance(unsafe.value, standard.SMTPException)
    assert isinstance(unsafe.value, UnsafeMessage)
    assert unsafe.value.leaks
    assert "disclose=True" in str(unsafe.value)
    assert "ada@example.org" not in str(unsafe.value)
    for person in EVERYBODY:  # the loop that sends the same list to each
        with pytest.raises(smtplib.SMTPUnsafeMessage):
            client.sendmail("office@example.net", person, shown)
    assert server.transactions == []


def test_disclosing_keeps_to_and_cc_and_no_bcc(
    server: SmtpServer, client: smtplib.SMTP, caplog: pytest.LogCaptureFixture
) -> None:
    """A visible list, asked for by name: still one transaction each, and logged."""
    blind = b"Bcc: eve@example.com\r\nX-Odoo-Bcc: eve@example.com\r\n" + MAIL
    with caplog.at_level("WARNING", "safesend"):
        client.sendmail("office@example.net", EVERYBODY, blind, disclose=True)
    assert _taken(server) == EVERYBODY
    assert {one.content for one in server.messages} == {MAIL}
    assert "3 people" in caplog.text
    assert "@" not in caplog.text


def test_disclosing_has_a_limit(server: SmtpServer, client: smtplib.SMTP) -> None:
    """More than max_disclosed people, or a blind one in the text, is refused."""
    many = [f"p{n}@example.org" for n in range(11)]
    with pytest.raises(smtplib.SMTPUnsafeMessage, match="max_disclosed is 10"):
        client.sendmail("office@example.net", many, MAIL, disclose=True)
    client.max_disclosed = "20"
    with pytest.raises(ConfigurationError, match="max_disclosed is a number"):
        client.sendmail("office@example.net", many, MAIL, disclose=True)
    client.max_disclosed = 20
    assert client.sendmail("office@example.net", many, MAIL, disclose=True) == {}
    blind = MAIL + b"Thanks to eve@example.com\r\n"
    to = [*EVERYBODY, "eve@example.com"]
    with pytest.raises(smtplib.SMTPUnsafeMessage):
        client.sendmail("office@example.net", to, blind, disclose=True)
    assert len(server.messages) == 11


def test_a_message_object_goes_to_each_alone(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """To, Cc and Bcc are read from the object, which stays as it is."""
    message = EmailMessage()
    message["From"] = "The office <office@example.net>"
    message["To"], message["Cc"] = f"Ada Nowak <{ADA}>", BO
    message["Bcc"], message["Subject"] = CHEN, "Your seat"
    message.set_content("See you.\n")
    assert client.send_message(message) == {}
    assert sorted(_taken(server)) == EVERYBODY
    by_person = {one.recipients[0]: one.content for one in server.messages}
    assert b"To: Ada Nowak <ada@example.org>\r\n" in by_person[ADA]
    assert b"To: bo@example.com\r\n" in by_person[BO]
    assert b"bcc" not in b"".join(by_person.values()).lower()
    assert message["Bcc"] == CHEN
    assert {one.sender for one in server.messages} == {"office@example.net"}


def test_a_message_object_can_be_disclosed(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """`disclose` is passed on."""
    message = MIMEText("See you.\n")
    message["From"], message["To"] = "office@example.net", f"{ADA}, {BO}"
    client.send_message(message, disclose=True)
    assert all(b"To: ada@example.org, bo@" in one.content for one in server.messages)
    assert len(server.messages) == 2


def test_blind_people_of_the_object_are_not_named_in_it(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Who stands in Bcc is known, even when to_addrs says whom it is for."""
    message = MIMEText(f"Also for {BO}.\n")
    message["From"], message["To"], message["Bcc"] = (
        "o@example.net",
        ADA,
        f"{BO}, odd <",
    )
    message["Resent-Bcc"] = BO
    with pytest.raises(smtplib.SMTPUnsafeMessage):
        client.send_message(message, to_addrs=(one for one in [ADA]))
    assert server.messages == []


def test_a_sender_alone_in_the_object_is_needed(client: smtplib.SMTP) -> None:
    """Without From there is nobody to send it."""
    with pytest.raises(ValueError, match="no From"):
        client.send_message(MIMEText("x"), to_addrs=ADA)


def test_addresses_that_need_smtputf8_say_so() -> None:
    """As the standard: an exception when the server does not offer it."""
    message = EmailMessage()
    message["From"], message["To"] = "office@example.net", "dédé@example.org"
    message["Subject"] = "Zoë"
    message.set_content("x\n")
    with (
        SmtpServer(smtputf8=False) as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        with pytest.raises(smtplib.SMTPNotSupportedError):
            client.send_message(message)
        with pytest.raises(smtplib.SMTPNotSupportedError):
            client.sendmail("a@x.example", ADA, PLAIN, ["SMTPUTF8"])
    with SmtpServer() as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.send_message(message)
        assert "Subject: Zoë".encode() in server.messages[0].content


def test_debug_output_is_as_ever(
    server: SmtpServer, client: smtplib.SMTP, capsys: pytest.CaptureFixture[str]
) -> None:
    """set_debuglevel shows what is sent and what comes back."""
    client.set_debuglevel(1)
    client.sendmail("office@example.net", ADA, PLAIN)
    client.ehlo()
    client.mail("office@example.net")
    client.rcpt(ADA)
    client.data(PLAIN)
    shown = capsys.readouterr().err
    assert "send:" in shown
    assert "reply:" in shown
    assert "data:" in shown


def test_the_low_level_commands_work(client: smtplib.SMTP) -> None:
    """data() by itself mends line ends, refuses a NUL and tells of a refusal."""
    client.ehlo()
    client.mail("office@example.net")
    with pytest.raises(smtplib.SMTPDataError):
        client.data("no recipient yet")
    client.rset()
    client.mail("office@example.net")
    client.rcpt(ADA)
    assert client.data("a\nb")[0] == 250
    client.mail("office@example.net")
    client.rcpt(ADA)
    with pytest.raises(ValueError, match="NUL"):
        client.data(b"a\0b")


def test_a_message_taken_by_another_2xx_is_taken() -> None:
    """The standard class raises for it, although the server has the message."""
    with SmtpServer(pipelining=False) as server:
        server.reply("dot", "251 2.0.0 passed on")
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            assert client.sendmail("office@example.net", [ADA, BO], MAIL) == {}


def test_the_standard_signatures_are_shown() -> None:
    """What inspect says of this version's methods, it says of ours."""
    for name in ("SMTP", "SMTP_SSL", "LMTP"):
        ours, theirs = getattr(smtplib, name), getattr(standard, name)
        assert issubclass(ours, theirs)
        assert inspect.signature(ours) == inspect.signature(theirs)
        assert [*inspect.signature(ours.starttls).parameters] == [
            *inspect.signature(theirs.starttls).parameters
        ]
        for method in ("sendmail", "send_message"):
            shown = [*inspect.signature(getattr(ours, method)).parameters]
            wanted = [*inspect.signature(getattr(theirs, method)).parameters]
            assert shown == [*wanted, "disclose"]
    assert issubclass(smtplib.SMTP_SSL, smtplib.SMTP)


def test_starttls_checks_the_certificate(tmp_path: Path) -> None:
    """An authority nobody knows is refused by default, and taken with a context."""
    with SmtpServer(tls="starttls") as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            with pytest.raises(ssl.SSLCertVerificationError):
                client.starttls()
            assert client.sock is None
        address = f"127.0.0.1:{server.port}"
        with smtplib.SMTP(address) as client:
            context = server.client_context()
            assert client.starttls(context=context)[0] == 220
            assert not client.esmtp_features
            assert client.sendmail("office@example.net", ADA, MAIL) == {}
            assert (client._security, client._tls_context) == ("starttls", context)
            assert client._connected_to == ("127.0.0.1", server.port)
        assert [one.tls for one in server.messages] == [True]


def test_starttls_that_is_not_there_or_refused_is_told() -> None:
    """The standard exceptions, and no password and no message in clear by mistake."""
    with (
        SmtpServer() as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
        pytest.raises(smtplib.SMTPNotSupportedError),
    ):
        client.starttls()
    with SmtpServer(tls="starttls") as server:
        server.reply("starttls", "454 4.7.0 not now")
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            with pytest.raises(smtplib.SMTPResponseException):
                client.starttls(context=server.client_context())
            assert client._security == "plain"


def test_words_put_in_before_the_handshake_end_the_line() -> None:
    """GHSA-vxj7-4xrp-5vr4: what came in clear after 220 is never read as encrypted."""
    with SmtpServer(tls="starttls") as server:
        server.surplus_reply("starttls")
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            with pytest.raises(smtplib.SMTPException, match="in clear"):
                client.starttls(context=server.client_context())
            assert client.sock is None


def test_smtp_ssl_checks_the_certificate() -> None:
    """By default, for a host given at once or later; and not, with your own context."""
    with SmtpServer(tls="implicit") as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("127.0.0.1", server.port)
        context = server.client_context()
        later = smtplib.SMTP_SSL(context=context)
        later.connect("127.0.0.1", server.port)
        with later as client:
            client.sendmail("office@example.net", ADA, MAIL)
            assert (client._security, client._tls_context) == ("implicit", context)
        blind = ssl._create_unverified_context()
        with smtplib.SMTP_SSL("127.0.0.1", server.port, context=blind) as client:
            client.sendmail("office@example.net", ADA, MAIL)
        assert [one.tls for one in server.messages] == [True, True]
    assert smtplib.SMTP_SSL.default_port == 465


def test_own_certificates_are_loaded_into_a_context_that_checks(tmp_path: Path) -> None:
    """keyfile and certfile, where this Python has them, do not switch checks off."""
    if sys.version_info >= (3, 12):
        with pytest.raises(TypeError):
            smtplib.SMTP_SSL(keyfile="x")
        return
    pem = tmp_path / "own.pem"
    pem.write_bytes(Certificates()._own.private_key_and_cert_chain_pem.bytes())
    with pytest.warns(DeprecationWarning, match="keyfile"):
        client = smtplib.SMTP_SSL(keyfile=str(pem), certfile=str(pem))
    assert (client.keyfile, client.certfile) == (str(pem), str(pem))
    assert client.context.verify_mode is ssl.CERT_REQUIRED
    assert client.context.check_hostname
    context = ssl.create_default_context()
    with pytest.raises(ValueError, match="mutually exclusive"):
        smtplib.SMTP_SSL(certfile=str(pem), context=context)
    with pytest.raises(ValueError, match="mutually exclusive"):
        smtplib.SMTP().starttls(keyfile=str(pem), context=context)
    with (
        pytest.warns(DeprecationWarning, match="certfile"),
        pytest.raises(smtplib.SMTPServerDisconnected),
    ):
        smtplib.SMTP().starttls(str(pem), str(pem))


def test_a_login_on_this_machine_needs_no_tls() -> None:
    """A relay on loopback is logged in to as ever."""
    users = {"office": "secret"}
    with (
        SmtpServer(users=users, auth_without_tls=True) as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        assert client.login("office", "secret")[0] == 235
        assert (client.user, client.password) == ("office", "secret")
        client.sendmail("office@example.net", ADA, MAIL)


class _Elsewhere(smtplib.SMTP):
    """A client whose peer is not this machine, as far as it can tell."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        return _Far(super()._get_socket(host, port, timeout))


class _Far:
    """A socket whose other end says that it is far away."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.1", 25

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_no_password_leaves_in_clear() -> None:
    """Over a line to elsewhere it is refused, unless that is wanted by name."""
    users = {"office": "secret"}
    with (
        SmtpServer(users=users, auth_without_tls=True) as server,
        _Elsewhere("127.0.0.1", server.port) as client,
    ):
        with pytest.raises(smtplib.SMTPNotSupportedError, match="not encrypted"):
            client.login("office", "secret")
        client.allow_plaintext_login = True
        assert client.login("office", "secret")[0] == 235
    with (
        SmtpServer(users=users, tls="starttls") as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        client.starttls(context=server.client_context())
        assert client.login("office", "secret")[0] == 235


def test_a_login_before_connecting_is_told_as_ever() -> None:
    """Without a line it is the standard's own exception."""
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtplib.SMTP().auth("PLAIN", lambda challenge=None: "x")


def _lmtp(line: socket.socket, file: BinaryIO) -> None:
    line.sendall(b"220 here\r\n")
    replies = {b"LHLO": b"250-here\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n"}
    for command in file:
        line.sendall(replies.get(command[:4].upper(), b"250 ok\r\n"))
        if command[:4].upper() == b"DATA":
            content = b"".join(iter(file.readline, b".\r\n"))
            word = b"550 full\r\n" if b"To: bo@" in content else b"250 taken\r\n"
            line.sendall(word)


def test_lmtp_has_one_answer_for_one_person() -> None:
    """LMTP answers after the data for each RCPT: here there is one."""
    with playing(_lmtp) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.__class__.__exit__  # noqa: B018 - it is a context manager, too
        told = client.sendmail("office@example.net", [ADA, BO], MAIL)
        client.close()
    assert told == {BO: (550, b"full")}


def test_lmtp_over_a_unix_socket(tmp_path: Path) -> None:
    """The path of the socket is what it is connected to."""
    place = str(tmp_path / "lmtp")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()

        def serve() -> None:
            line, _ = listener.accept()
            with line, line.makefile("rb") as file:
                _lmtp(line, file)

        thread = threading.Thread(target=serve)
        thread.start()
        client = smtplib.LMTP(place)
        assert client._connected_to == (place, 2003)
        assert client.sendmail("office@example.net", [ADA], MAIL) == {}
        client.close()
        thread.join(10)


def test_a_large_message_is_written_in_pieces(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """A megabyte arrives whole, for each of two people."""
    body = (b"x" * 70 + b"\r\n") * 15_000
    client.sendmail("office@example.net", [ADA, BO], LIST + b"\r\n" + body)
    assert [one.content.endswith(body) for one in server.messages] == [True, True]


def test_a_loop_with_a_reused_object_is_refused(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """The second To is seen, and what to do is said (L18)."""
    message = MIMEMultipart()
    message["From"] = "office@example.net"
    message.attach(MIMEText("See you.\n"))
    message["To"] = ADA
    client.send_message(message)
    message["To"] = BO
    with pytest.raises(ValueError, match=r"del msg\['To'\]"):
        client.send_message(message)
    assert client.send_message(message, to_addrs=BO) == {}
    assert _taken(server) == [ADA, BO]
    assert b"ada@" not in server.messages[1].content


def test_a_line_end_in_a_header_is_refused(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    """Injected headers never leave, and the header is named (L11)."""
    message = MIMEText("x")
    message["From"], message["To"] = "office@example.net", ADA
    message["X-Note"] = "a\nBcc: eve@example.com"
    with pytest.raises(ValueError, match="X-Note"):
        client.send_message(message)
    assert server.transactions == []


def test_the_module_is_the_standard_one_with_other_classes() -> None:
    """Exceptions and constants are the very same; private names are reached and set."""
    for name in standard.__all__:
        if name not in {"SMTP", "SMTP_SSL"}:
            assert getattr(smtplib, name) is getattr(standard, name)
    assert set(standard.__all__) <= set(smtplib.__all__)
    assert smtplib._MAXLINE == standard._MAXLINE
    assert smtplib.socket is socket
    before, stand_in = standard.io, io
    smtplib.io = stand_in
    assert standard.io is stand_in
    standard.io = before
    smtplib.of_my_own = 1
    assert not hasattr(standard, "of_my_own")
    del smtplib.of_my_own
    with pytest.raises(AttributeError, match="no attribute 'SMPT'"):
        smtplib.SMPT  # noqa: B018 - asking for it is the test
