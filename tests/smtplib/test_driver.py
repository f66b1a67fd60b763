"""The conversation over a blocking line: what is written, read and given up."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from safesend import smtplib
from safesend.smtp.exchange import ConnectionLost, Exchange, Step
from safesend.smtp.letter import Letter
from safesend.smtp.reply import Reply
from safesend.smtplib.driver import (
    RawReply,
    ReplyFile,
    carry,
    said_too_much,
    session_for,
    short_reply,
    taken,
    tried,
)
from safesend.testing import Certificates


class _Line(smtplib.SMTP):
    """A client without a socket: it hears a script, and dies where the script ends."""

    def __init__(self, *replies: tuple[int, bytes], dead: bool = False) -> None:
        super().__init__(local_hostname="localhost")
        self.heard, self.written, self.dead = list(replies), [], dead

    def send(self, s: Any) -> None:
        if self.dead:
            raise smtplib.SMTPServerDisconnected("Server not connected")
        self.written.append(s)

    def getreply(self) -> tuple[int, bytes]:
        if not self.heard:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        code, text = self.heard.pop(0)
        if code == 500:
            raise smtplib.SMTPResponseException(500, "Line too long.")
        return code, text


def _asked(*steps: Step) -> tuple[list[Any], Generator[Step, list[Reply], None]]:
    """A conversation that notes what it is sent, or what is thrown into it."""
    noted: list[Any] = []

    def conversation() -> Generator[Step, list[Reply], None]:
        for step in steps:
            try:
                noted.append((yield step))
            except ConnectionLost as lost:
                noted.append(lost)

    return noted, conversation()


def test_pieces_are_written_as_they_are_and_replies_read() -> None:
    """The text of a reply is the server's own octets."""
    line = _Line((250, b"a"), (250, b"n\xe9"))
    noted, talk = _asked(Exchange((b"a", b"b"), "x", 2), Exchange(b"c", "y", 0))
    carry(line, talk)
    assert line.written == [b"a", b"b", b"c"]
    assert [reply.text for reply in noted[0]] == ["a", "n\xe9"]
    assert noted[1] == []


def test_nothing_is_read_after_421() -> None:
    """The server hangs up: fewer replies than asked for."""
    noted, talk = _asked(Exchange(b"a", "x", 3))
    carry(_Line((250, b"a"), (421, b"bye"), (250, b"never")), talk)
    assert [reply.code for reply in noted[0]] == [250, 421]


@pytest.mark.parametrize(
    ("replies", "dead", "finished"),
    [(1, True, False), (5, True, True), (1, False, True)],
)
def test_a_lost_line_says_whether_the_end_may_have_left(
    replies: int, *, dead: bool, finished: bool
) -> None:
    """Only a content alone in its group surely did not end when writing failed."""
    noted, talk = _asked(Exchange(b"a", "content", replies))
    carry(_Line(dead=dead), talk)
    assert (noted[0].finished, noted[0].replies) == (finished, ())


def test_replies_before_the_loss_are_kept() -> None:
    """A line that is too long is a lost line as well."""
    noted, talk = _asked(Exchange(b"a", "x", 2))
    carry(_Line((250, b"a"), (500, b"")), talk)
    assert [reply.code for reply in noted[0].replies] == [250]
    assert "too long" in noted[0].reason


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (b"250 2.1.0 Ok \r\n", (250, b"2.1.0 Ok")),
        (b"354 \r\n", (354, b"")),
        (b"250-more\r\n", None),
        (b"250 bare line feed\n", None),
        (b"250\r\n", None),
        (b"150 x\r\n", None),
        (b"250 " + b"x" * 600 + b"\r\n", None),
        (b"", None),
    ],
)
def test_a_plain_reply_is_read_in_one_step(
    line: bytes, read: tuple[int, bytes] | None
) -> None:
    """Anything else is left to the standard class."""
    assert short_reply(line) == read


def test_replies_are_read_line_by_line() -> None:
    """In whatever pieces they come; what came too early is seen."""
    here, there = socket.socketpair()
    with here, there:
        file = ReplyFile(here)
        there.sendall(b"250 a\r\n250")
        assert (file.readline(99), file.pending) == (b"250 a\r\n", b"250")
        there.sendall(b" bcd\r\nrest")
        assert [file.readline(4), file.readline(99)] == [b"250 ", b"bcd\r\n"]
        there.close()
        assert [file.readline(99), file.readline(99)] == [b"rest", b""]
        file.pending = b"x"
        file.close()
        assert file.pending == b""


def test_a_session_knows_what_the_server_offers() -> None:
    """Limits are left to the server, which refuses in its own words."""
    session = session_for({"pipelining": "", "size": "10", "smtputf8": ""})
    capabilities = session.capabilities
    assert (capabilities.smtputf8, capabilities.eightbitmime) == (True, False)
    assert (capabilities.takes_size, capabilities.size) == (True, None)
    assert RawReply(250, None, (), "raw <a@b.example>").text == "raw <a@b.example>"


def test_a_client_that_is_not_connected_was_told_nothing() -> None:
    """There is no line on which anything could wait."""
    assert not said_too_much(smtplib.SMTP())


def test_a_reply_that_comes_by_itself_is_seen_before_it_is_read():
    """In a packet of its own, too: it would pass for the answer to the content."""
    ours, theirs = socket.socketpair()
    client: Any = smtplib.SMTP()
    client.sock, client.file = ours, ReplyFile(ours)
    with ours, theirs:
        assert not said_too_much(client)
        theirs.sendall(b"250 surplus\r\n")
        assert said_too_much(client)
        assert client.getreply() == (250, b"surplus")
        assert not said_too_much(client)
        theirs.close()
        assert not said_too_much(client)  # who writes is told


def test_a_plain_group_is_read_at_once() -> None:
    """Anything else stays for whoever reads one reply after the other."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        file = ReplyFile(ours)
        theirs.sendall(b"250 a\r\n354 b\r\n")
        assert [(one.code, one.text) for one in file.group(2)] == [
            (250, "a"),
            (354, "b"),
        ]
        for octets in (b"250 a\r\n", b"250-a\r\n250 b\r\n", b"421 a\r\n250 b\r\n"):
            theirs.sendall(octets)
            assert (file.group(2), file.pending) == ((), octets)
            file.close()


LETTER = Letter("a@x.example", "b@x.example", (b"Subject: x\r\n\r\n",), 14)
GRANTED = [(250, b"a"), (250, b"b"), (250, b"c"), (354, b"d")]


@pytest.mark.parametrize(
    ("replies", "steps", "well"),
    [
        ([*GRANTED, (250, b"taken")], 2, True),
        ([*GRANTED, (251, b"odd")], 2, False),
        ([*GRANTED, (554, b"no")], 2, False),
        (GRANTED, 2, False),
        ([(250, b"a"), (250, b"b"), (550, b"no"), (354, b"d")], 1, False),
        ([(250, b"a")], 1, False),
    ],
)
def test_a_letter_is_tried_as_long_as_all_goes_well(
    replies: list[tuple[int, bytes]], steps: int, *, well: bool
) -> None:
    """Whatever else was heard is told to the session, which repeats nothing."""
    line, session = _Line(*replies), session_for({})
    heard = tried(line, session, LETTER)
    assert (len(heard), taken(heard)) == (steps, well)
    told: list[Any] = []
    carry(line, session.deliver(iter([LETTER]), told.append), heard)
    assert len(told) == 1
    assert len(set(line.written)) == len(line.written)


def test_a_letter_that_cannot_be_written_is_not_tried() -> None:
    """The session refuses it, in its own words."""
    line = _Line()
    assert tried(line, session_for({}), LETTER._replace(utf8=True)) == ()
    assert line.written == []


def test_whoever_reads_the_replies_reads_all_of_them() -> None:
    """A `getreply` of one's own is asked for each, on an object and in a subclass."""

    class Noting(smtplib.SMTP):
        def getreply(self) -> tuple[int, bytes]:
            seen.append(super().getreply())
            return seen[-1]

    seen: list[tuple[int, bytes]] = []
    for kind in (Noting, smtplib.SMTP):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            client: Any = kind()
            client.sock, client.file = ours, ReplyFile(ours)
            if kind is smtplib.SMTP:
                client.getreply = lambda: seen.append((1, b"")) or (250, b"x")
            theirs.sendall(b"250 a\r\n250 b\r\n")
            noted, talk = _asked(Exchange(b"", "x", 2))
            carry(client, talk)
            assert [reply.code for reply in noted[0]] == [250, 250]
    assert seen == [(250, b"a"), (250, b"b"), (1, b""), (1, b"")]


@contextmanager
def _tls() -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Both ends of a line under TLS."""
    own = Certificates()
    ours, theirs = socket.socketpair()
    served: list[ssl.SSLSocket] = []

    def serve() -> None:
        served.append(own.server_context().wrap_socket(theirs, server_side=True))

    thread = threading.Thread(target=serve)
    thread.start()
    client = own.client_context().wrap_socket(ours, server_hostname="localhost")
    thread.join()
    with client, served[0]:
        yield client, served[0]


def test_a_reply_that_comes_by_itself_is_seen_under_tls() -> None:
    """What else comes there, such as the tickets of TLS 1.3, is none."""
    with _tls() as (ours, theirs):
        client: Any = smtplib.SMTP()
        client.sock, client.file = ours, ReplyFile(ours)
        ours.settimeout(60)
        assert not said_too_much(client)
        theirs.sendall(b"250 surplus\r\n")
        assert said_too_much(client)
        assert client.getreply() == (250, b"surplus")
        assert (said_too_much(client), ours.gettimeout()) == (False, 60)
        theirs.sendall(b"250 a\r\n")
        assert client.getreply() == (250, b"a")


def test_a_line_that_is_gone_says_nothing_more() -> None:
    """Whoever writes to it is told."""
    ours, theirs = socket.socketpair()
    file = ReplyFile(ours)
    ours.close()
    theirs.close()
    assert not file.ahead()
