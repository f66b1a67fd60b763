"""Every carrier keeps the published promises."""

from __future__ import annotations

import asyncio
import mailbox
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from safesend.delivery import Refused, Stage
from safesend.message.envelope import Envelope
from safesend.testing import SmtpServer, check_transport
from safesend.testing.transports import TRANSPORT_PROMISES, TransportCase
from safesend.transports import (
    EmlTransport,
    Failover,
    LmtpTransport,
    MaildirTransport,
    MboxTransport,
    MemoryTransport,
    SendmailTransport,
    SesTransport,
    SmtpTransport,
    failover,
)
from safesend.transports.files import BATCH
from servers.dovecot_lmtp import DovecotLmtp
from servers.fixtures import or_skip
from servers.msmtp import msmtp
from servers.ses import REGION, Recorder
from transports.net_of_servers import internet

FILES_AHEAD = BATCH - 1


def _lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _eml(folder: Path) -> TransportCase:
    return TransportCase(
        lambda: EmlTransport(folder),
        lambda: [file.read_bytes() for file in folder.glob("*.eml")],
        ahead=FILES_AHEAD,
    )


def _maildir(folder: Path) -> TransportCase:
    def received() -> list[bytes]:
        if not folder.exists():
            return []
        return [message.as_bytes() for message in mailbox.Maildir(folder, _bytes)]

    return TransportCase(
        lambda: MaildirTransport(folder), received, kept=_lf, ahead=FILES_AHEAD
    )


def _bytes(file: object) -> object:
    class Octets:
        def __init__(self) -> None:
            self.octets = file.read()

        def as_bytes(self) -> bytes:
            return self.octets

    return Octets()


def _mbox(folder: Path) -> TransportCase:
    file = folder / "out.mbox"

    def received() -> list[bytes]:
        if not file.exists():
            return []
        box = mailbox.mbox(file)
        try:
            return [_unquoted(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118
        finally:
            box.close()

    return TransportCase(
        lambda: MboxTransport(file),
        received,
        # The end of a message is the blank line, so a last line end is always there.
        kept=lambda content: _lf(content).rstrip(b"\n") + b"\n",
        ahead=FILES_AHEAD,
    )


def _unquoted(message: bytes) -> bytes:
    lines = message.rstrip(b"\n").split(b"\n")
    quoted = (b">", b"From ")
    return (
        b"\n".join(
            line[1:]
            if line.startswith(quoted[0]) and line.lstrip(b">").startswith(quoted[1])
            else line
            for line in lines
        )
        + b"\n"
    )


def _memory(_: Path) -> TransportCase:
    refused: set[str] = set()

    def answer(envelope: Envelope) -> Refused | None:
        return Refused(Stage.RCPT, 550) if envelope.message_id in refused else None

    usual = MemoryTransport().answer
    transport = MemoryTransport(answer=lambda e: answer(e) or usual(e))
    return TransportCase(
        lambda: transport,
        lambda: [envelope.content for envelope in transport.messages],
        refuse=lambda envelope: refused.add(envelope.message_id),
        ahead=0,
    )


def _smtp(
    server: SmtpServer, in_flight: int | None = None, *, lmtp: bool = False
) -> TransportCase:
    def make() -> SmtpTransport | LmtpTransport:
        if lmtp:
            return LmtpTransport("127.0.0.1", server.port)
        return SmtpTransport(
            "127.0.0.1",
            server.port,
            tls="insecure-plaintext",
            helo="client.example",
            in_flight=in_flight,
        )

    def refuse(envelope: Envelope) -> None:
        wire = envelope.recipient.wire
        no = "550 5.1.1 No such user"
        server.reply("rcpt", no, when=lambda moment: moment.argument == wire)

    return TransportCase(
        make,
        lambda: [message.content for message in server.messages],
        refuse=refuse,
        ahead=in_flight or 1,
    )


def _in_memory_of_two(folder: Path) -> TransportCase:
    case = _memory(folder)
    carrier = failover(case.make(), MemoryTransport())
    return attrs.evolve(case, make=lambda: carrier)


def _of_two_servers(server: SmtpServer) -> TransportCase:
    case = _smtp(server)

    def make() -> Failover:
        second = SmtpTransport("localhost", server.port, tls="insecure-plaintext")
        return failover(case.make(), second)

    return attrs.evolve(case, make=make)


def _ses(server: Recorder) -> TransportCase:
    def refuse(envelope: Envelope) -> None:
        tag = envelope.message_id.strip("<>").partition("@")[0]
        server.refused.add(tag)

    return TransportCase(
        lambda: SesTransport(REGION, endpoint_url=server.url),
        lambda: [call.octets for call in server.taken],
        refuse=refuse,
        ahead=0,
    )


FOLDERS: dict[str, Callable[[Path], TransportCase]] = {
    "eml": _eml,
    "maildir": _maildir,
    "mbox": _mbox,
    "memory": _memory,
    "failover-memory": _in_memory_of_two,
}


_SERVERS = ("smtp", "smtp-lockstep", "smtp-in-flight", "failover-smtp", "lmtp")


@pytest.fixture(params=[*FOLDERS, *_SERVERS])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TransportCase]:
    if request.param in FOLDERS:
        yield FOLDERS[request.param](tmp_path / "place")
        return
    if request.param == "lmtp":
        with SmtpServer(lmtp=True) as server:
            yield _smtp(server, lmtp=True)
            assert server.violations == []
        return
    deep = 8 if request.param == "smtp-in-flight" else None
    with SmtpServer(
        pipelining=request.param != "smtp-lockstep",
        chunking="in groups" if deep else False,
    ) as server:
        several = request.param == "failover-smtp"
        yield _of_two_servers(server) if several else _smtp(server, deep)
        assert server.violations == []
        assert all(len(message.recipients) == 1 for message in server.messages)


def _dovecot(server: DovecotLmtp, *, unix: bool) -> TransportCase:
    def make() -> LmtpTransport:
        if unix:
            return LmtpTransport(path=server.socket)
        return LmtpTransport("127.0.0.1", server.port)

    return TransportCase(
        make,
        lambda: [own for box in server.delivered().values() for own in map(_own, box)],
        kept=_lf,
        refuse=lambda envelope: server.fill(envelope.recipient.wire),
    )


def _own(letter: bytes) -> bytes:
    """Without the lines that a server puts on top: ours begin with From."""
    return letter[letter.index(b"\nFrom: ") + 1 :]


@pytest.fixture(params=["tcp", "unix"])
def kept_by_dovecot(
    request: pytest.FixtureRequest, dovecot_lmtp: DovecotLmtp
) -> TransportCase:
    return _dovecot(dovecot_lmtp, unix=request.param == "unix")


@pytest.fixture
def handed_on_by_msmtp(tmp_path: Path) -> Iterator[TransportCase]:
    with or_skip(), SmtpServer() as server:
        path, arguments = msmtp(tmp_path, server.port)

        def refuse(envelope: Envelope) -> None:
            server.reply("rcpt", "550 5.1.1 No such user", to=envelope.recipient.wire)

        yield TransportCase(
            lambda: SendmailTransport(path, arguments),
            lambda: [message.content for message in server.messages],
            refuse=refuse,
            ahead=0,
        )
        assert server.violations == []
        assert all(len(message.recipients) == 1 for message in server.messages)


@pytest.mark.server
@pytest.mark.parametrize("promise", TRANSPORT_PROMISES, ids=lambda p: p.__name__)
def test_lmtp_keeps_every_promise(kept_by_dovecot: TransportCase, promise) -> None:
    """The same with the mailboxes of a real Dovecot."""
    asyncio.run(promise(kept_by_dovecot))


@pytest.mark.server
@pytest.mark.parametrize("promise", TRANSPORT_PROMISES, ids=lambda p: p.__name__)
def test_sendmail_keeps_every_promise(
    handed_on_by_msmtp: TransportCase, promise
) -> None:
    """The same with a real mailer of this machine."""
    asyncio.run(promise(handed_on_by_msmtp))


@pytest.mark.parametrize("promise", TRANSPORT_PROMISES, ids=lambda p: p.__name__)
def test_every_carrier_keeps_every_promise(case: TransportCase, promise) -> None:
    """What `safesend.testing` publishes is true of each carrier of ours."""
    asyncio.run(promise(case))


@pytest.fixture
def ses_case(ses_peer: Recorder) -> Iterator[TransportCase]:
    """Amazon SES, by each of two real peers (moto wants verified senders)."""
    yield _ses(ses_peer)
    assert all(len(call.addresses) == 1 for call in ses_peer.calls)
    assert len(ses_peer.taken) == len(ses_peer.calls) - len(ses_peer.refused)


@pytest.mark.parametrize("promise", TRANSPORT_PROMISES, ids=lambda p: p.__name__)
def test_amazon_ses_keeps_every_promise(ses_case: TransportCase, promise) -> None:
    """Whoever speaks its API."""
    asyncio.run(promise(ses_case))


def test_the_whole_suite_runs_in_one_call(tmp_path: Path) -> None:
    """An author of a carrier calls one function."""
    case = _eml(tmp_path)
    check_transport(case.make, case.received, ahead=case.ahead)


@pytest.fixture(params=["pipelined", "lockstep"])
def straight_to_the_servers(request: pytest.FixtureRequest) -> Iterator[TransportCase]:
    with internet() as net:
        server = net.server("127.0.0.2", pipelining=request.param == "pipelined")
        net.host("mx.test", "127.0.0.2")
        net.domain("*.example", (10, "mx.test"))

        def refuse(envelope: Envelope) -> None:
            server.reply("rcpt", "550 5.1.1 No such user", to=envelope.recipient.wire)

        yield TransportCase(
            lambda: net.transport(max_messages=None),
            lambda: [message.content for message in server.messages],
            refuse=refuse,
        )
        assert server.violations == []
        assert all(len(message.recipients) == 1 for message in server.messages)


@pytest.mark.parametrize("promise", TRANSPORT_PROMISES, ids=lambda p: p.__name__)
def test_direct_delivery_keeps_every_promise(
    straight_to_the_servers: TransportCase, promise
) -> None:
    """Found by DNS, at a server of the domain's own."""
    asyncio.run(promise(straight_to_the_servers))
