"""Recipients as old lists have them: nobody twice, nobody lost, nobody shown."""

from __future__ import annotations

import threading
import time
from email.message import EmailMessage

import pytest

from safesend import smtplib
from safesend.smtplib.privacy import Discretion, people_of
from safesend.testing import SmtpServer

ADA = "ada@example.org"
ODD = [
    "bo@intranet",
    "a..b@example.org",
    "bo@my_host.example",
    "bo@[192.0.2.1]",
    "bo@example.org.",
    "bo@m\u00fcnchen",
    '"bo, the second"@example.org',
]


@pytest.mark.parametrize("who", ODD)
@pytest.mark.parametrize("text", ["Ask {}!", "to:{},", "Bo <{}>", "({})", "{}."])
def test_whom_only_a_server_takes_is_not_shown(who: str, text: str) -> None:
    """Addresses that `Address` refuses are found in a text all the same."""
    mail = f"Subject: x\r\n\r\n{text.format(who.upper())}\r\n".encode()
    to = people_of([ADA, who]).mailboxes
    with pytest.raises(smtplib.SMTPUnsafeMessage) as caught:
        Discretion().private(mail, to, ())
    assert who not in str(caught.value).lower()
    alone = Discretion().private(mail, [who], ())
    assert b"".join(alone(who)) == mail


@pytest.mark.parametrize("who", ["root", "bo@intranet"])
def test_whom_only_a_server_takes_sees_nobody(who: str) -> None:
    """They read as well: beside them one real address is another's."""
    mail = b"Subject: x\r\n\r\nDear ada@example.org!\r\n"
    asking = Discretion()
    assert asking.private(mail, [ADA], ())
    with pytest.raises(smtplib.SMTPUnsafeMessage):
        asking.private(mail, [ADA, who], ())
    with pytest.raises(smtplib.SMTPUnsafeMessage):
        asking.disclosed(mail, [ADA, who], (), 10)


def test_who_may_be_seen_may_be_named() -> None:
    """A colleague in a disclosed To may stand in the text, however written."""
    mail = b"To: bo@intranet, ada@example.org\r\nSubject: x\r\n\r\nAsk bo@intranet.\r\n"
    copy = Discretion().disclosed(mail, [ADA, "bo@intranet"], (), 10)
    assert b"".join(copy(ADA)) == mail


def test_one_mailbox_in_two_spellings_gets_one_copy() -> None:
    """U-labels and A-labels are one domain; \u00df and ss are two people (RFC 5890)."""
    message = EmailMessage()
    message["From"], message["Subject"] = "office@example.net", "Your seat"
    people = ["x@b\u00fccher.example", "X@xn--bcher-kva.example"]
    people += ["stra\u00dfe@example.org", "strasse@example.org"]
    with SmtpServer() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        assert client.send_message(message, to_addrs=people) == {}
        got = [one.recipients[0] for one in server.messages]
    assert got == [people[0], *people[2:]]


@pytest.mark.parametrize("wrong", [b"ada@example.org", [None], [(ADA, "Ada")], [5]])
def test_what_is_no_text_is_no_recipient(wrong: list[str]) -> None:
    """It is said at once, and nothing has left."""
    with SmtpServer() as server, smtplib.SMTP("127.0.0.1", server.port) as client:
        with pytest.raises(TypeError, match="a recipient is a text"):
            client.sendmail("office@example.net", wrong, b"Subject: x\r\n\r\nHi\r\n")
        assert server.transactions == []


@pytest.mark.parametrize("pipelining", [True, False])
def test_threads_that_share_a_client_take_turns(*, pipelining: bool) -> None:
    """Nobody gets what another thread has for somebody else, and nobody is lost."""
    with (
        SmtpServer(pipelining=pipelining) as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):

        def send(number: int) -> None:
            for turn in range(10):
                who = f"p{number}-{turn}@example.org"
                mail = f"Subject: for {number}-{turn}\r\n\r\nHi\r\n"
                client.sendmail("office@example.net", [who, f"b{who}"], mail)

        threads = [threading.Thread(target=send, args=(one,)) for one in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        got = [(one.recipients, one.content) for one in server.messages]
    assert len(got) == 60
    for [who], content in got:
        number = who.partition("@")[0].lstrip("bp").encode()
        assert b"Subject: for %b\r\n" % number in content


MANY = ", ".join(f"p{number}@example.org" for number in range(15))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (f"To: {MANY}, broken <<", "in one way"),
        (f"To: {ADA}\r\nCc: {MANY.replace(',', ';')}", "in one way"),
        (f"To: {ADA}\r\nCc: =?utf-8?q?bo=40example.org?=", "in one way"),
        (f"To: {ADA} (not bo@example.org)\r\nBcc: bo@example.org", "another recipient"),
        (f'To: "bo@example.org" <{ADA}>\r\nBcc: bo@example.org', "another recipient"),
        (f"To: {ADA}\r\nBcc: x\r\n and\r\n<bo@example.org>", "another recipient"),
    ],
)
def test_a_disclosed_list_shows_only_whom_it_names(fields: str, reason: str) -> None:
    """Nobody beyond the limit, and nobody hidden, in a field that is hard to read."""
    mail = f"{fields}\r\nSubject: x\r\n\r\nHi\r\n".encode()
    with pytest.raises(smtplib.SMTPUnsafeMessage, match=reason) as caught:
        Discretion().disclosed(mail, [ADA, "bo@example.org"], (), 10)
    assert "bo@" not in str(caught.value)


def test_a_long_list_takes_linear_time() -> None:
    """In one call, and in a loop of calls with the same message."""
    people = [f"p{number}@example.org" for number in range(10_000)]
    mail = f"To: {', '.join(people)}\r\nSubject: x\r\n\r\nHi\r\n".encode()
    asking, begun = Discretion(), time.process_time()
    copy = asking.private(mail, people, ())
    for one in people:
        assert b"".join(copy(one)).startswith(b"To: %b\r\n" % one.encode())
    for one in people[:200]:
        assert asking.private(mail, [one], ())
    assert time.process_time() - begun < 20
