"""A sink of our own: quick, and one that can read what it gets.

    sink.py PORT [--tls PEM] [--check --people N --parts 2]

It offers PIPELINING, 8BITMIME, SIZE and CHUNKING, answers all that came in one packet
by one, counts messages, sums a hash of the recipients, and tells it as one line of JSON
when it is ended. With --check it keeps every message and tells what is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import ssl
import sys
import zlib
from pathlib import Path

__all__ = ["Conversation", "main"]

_GREETING = b"220 sink.example.org ESMTP\r\n"
_EHLO = (
    b"250-sink.example.org\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n"
    b"250 CHUNKING\r\n"
)
_OK, _GO, _BYE = b"250 2.0.0 Ok\r\n", b"354 Go\r\n", b"221 2.0.0 Bye\r\n"
_UNKNOWN = b"500 5.5.2 What?\r\n"
_END = b"\r\n.\r\n"
_RECIPIENT = re.compile(rb"<([^>]*)>")

Message = tuple[list[bytes], bytes]


class Count:
    """What all connections have brought."""

    def __init__(self, *, keep: bool) -> None:
        self.messages = 0
        self.recipients = 0
        self.kept: list[Message] | None = [] if keep else None

    def took(self, recipients: list[bytes], content: bytes | None) -> None:
        """One message for these people."""
        self.messages += 1
        for one in recipients:
            self.recipients = (self.recipients + zlib.crc32(one)) & 0xFFFFFFFFFFFFFFFF
        if self.kept is not None:
            self.kept.append((recipients, content or b""))


class Conversation:
    """One connection, without the connection: octets in, octets out."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._pending = bytearray()
        self._recipients: list[bytes] = []
        self._chunks = bytearray()
        self._in_data = False
        self._scanned = 0
        self.over = False

    def fed(self, data: memoryview) -> bytes:
        """What is answered to that, all in one."""
        self._pending += data
        answers: list[bytes] = []
        while (step := self._message if self._in_data else self._line)(answers):
            assert step is not None
        return b"".join(answers)

    def _message(self, answers: list[bytes]) -> bool:
        pending = self._pending
        if pending.startswith(b".\r\n"):
            end, after = 0, 3
        else:
            found = pending.find(_END, max(0, self._scanned - 4))
            if found < 0:
                self._scanned = len(pending)
                return False
            end, after = found + 2, found + 5
        self._take(self._kept(end))
        del pending[:after]
        self._in_data, self._scanned = False, 0
        answers.append(_OK)
        return True

    def _kept(self, end: int) -> bytes | None:
        """The message without the stuffed dots; None when nobody will read it."""
        if self._count.kept is None:
            return None
        octets = bytes(self._pending[:end])
        return octets.removeprefix(b".").replace(b"\r\n..", b"\r\n.")

    def _take(self, content: bytes | None) -> None:
        self._count.took(self._recipients, content)
        self._recipients = []

    def _line(self, answers: list[bytes]) -> bool:
        end = self._pending.find(b"\n")
        if end < 0:
            return False
        verb = bytes(self._pending[:4]).upper()
        if verb == b"BDAT":
            return self._chunk(end + 1, answers)
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        answers.append(self._answered(verb, line))
        return True

    def _answered(self, verb: bytes, line: bytes) -> bytes:
        if verb == b"MAIL" or verb == b"RSET":  # noqa: PLR1714
            self._recipients = []
            self._chunks.clear()
            return _OK
        if verb == b"RCPT":
            found = _RECIPIENT.search(line)
            self._recipients.append(found[1] if found else line)
            return _OK
        if verb == b"DATA":
            self._in_data = True
            return _GO
        if verb == b"EHLO":
            return _EHLO
        if verb == b"QUIT":
            self.over = True
            return _BYE
        return _OK if verb in (b"HELO", b"NOOP") else _UNKNOWN

    def _chunk(self, start: int, answers: list[bytes]) -> bool:
        """RFC 3030: so many octets follow, and after LAST the message is whole."""
        words = bytes(self._pending[:start]).split()
        end = start + int(words[1])
        if len(self._pending) < end:
            return False
        if self._count.kept is not None:
            self._chunks += memoryview(self._pending)[start:end]
        del self._pending[:end]
        if len(words) > 2:
            self._take(bytes(self._chunks))
            self._chunks.clear()
        answers.append(_OK)
        return True


class _Wire(asyncio.BufferedProtocol):
    def __init__(self, count: Count) -> None:
        self._conversation = Conversation(count)
        self._view = memoryview(bytearray(262144))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_GREETING)

    def get_buffer(self, _hint: int) -> memoryview:
        return self._view

    def buffer_updated(self, octets: int) -> None:
        if answer := self._conversation.fed(self._view[:octets]):
            self._transport.write(answer)
        if self._conversation.over:
            self._transport.close()


async def _served(port: int, count: Count, pem: Path | None) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    tls = None
    if pem is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
    server = await loop.create_server(
        lambda: _Wire(count), "127.0.0.1", port, ssl=tls, backlog=200
    )
    async with server:
        await ended.wait()


def main() -> None:
    """Serve until ended, then tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", type=Path, metavar="PEM")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--parts", type=int, default=2)
    asked = parser.parse_args()
    count = Count(keep=asked.check)
    asyncio.run(_served(asked.port, count, asked.tls))
    told: dict[str, object] = {
        "messages": count.messages,
        "recipients": count.recipients,
    }
    if count.kept is not None:
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        from benchmarks.core.proof import faults

        told["faults"] = faults(count.kept, asked.people, asked.parts)
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
