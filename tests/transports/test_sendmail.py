"""The sendmail command: what it is given, and what real ones make of it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from message.letters import forged
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused
from safesend.errors import ConfigurationError, TransportError
from safesend.policies.replies import builtin
from safesend.testing import SmtpServer, make_envelopes
from safesend.transports import SendmailTransport, Transport, open_transport
from servers.fixtures import or_skip
from servers.msmtp import msmtp
from servers.postfix import Postfix
from transports.carrying import carry, raw

_FAKE = """#!{python}
import json, sys
text = sys.stdin.buffer.read().decode("latin-1")
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], text]), file=log)
{end}
"""


@pytest.fixture
def fake(tmp_path):
    """Makes a sendmail that notes what it was given, and then does that."""

    def make(end: str = "") -> tuple[Path, Path]:
        path, log = tmp_path / "sendmail", tmp_path / "log"
        text = _FAKE.format(python=sys.executable, log=str(log), end=end)
        path.write_text(text)
        path.chmod(0o755)
        return path, log

    return make


async def _begun(log: Path) -> None:
    """Waits until a message was noted: the mailer is at work."""
    await asyncio.to_thread(_wait_for, log)


def _wait_for(log: Path) -> None:
    while not log.exists() or not log.read_text():
        time.sleep(0.01)


def noted(log: Path):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_urls():
    """The usual place, or another one; options have their values in them."""
    usual = open_transport("sendmail:")
    other = open_transport(
        "sendmail:/usr/my%20mail/sendmail?timeout=5&argument=-C/etc/x&argument=-v"
    )

    assert isinstance(usual, Transport)
    assert usual.name == usual.route(None) == "sendmail:/usr/sbin/sendmail"
    assert usual.limits() is None
    assert other == SendmailTransport(
        "/usr/my mail/sendmail", ["-C/etc/x", "-v"], timeout=5
    )
    assert open_transport("sendmail:///a/b").path == Path("/a/b")


@pytest.mark.parametrize(
    "url",
    [
        "sendmail:relative",
        "sendmail://host/path",
        "sendmail:/a?timeout=x",
        "sendmail:/a?timeout=0",
        "sendmail:/a?shell=yes",
        "sendmail:/a?argument=ada@example.org",
        "sendmail:/a?argument=-t",
        "sendmail:/a%00b",
    ],
)
def test_urls_that_are_none(url):
    """They are refused at once."""
    with pytest.raises(ConfigurationError):
        open_transport(url)


@pytest.mark.parametrize(
    "argument",
    [
        "-t",
        "-ti",
        "-it",
        "-vt",
        "--",
        "-",
        "",
        "root",
        "a@example.org",
        "-C\n/x",
        "-C\0",
        "--read-recipients",
        "--read-envelope-from",
        "--file=\n",
    ],
)
def test_arguments_that_could_name_somebody(argument):
    """Each would add a recipient, or hide the one that there is."""
    with pytest.raises(ConfigurationError, match="option"):
        SendmailTransport(arguments=[argument])


@pytest.mark.parametrize(
    "argument",
    ["-bs", "-bp", "-be", "-q", "-Mrm", "-P", "-S", "--pretend", "--version"],
)
def test_arguments_with_which_nothing_would_be_sent(argument):
    """Most end well, and would count as accepted; -bs reads texts as commands."""
    with pytest.raises(ConfigurationError, match="anything else than send"):
        SendmailTransport(arguments=[argument])
    assert SendmailTransport(arguments=["-bm", "--host=a"]).arguments[0] == "-bm"


def test_one_text_is_no_list_of_arguments():
    """It would be taken apart."""
    with pytest.raises(ConfigurationError, match="list"):
        SendmailTransport(arguments="-v")


def test_there_is_no_password():
    """It is not silently dropped."""
    with pytest.raises(ConfigurationError, match="no password"):
        open_transport("sendmail:", password="hunter2")


def test_one_process_a_message(fake):
    """One sender, one recipient behind --, the message with LF, -i and never -t."""
    path, log = fake()
    envelopes = list(make_envelopes(3, text=".\n..\nFrom here\n"))
    outcomes = carry(SendmailTransport(path, ["-C/etc/x"]), envelopes)

    assert [type(one) for one in outcomes] == [Accepted] * 3
    assert noted(log) == [
        [
            ["-C/etc/x", "-i", "-f", one.sender, "--", one.recipient.wire],
            one.content.replace(b"\r\n", b"\n").decode("latin-1"),
        ]
        for one in envelopes
    ]


def test_octets_are_preserved(fake):
    """But for the line ends nothing of a message changes."""
    path, log = fake()
    content = b"Subject: x\r\n\r\n.\r\n\xff\xc3\xa9 \tend \r\n\r\n..\r\nno end"
    carry(SendmailTransport(path), [raw(content)])

    assert noted(log)[0][1].encode("latin-1") == content.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "recipient",
    [
        "-t@example.org",
        "$HOME@example.org",
        "`id`@example.org",
        "|/bin/sh@example.org",
        "a'b@example.org",
        "{x,y}".replace(",", "") + "@example.org",
        "&x#@example.org",
    ],
)
def test_odd_addresses_stay_what_they_are(fake, recipient):
    """There is no shell; behind -- a dash is no option."""
    path, log = fake()
    [outcome] = carry(SendmailTransport(path), make_envelopes([recipient]))

    assert isinstance(outcome, Accepted)
    assert noted(log)[0][0][-2:] == ["--", recipient]


@pytest.mark.parametrize(
    "recipient", ['"a b"@example.org', '"a(b)c"@example.org', "a@[192.0.2.1]"]
)
def test_what_each_mailer_would_read_in_its_own_way_is_refused(fake, recipient):
    """msmtp makes another mailbox of one in quotes: so it is not asked."""
    path, log = fake()
    [envelope, other] = make_envelopes(2)
    odd = forged(envelope, recipient=SimpleNamespace(wire=recipient))
    outcomes = carry(SendmailTransport(path), [odd, other])

    assert [type(one) for one in outcomes] == [Refused, Accepted]
    assert len(noted(log)) == 1


def test_what_needs_smtputf8_is_refused(fake):
    """No sendmail can be asked for it, so nobody's mail is sent on luck."""
    path, log = fake()
    [outcome] = carry(SendmailTransport(path), make_envelopes(["jörg@example.org"]))

    assert isinstance(outcome, Refused)
    assert outcome.enhanced == "5.6.7"
    assert not log.exists()


def test_a_message_without_a_sender(fake):
    """The empty path is an argument of its own."""
    path, log = fake()
    [envelope] = make_envelopes(1)
    carry(SendmailTransport(path), [forged(envelope, sender="")])

    assert noted(log)[0][0][:3] == ["-i", "-f", ""]


def test_a_command_that_is_not_there(tmp_path):
    """It is told at once, and for good."""
    (tmp_path / "file").touch()
    for path in tmp_path / "missing", tmp_path / "file", tmp_path:
        with pytest.raises(TransportError) as caught:
            carry(SendmailTransport(path), make_envelopes(1))
        assert caught.value.permanent
        assert str(caught.value).startswith(f"sendmail:{path}: ")


def test_refusals_and_delays_leave_the_session_usable(fake):
    """They are of one message."""
    path, _ = fake("sys.exit({'2': 67, '3': 75}.get(sys.argv[-1][6], 0))")
    outcomes = carry(SendmailTransport(path), make_envelopes(5))
    kinds = [type(one) for one in outcomes]

    assert kinds == [Accepted, Accepted, Refused, Deferred, Accepted]


def test_a_doubt_ends_the_session(fake):
    """And three in a row the run: a mailer that crashes must not eat a whole list."""
    path, log = fake("sys.exit(1)")
    transport = SendmailTransport(path)
    for _ in range(3):
        assert [type(one) for one in carry(transport, make_envelopes(4))] == [InDoubt]
    with pytest.raises(TransportError, match="by hand") as caught:
        carry(transport, make_envelopes(4))

    assert caught.value.permanent
    assert len(noted(log)) == 3
    assert len(carry(transport, make_envelopes(4))) == 1, "who looked may begin anew"


def test_a_command_that_went_away(fake):
    """What was not begun was not sent."""
    path, _ = fake()

    async def main():
        transport = SendmailTransport(path)
        session = await transport.connect(transport.name)
        path.unlink()
        outcomes = [one async for one in session.deliver(make_envelopes(3))]
        usable = session.usable
        await session.close()
        await session.close()
        return outcomes, usable

    outcomes, usable = asyncio.run(main())
    assert [type(one) for one in outcomes] == [NotSent]
    assert not usable


def test_closing_in_the_middle_waits_for_the_message(fake):
    """What a mailer was given it may bring to its end."""
    path, log = fake(
        "import time; time.sleep(2); open(sys.argv[0] + '.done', 'w').close()"
    )

    async def main():
        transport = SendmailTransport(path)
        session = await transport.connect(transport.name)
        task = asyncio.ensure_future(anext(aiter(session.deliver(make_envelopes(3)))))
        await _begun(log)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await session.close()

    asyncio.run(main())
    assert len(noted(log)) == 1
    assert path.with_name("sendmail.done").exists()


def test_who_cannot_wait_for_the_end_leaves_it_alone(fake):
    """Breaking off the closing, too, does not end the mailer."""
    path, log = fake(
        "import time; time.sleep(4); open(sys.argv[0] + '.done', 'w').close()"
    )

    async def main():
        transport = SendmailTransport(path)
        session = await transport.connect(transport.name)
        task = asyncio.ensure_future(anext(aiter(session.deliver(make_envelopes(3)))))
        await _begun(log)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.close()

    asyncio.run(main())
    end = time.monotonic() + 60
    while not path.with_name("sendmail.done").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert len(noted(log)) == 1


def test_a_mailer_out_of_order_stops_the_run():
    """The table of replies judges what an exit status says."""
    assert any(rule.name == "mailer-out-of-order" for rule in builtin().rules)


# Real ones.


@pytest.mark.server
def test_postfix(postfix: Postfix):
    """Its sendmail takes addresses and octets as they are; dots end nothing."""
    people = [f"p{n}@sendmail.example.test" for n in range(20)]
    people.append("$HOME`id`|/x@sendmail.example.test")
    envelopes = list(make_envelopes(people, text=".\n..\nFrom here\n"))
    transport = SendmailTransport("/usr/sbin/sendmail", [f"-C{postfix.etc}"])
    outcomes = carry(transport, envelopes)
    letters = postfix.delivered("sendmail.example.test", expected=len(people))

    assert {type(one) for one in outcomes} == {Accepted}
    assert sorted(one.recipient for one in letters) == sorted(people)
    for letter, envelope in zip(
        sorted(letters, key=lambda one: one.recipient),
        sorted(envelopes, key=lambda one: one.recipient.wire),
        strict=True,
    ):
        text = envelope.content.replace(b"\r\n", b"\n")
        assert letter.content.endswith(text)


@pytest.mark.server
def test_postfix_out_of_order(postfix: Postfix, tmp_path):
    """Without its settings it takes nothing, and says so."""
    transport = SendmailTransport("/usr/sbin/sendmail", [f"-C{tmp_path}"])
    assert postfix.port
    [outcome] = carry(transport, make_envelopes(1))

    assert isinstance(outcome, Deferred)
    assert "main.cf" in outcome.text


@pytest.mark.server
def test_msmtp(tmp_path):
    """What its server says comes back; a line that ends behind the dot is a doubt."""
    with or_skip(), SmtpServer() as server:
        path, arguments = msmtp(tmp_path, server.port)
        envelopes = list(make_envelopes(6, text=".\n..\nFrom here\n"))
        people = [one.recipient.wire for one in envelopes]
        server.reply("rcpt", "550 5.1.1 no such user", to=people[1])
        server.reply("rcpt", "451 4.1.1 later", to=people[2])
        server.reply("content", "451 4.1.1 later", to=people[3])
        server.drop_before_reply("content", to=people[4])
        transport = SendmailTransport(path, arguments)
        outcomes = carry(transport, envelopes)

    kinds = [type(one) for one in outcomes]
    assert kinds == [Accepted, Refused, Deferred, Deferred, InDoubt]
    assert [one.recipients for one in server.messages] == [(people[0],), (people[4],)]
    assert server.messages[0].content == envelopes[0].content
    assert not any(person in str(outcomes) for person in people)
