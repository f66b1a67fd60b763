"""Tests of a loop that is handed to the engine, against a real server."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes, policy
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from loops import PEOPLE, invoices, letter

from safesend import (
    Allow,
    Recipient,
    SuppressionList,
    Template,
    Unsubscribe,
    read_csv,
)
from safesend.errors import (
    AddressError,
    AudienceError,
    CampaignChanged,
    ConfigurationError,
    TemplateError,
    UnsafeMessage,
)
from safesend.smtplib import SMTP, SMTP_SSL
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport


def went(server):
    """Who got what: every message went to one person, who is its only To."""
    found = {}
    for one in server.messages:
        parsed = message_from_bytes(one.content, policy=policy.default)
        [person] = one.recipients
        assert parsed["to"] == person
        assert parsed["cc"] is parsed["bcc"] is None
        found.setdefault(person, []).append(parsed)
    assert server.violations == []
    return found


def read(message, kind):
    return "\n".join(message.get_body((kind,)).get_content().splitlines()) + "\n"


@pytest.fixture
def server():
    with SmtpServer() as server:
        yield server


@pytest.fixture
def line(server):
    with SMTP("127.0.0.1", server.port) as line:
        yield line


def test_one_message_goes_to_each_person_alone(server, line, tmp_path):
    """And nobody gets it twice when the program runs again, or with more people."""
    message = letter(to=", ".join(PEOPLE), Bcc="boss@example.org", html="<p>Dear all")
    ledger = tmp_path / "bulk.db"

    report = line.send_bulk(message, PEOPLE, ledger=ledger)

    assert (report.recipients, report.accepted) == (20, 20)
    assert report.campaign.startswith("bulk-")
    copies = went(server)
    assert set(copies) == set(PEOPLE)
    assert len({one["message-id"] for [one] in copies.values()}) == 20
    for [one] in copies.values():
        assert one["from"] == "News <news@example.org>"
        assert read(one, "plain") == "Dear all\n"
    again = line.send_bulk(message, [*PEOPLE, "late@example.net"], ledger=ledger)
    assert (again.sent_now, again.accepted) == (1, 21)
    assert all(len(found) == 1 for found in went(server).values())


def test_other_content_is_another_mailing(server, line, tmp_path):
    """The name is that of the content; one name with other content is refused."""
    ledger = tmp_path / "bulk.db"
    one, two = letter(), letter("Dear all, again\n")

    assert line.send_bulk(one, PEOPLE[:3], ledger=ledger).sent_now == 3
    assert line.send_bulk(two, PEOPLE[:3], ledger=ledger).sent_now == 3
    assert line.send_bulk(one, PEOPLE[:3], ledger=ledger, name="spring").sent_now == 3
    with pytest.raises(CampaignChanged):
        line.send_bulk(two, PEOPLE[:3], ledger=ledger, name="spring")
    assert len(server.messages) == 9


def _by_hand():
    message = MIMEMultipart()
    message["From"] = "news@example.org"
    message["To"] = "Ada <ada@example.net>, bo@example.net"
    message["Bcc"] = "cy@example.net"
    message["Subject"] = "Spring"
    message.attach(MIMEText("Dear all\n"))
    return message


@pytest.mark.parametrize(
    "message", [_by_hand(), _by_hand().as_bytes(), _by_hand().as_string()]
)
def test_messages_are_taken_as_sendmail_takes_them(server, line, message):
    """Octets, a text, or any class; without a list it goes to its own people."""
    report = line.send_bulk(message, ledger=":memory:")

    assert report.accepted == 3
    assert set(went(server)) == {"ada@example.net", "bo@example.net", "cy@example.net"}


def test_a_template_takes_fields_from_a_list(server, line, tmp_path):
    """From what `read_csv` gives."""
    path = tmp_path / "people.csv"
    path.write_text("email,name\nada@example.net,Ada\nbo@example.net,Bo\n", "utf-8")
    template = Template("Hello {{ name }}", text="Dear {{ name }},\nhello.\n")

    report = line.send_bulk(
        template, read_csv(path), sender="news@example.org", ledger=":memory:"
    )

    assert report.accepted == 2
    assert went(server)["bo@example.net"][0]["subject"] == "Hello Bo"


@pytest.mark.parametrize(
    "given",
    [
        ["Cy <cy@example.net>", Recipient("di@example.net"), Recipient("e@e.example")],
        iter(["cy@example.net", "di@example.net", '"Last, E" <ed@example.net>']),
        {"cy@example.net", "di@example.net", "ed@example.net"},
    ],
)
def test_recipients_are_taken_as_programs_have_them(line, given):
    """Bare, with names, as values; in a list, a set or a generator."""
    report = line.send_bulk(letter(), given, ledger=":memory:")

    assert report.accepted == 3


def test_readers_may_leave_by_a_link(line, server, tmp_path):
    """
    Of the list that is asked; without that nothing is sent.
    """
    with SuppressionList(tmp_path / "never.db") as never:
        link = Unsubscribe("https://example.org/leave", never.unsubscribe_key())
        options = {"ledger": tmp_path / "x.db", "unsubscribe": link}
        with pytest.raises(ConfigurationError, match="no list is asked"):
            line.send_bulk(letter(), PEOPLE, **options)
        line.send_bulk(letter(), PEOPLE, **options, suppression=never)
        for [message] in went(server).values():
            token = message["List-Unsubscribe"].strip("<>").rpartition("/")[2]
            assert never.unsubscribe(token) is True
        assert never.counts()["unsubscribed"].number == len(PEOPLE)


def test_one_recipient_may_be_a_text(line):
    """As `sendmail` takes one; several in one text are refused."""
    assert line.send_bulk(letter(), PEOPLE[0], ledger=":memory:").accepted == 1
    with pytest.raises(AddressError):
        line.send_bulk(letter(), ", ".join(PEOPLE), ledger=":memory:")


def test_a_loop_of_messages_reads_as_it_did(server, line, tmp_path):
    """Each person's own: subject, text, html, files, and the file that all have."""
    report = line.send_bulk(
        invoices(List_Id="<inv.example.org>"), ledger=tmp_path / "bulk.db"
    )

    assert report.accepted == 20
    copies = went(server)
    for message in invoices():
        [copy] = copies[message["to"]]
        assert copy["subject"] == message["subject"]
        assert copy["list-id"] == "<inv.example.org>"
        for kind in ("plain", "html"):
            assert read(copy, kind) == read(message, kind)
        files = {
            file.get_filename(): file.get_payload(decode=True)
            for file in copy.iter_attachments()
        }
        assert files == {
            "invoice.bin": f"PDF of {message['to']}".encode(),
            "t.csv": b"terms",
        }


def test_a_loop_that_runs_again_sends_what_is_new(server, line, tmp_path):
    """One person more gets theirs, a second message to somebody goes, nobody twice."""
    ledger = tmp_path / "bulk.db"

    def send(messages):
        return line.send_bulk(messages, ledger=ledger).sent_now

    assert send(invoices()) == 20
    assert send(list(invoices())) == 0
    assert send(invoices([*PEOPLE, "late@example.net"])) == 1
    more = list(invoices([*PEOPLE, PEOPLE[3]]))
    assert send([*invoices([*PEOPLE, "late@example.net"]), more[-1]]) == 1
    assert Counter(map(len, went(server).values())) == {1: 20, 2: 1}


def test_with_a_name_each_person_gets_one_message(server, line, tmp_path):
    """However its words change from run to run."""
    ledger = tmp_path / "bulk.db"

    def timed(minute):
        for person in PEOPLE:
            yield letter(f"Dear {person}, it is 12:{minute:02}\n", to=person)

    for minute in range(3):
        line.send_bulk(timed(minute), ledger=ledger, name="noon")
    assert len(server.messages) == 20
    twice = [letter(text, to=PEOPLE[0]) for text in ("a\n", "b\n")]
    with pytest.raises(AudienceError):
        line.send_bulk(twice, ledger=ledger, name="twice")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_same_server_and_login_under_tls(tls):
    """With the trust of the connection, and its password; that one stays open."""
    with SmtpServer(tls=tls, users={"ada": "secret"}) as server:
        context = server.client_context()
        if tls == "starttls":
            line = SMTP("127.0.0.1", server.port)
            line.starttls(context=context)
        else:
            line = SMTP_SSL("127.0.0.1", server.port, context=context)
        with line:
            line.login("ada", "secret")
            assert line.send_bulk(letter(), PEOPLE, ledger=":memory:").accepted == 20
            assert line.noop()[0] == 250
        assert {(one.user, one.tls) for one in server.messages} == {("ada", True)}
        assert set(went(server)) == set(PEOPLE)


def test_it_works_where_a_loop_is_running(line):
    """In a notebook, or called from a coroutine."""

    async def main():
        return line.send_bulk(letter(), PEOPLE[:2], ledger=":memory:")

    assert asyncio.run(main()).accepted == 2


def test_it_sends_by_another_transport_when_told():
    """Then the connection does not matter."""
    transport = MemoryTransport()

    SMTP().send_bulk(letter(), PEOPLE[:2], transport=transport, ledger=":memory:")

    assert len(transport.messages) == 2


def test_a_password_is_for_the_server_that_it_was_given_to():
    """A later connection of the same object begins without it."""
    with SmtpServer(users={"ada": "secret"}, auth_without_tls=True) as first:
        line = SMTP("127.0.0.1", first.port)
        line.login("ada", "secret")
        line.quit()
    with SmtpServer() as second, line:
        line.connect("127.0.0.1", second.port)
        assert line.send_bulk(letter(), PEOPLE[:2], ledger=":memory:").accepted == 2


def _elsewhere(**attributes):
    """A connection that says that it leads to another machine."""
    line = SMTP()
    line._connected_to = ("mail.example.org", 25)
    for name, value in attributes.items():
        setattr(line, name, value)
    return line


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"_connected_to": None}, "not connected"),
        ({}, r"call starttls\(\) first"),
        ({"_login": ("ada", "x")}, "does not repeat that"),
        ({"_connected_to": ("::1", 25), "_login": ("ada", "")}, "does not repeat that"),
        ({"_connected_to": ("127.0.0.1.example.org", 25)}, "starttls"),
        ({"ehlo_msg": "lhlo"}, "not LMTP"),
    ],
)
def test_no_less_protection_than_the_engine_wants(attributes, reason):
    """Plain text to another machine by name only, and a password never."""
    with pytest.raises(ConfigurationError, match=reason):
        _elsewhere(**attributes).send_bulk(letter(), PEOPLE, ledger=":memory:")


def test_a_connection_that_trusts_anybody_is_not_repeated():
    """A context that checks nothing (L28)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    line = _elsewhere(_security="starttls", _tls_context=context)
    with pytest.raises(ConfigurationError, match="does not verify"):
        line.send_bulk(letter(), PEOPLE, ledger=":memory:")


def test_what_a_connection_is_made_with_is_handed_on():
    """Host, port and source; plain text where it is named, or stays here."""
    line = _elsewhere(source_address=("192.0.2.7", 0))
    there = line._carrier("insecure-plaintext")
    assert there.name == "smtp+insecure-plaintext://mail.example.org:25"
    assert there.source_address == "192.0.2.7"
    for host in ("localhost", "127.9.9.9", "::1"):
        assert _elsewhere(_connected_to=(host, 2525))._carrier(None).port == 2525
    line = _elsewhere(source_address=("", 0), _security="implicit")
    assert line._carrier(None).source_address is None
    assert line._carrier(None).name == "smtps://mail.example.org:25"


def _nested():
    message = letter()
    message.add_attachment(letter(to="eve@example.net"))
    return message


def _injected():
    message = MIMEText("Dear all\n")
    message["From"] = "news@example.org"
    message["Subject"] = "Spring\nBcc: eve@example.net"
    return message


def _listed():
    message = letter()
    message.add_attachment("\n".join(PEOPLE), subtype="csv", filename="people.csv")
    return message


HIDDEN = "".join(f"&#{ord(sign)};" for sign in PEOPLE[7])


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (_injected(), UnsafeMessage),
        (_nested(), TemplateError),
        (_listed(), UnsafeMessage),
        (letter(f"Dear all, {PEOPLE[7]} too\n"), UnsafeMessage),
        (letter(html=f"<p>Dear all<!-- {PEOPLE[7]} -->"), UnsafeMessage),
        (letter(html=f"<p>Dear all {HIDDEN}"), UnsafeMessage),
        (letter("Dear {{ name }},\n"), UnsafeMessage),
        (letter("Dear None,\n"), UnsafeMessage),
        (letter(References="<1@example.org>"), TemplateError),
        (letter(Reply_To=", ".join(PEOPLE)), AddressError),
        ("no message", TemplateError),
        (17, ConfigurationError),
        (Template("a", text="b"), ConfigurationError),
    ],
)
def test_what_would_expose_somebody_is_not_sent(server, line, message, error):
    """Neither by its headers nor by what it says; nothing has left."""
    with pytest.raises(error):
        line.send_bulk(message, PEOPLE, ledger=":memory:")
    assert server.transactions == []


@pytest.mark.parametrize("where", ["text", "html", "hidden", "file", "number"])
def test_a_loop_that_is_one_row_off_is_not_sent(server, line, where):
    """One message of twenty says something of another person."""
    messages = list(invoices())
    said = {
        "text": {"text": f"Dear you, not {PEOPLE[7]}\n", "html": "<p>Dear you"},
        "html": {"html": f"<p>Dear you<!-- {PEOPLE[7]} -->"},
        "hidden": {"html": f"<p>Dear you <a href='x?m={HIDDEN}'>"},
        "number": {"html": "<p>Invoice R-2026-00007"},
    }
    messages[3] = letter(to=PEOPLE[3], **{"html": "<p>a", **said.get(where, {})})
    files = [("t.csv", "terms"), ("list.csv", PEOPLE[7])]
    for name, data in files[: 2 if where == "file" else 1]:
        messages[3].add_attachment(
            data.encode(), maintype="text", subtype="csv", filename=name
        )
    with pytest.raises(UnsafeMessage) as caught:
        line.send_bulk(messages, ledger=":memory:")
    assert "messages:4" in str(caught.value)
    assert server.transactions == []


def test_a_bcc_inside_is_gone(server, line):
    """Fields that name people stay behind, in whatever spelling."""
    message = letter(
        to=", ".join(PEOPLE), Cc="x@example.net", Bcc="y@example.net",
        X_Odoo_Bcc="z@example.net", Resent_To="w@example.net",
    )  # fmt: skip

    line.send_bulk(message, PEOPLE, ledger=":memory:")

    for one in server.messages:
        [reader] = one.recipients
        others = {*PEOPLE, *(f"{local}@example.net" for local in "wxyz")} - {reader}
        assert not any(other.encode() in one.content for other in others)


@pytest.mark.parametrize(
    "allow",
    ["L20: it is our own mail", Allow("L20", "our own"), [Allow("L20", "our own")]],
)
@pytest.mark.parametrize("loop", [False, True])
def test_a_text_about_templates_is_sent_as_it_is(server, line, loop, allow):
    """Nobody's name is missing in it (L37); the report says that it passed."""
    text = "Write {{ name }} or {% if %} where the name goes.\n"
    people = PEOPLE[:2]
    if loop:
        messages, people = [letter(text, to=person) for person in people], None
    else:
        messages = letter(text)

    report = line.send_bulk(messages, people, ledger=":memory:", allow=allow)

    for [copy] in went(server).values():
        assert read(copy, "plain") == text
    assert "L37" in str(report.allowed)


def test_whose_a_message_is_is_never_told_by_order(line):
    """Two lists side by side are one row off, one day (L17)."""
    with pytest.raises(ConfigurationError, match="L17"):
        line.send_bulk([letter()], PEOPLE, ledger=":memory:")


_SCRIPT = """
import sys
from safesend.smtplib import SMTP
from loops import letter
port, ledger, kind = int(sys.argv[1]), sys.argv[2], sys.argv[3]
people = [f"person{n}@example.net" for n in range(2000)]
with SMTP("127.0.0.1", port) as line:
    if kind == "one":
        line.send_bulk(letter(), people, ledger=ledger, lanes=4)
    else:
        messages = (letter(f"Dear {who},\\nhello.\\n", to=who) for who in people)
        line.send_bulk(messages, ledger=ledger, lanes=4)
"""


@pytest.mark.parametrize("kind", ["one", "loop"])
def test_killed_in_the_middle_and_run_again(server, tmp_path, kind):
    """2,000 people, three times kill -9: one copy each, but for the few in doubt."""
    command = [sys.executable, "-c", _SCRIPT, str(server.port), str(tmp_path / "k.db")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def start():
        return subprocess.Popen([*command, kind], env=environment)

    for target in (200, 800, 1400):
        with start() as script:
            while len(server.messages) < target and script.poll() is None:
                time.sleep(0.005)
            assert script.poll() is None, "it was to be killed while it sends"
            script.send_signal(signal.SIGKILL)
    for _ in range(2):
        with start() as script:
            assert script.wait() == 0
        copies = Counter(person for one in server.messages for person in one.recipients)
        assert set(copies.values()) == {1}
        # About one message a connection may be in doubt after each kill.
        assert 2000 - 3 * 3 * 4 <= len(copies) <= 2000
