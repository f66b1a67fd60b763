"""The ways in which real programs showed people to each other, tried one by one.

Each is sent by the standard module's own calls, to servers that take out nothing.
"""

from __future__ import annotations

import email
import logging
import smtplib as standard
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend import smtplib
from safesend.testing import SmtpServer
from servers.postfix import Postfix
from servers.smtp_sink import Sink

ADA, BO, CHEN, EVE = (
    "ada@example.org",
    "bo@example.com",
    "chen@example.net",
    "eve@example.com",
)
EVERYBODY = [ADA, BO, CHEN]
OFFICE = "office@example.net"


@pytest.fixture(scope="module")
def running() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def server(running: SmtpServer) -> SmtpServer:
    running.messages.clear()
    return running


def _client(server: SmtpServer) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, local_hostname="localhost")


def _assert_private(server: SmtpServer, people: list[str], known: list[str]) -> None:
    """One message each, in which none of the others who are known stands."""
    assert sorted(one.recipients for one in server.messages) == sorted(
        (person,) for person in people
    )
    for message in server.messages:
        text = message.content.decode("utf-8", "replace").lower()
        others = set(known) - set(message.recipients)
        assert [other for other in others if other in text] == []
    assert server.violations == []


FORMS = [
    "Bcc: {}",
    "BCC:{}",
    "bcc : {}",
    "Bcc:\n {}",
    "Bcc: a@x.example,\n\t{}",
    "Resent-Bcc: {}",
    "Resent-To: {}",
    "Apparently-To: {}",
    "Delivered-To: {}",
    "X-Bcc: {}",
    "X-Odoo-Bcc: {}",
    "X_Bcc: {}",
    "Cc: undisclosed: {};",
    "To: {}",
    "Envelope-To: {}",
    "X-Original-To: {}",
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("form", FORMS)
def test_a_field_that_names_others_never_leaves(
    server: SmtpServer, form: str, end: str
) -> None:
    """himalaya 747, django 21448, yagmail 23, odoo 14567: any form of it, any case."""
    field = form.format(", ".join(EVERYBODY)).replace("\n", end)
    lines = ["From: office@example.net", field, "Subject: x", "", "See you."]
    with _client(server) as client:
        assert client.sendmail(OFFICE, EVERYBODY, end.join(lines)) == {}
    _assert_private(server, EVERYBODY, [*EVERYBODY, "a@x.example"])


@pytest.mark.parametrize("inside", [False, True])
def test_a_list_that_goes_on_after_a_line_end(
    server: SmtpServer, *, inside: bool
) -> None:
    """A name with a line end in it cuts a field in two: the rest goes as well."""
    field = f'Bcc: "Eve\r" <{EVE}>, {BO}\n and\n<{CHEN}>\nSubject: x\n\nSee you.\n'
    lead = "Content-Type: message/rfc822\n\n" if inside else ""
    with _client(server) as client:
        client.sendmail(OFFICE, EVERYBODY, f"To: {ADA}\n{lead}{field}")
    _assert_private(server, EVERYBODY, [*EVERYBODY, EVE])


def test_a_blind_copy_in_sendmail(server: SmtpServer) -> None:
    """`sendmail(msg.as_string())` sends the Bcc field to everybody, in the standard."""
    message = MIMEText("See you.\n")
    message["From"], message["To"], message["Bcc"] = OFFICE, ADA, f"{BO}, {CHEN}"
    with _client(server) as client:
        client.sendmail(OFFICE, EVERYBODY, message.as_string())
    _assert_private(server, EVERYBODY, EVERYBODY)
    assert not any(b"bcc" in one.content.lower() for one in server.messages)


def test_the_first_customer_is_not_the_face_of_a_blast(server: SmtpServer) -> None:
    """ultimate-multisite 1195: To has the first one, all others are blind."""
    message = EmailMessage()
    message["From"], message["To"] = OFFICE, EVERYBODY[0]
    message["Bcc"] = ", ".join(EVERYBODY[1:])
    message.set_content("See you.\n")
    with _client(server) as client:
        client.send_message(message)
    _assert_private(server, EVERYBODY, EVERYBODY)


@pytest.mark.parametrize("encoded", ["7bit", "base64"])
def test_a_mail_inside_of_the_mail(server: SmtpServer, encoded: str) -> None:
    """The recipients of an attached mail are people as well."""
    inner = MIMEText("Before.\n")
    inner["From"], inner["To"], inner["Bcc"] = OFFICE, ADA, f"{BO}, {CHEN}"
    outer = MIMEMultipart()
    outer["From"], outer["To"] = OFFICE, ", ".join(EVERYBODY)
    outer.attach(MIMEMessage(inner))
    if encoded == "base64":
        part = EmailMessage()
        part["Content-Type"] = "message/rfc822"
        part["Content-Transfer-Encoding"] = "base64"
        outer.set_payload([part])
        part._payload = email.base64mime.body_encode(inner.as_bytes())
    with _client(server) as client:
        client.sendmail(OFFICE, EVERYBODY, outer.as_string())
    _assert_private(server, EVERYBODY, EVERYBODY)
    decoded = [
        sub.as_string()
        for one in server.messages
        for sub in email.message_from_bytes(one.content).walk()
    ]
    assert not any("Bcc" in text for text in decoded)


def test_an_object_that_piles_up_people(server: SmtpServer) -> None:
    """laravel 31810, PHPMailer 1606: the second reads the first one's address."""
    message = MIMEText("See you.\n")
    message["From"] = OFFICE
    with _client(server) as client:
        for person in EVERYBODY:
            message["To"] = person
            client.sendmail(OFFICE, [person], message.as_string())
        with pytest.raises(ValueError, match="3 To fields"):
            client.send_message(message)
    _assert_private(server, EVERYBODY, EVERYBODY)


def test_a_message_of_the_new_kind_says_so_itself() -> None:
    """`EmailMessage` raises where the old kind appends."""
    message = EmailMessage()
    message["To"] = ADA
    with pytest.raises(ValueError, match="may be at most 1"):
        message["To"] = BO


CELLS = ["Bob\nBCC: {}", "Bob\r\nTo: {}", "Bob\rCc: {}", "=?utf-8?q?Bob=0ABcc=3A_{}?="]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_becomes_a_header(server: SmtpServer, cell: str) -> None:
    """mailmerge: a line break in a CSV cell put people into the envelope."""
    message = MIMEText("See you.\n")
    message["From"], message["To"] = OFFICE, ADA
    message["X-Name"] = cell.format(EVE)
    with _client(server) as client, pytest.raises(ValueError, match="X-Name"):
        client.send_message(message)
    assert server.messages == []


def test_an_address_that_is_a_command(server: SmtpServer) -> None:
    """A line end in an address, or in an option, never ends a command (bpo-43124)."""
    with _client(server) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(OFFICE, [f"{ADA}>\r\nRCPT TO:<{EVE}"], b"x")
        with pytest.raises(ValueError, match="newline"):
            client.sendmail(f"{OFFICE}>\r\nRCPT TO:<{EVE}", [ADA], b"x")
        client.rset()
        with pytest.raises(ValueError, match="newline"):
            client.sendmail(OFFICE, [ADA], b"x", [f"SIZE=1\r\nRCPT TO:<{EVE}>"])
    assert server.messages == []


@pytest.mark.parametrize(
    "person",
    [
        '"eve@example.com"@example.org',
        "ada@example.org]<eve@example.com>",
        "ada(eve@x.example)",
    ],
)
def test_an_address_of_two_meanings_goes_to_nobody(
    server: SmtpServer, person: str
) -> None:
    """nodemailer 1766, CVE-2023-27043: nobody else gets it."""
    with _client(server) as client:
        try:
            client.sendmail(OFFICE, [person], b"Subject: x\r\n\r\n")
        except smtplib.SMTPException:
            assert server.messages == []
        assert all("eve" not in one.recipients[0] for one in server.messages)


def test_another_domain_is_not_a_spelling(server: SmtpServer) -> None:
    """IDNA 2003 makes fass.de of faß.de, which is somebody else's."""
    message = EmailMessage()
    message["From"], message["To"] = OFFICE, "ada@faß.de"
    message.set_content("See you.\n")
    with _client(server) as client:
        client.send_message(message)
        with pytest.raises(UnicodeEncodeError):
            client.sendmail(OFFICE, ["ada@faß.de"], b"x")
    assert [one.recipients for one in server.messages] == [("ada@faß.de",)]


def test_the_answer_to_the_message_is_lost_once(server: SmtpServer) -> None:
    """Seven of eight mailers send a second copy and call it sent."""
    with SmtpServer() as lossy:
        lossy.drop_before_reply("dot")
        with _client(lossy) as client, pytest.raises(smtplib.SMTPInDoubt):
            client.sendmail(OFFICE, [ADA], b"Subject: x\r\n\r\n")
        assert len(lossy.messages) == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_content_cannot_end_itself(*, pipelining: bool) -> None:
    """SMTP smuggling: no form of a lone dot is the end of a message (VU#302671)."""
    inner = f"MAIL FROM:<a@x.example>\r\nRCPT TO:<{EVE}>\r\nDATA\r\nSubject: y\r\n\r\n"
    ends = ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\n.\n", "\r\r\n.\r\n"]
    with SmtpServer(pipelining=pipelining) as strict:
        with _client(strict) as client:
            for end in ends:
                client.sendmail(
                    OFFICE, [ADA], f"Subject: x\r\n\r\na{end}{inner}".encode()
                )
                client.mail(OFFICE)
                client.rcpt(ADA)
                client.data(f"Subject: x\r\n\r\na{end}{inner}".encode())
        assert [one.recipients for one in strict.messages] == [(ADA,)] * 2 * len(ends)
        assert strict.violations == []


def test_a_sink_that_strips_nothing_sees_nobody(
    smtp_sink: Callable[..., Sink], caplog: pytest.LogCaptureFixture
) -> None:
    """lua-resty-mail 9 and its like were hidden by servers that strip."""
    sink = smtp_sink()
    octets = f"To: {', '.join(EVERYBODY)}\nBcc: {EVE}\nSubject: x\n\nSee you.\n"
    with (
        caplog.at_level(logging.DEBUG),
        smtplib.SMTP("127.0.0.1", sink.port, local_hostname="localhost") as client,
    ):
        client.sendmail(OFFICE, EVERYBODY, octets)
    kept = sink.messages(3)
    assert sorted(one.recipients for one in kept) == [(one,) for one in EVERYBODY]
    for one in kept:
        assert one.content.count(b"@") == 1
    assert "@" not in caplog.text


def test_a_real_postfix_gets_one_message_for_each(postfix: Postfix) -> None:
    """STARTTLS, a login and three people, as any old program would have it."""
    domain = "dropin.example.test"
    people = [f"{name}@{domain}" for name in ("ada", "bo", "chen")]
    context = ssl.create_default_context(cafile=str(postfix.ca))
    message = EmailMessage()
    message["From"], message["Date"] = f"office@{domain}", formatdate()
    message["To"], message["Cc"] = people[0], ", ".join(people[1:])
    message.set_content("See you.\n")
    with smtplib.SMTP("localhost", postfix.port, local_hostname="localhost") as client:
        client.starttls(context=context)
        client.login(postfix.username, postfix.password)
        assert client.send_message(message) == {}
    letters = postfix.delivered(domain, expected=3)
    assert sorted(one.recipient for one in letters) == people
    for one in letters:
        _, _, own = one.content.partition(b"\nReceived:")
        assert not any(p.encode() in own for p in people if p != one.recipient)


NAMES = st.text('abc \u00e9,"()<>@;:=?_\r\n\t', max_size=12)


@given(
    st.lists(st.sampled_from(EVERYBODY), min_size=1, max_size=3, unique=True),
    st.lists(st.tuples(st.sampled_from(FORMS), NAMES), max_size=3),
    st.binary(max_size=40),
)
def test_whatever_is_sent_nobody_sees_anybody(
    people: list[str], fields: list[tuple[str, str]], body: bytes
) -> None:
    """Any fields, any names, any octets: private, or refused before the first one."""
    known = [*people, EVE]
    lines = [form.format(f'"{name}" <{EVE}>, {people[0]}') for form, name in fields]
    octets = "\n".join([*lines, "Subject: x", "", ""]).encode() + body
    sent: list[tuple[str, bytes]] = []
    client = _Caught(sent)
    try:
        client.sendmail(OFFICE, people, octets)
    except (standard.SMTPException, ValueError):
        assert sent == []
    for person, content in sent:
        head = content.partition(b"\r\n\r\n")[0]
        assert [k for k in known if k != person and k.encode() in head] == []
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert b"\r" not in content.replace(b"\r\n", b"")


class _Caught(smtplib.SMTP):
    """A client that keeps what it would send."""

    def __init__(self, sent: list[tuple[str, bytes]]) -> None:
        super().__init__(local_hostname="localhost")
        self._sent, self._to = sent, ""
        self.ehlo_resp, self.does_esmtp = b"here", True
        self.sock = object()

    def rcpt(self, recip: str, options: object = ()) -> tuple[int, bytes]:
        self._to = recip
        return 250, b"ok"

    def mail(self, sender: str, options: object = ()) -> tuple[int, bytes]:
        return 250, b"ok"

    def rset(self) -> tuple[int, bytes]:
        return 250, b"ok"

    def data(self, msg: bytes) -> tuple[int, bytes]:
        self._sent.append((self._to, msg))
        return 250, b"ok"
