"""A sink that speaks as much of Amazon SES's API as sending takes, and quickly.

    ses_sink.py PORT

It counts the messages, sums a hash of their addresses, and tells it as one line of JSON
when it is ended; with what it found wrong: more or fewer addresses than one in a call.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import zlib
from typing import Any

__all__ = ["ACCOUNT", "Conversation", "Count", "main"]

_RATE = 1_000_000.0
ACCOUNT = {
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendQuota": {
        "Max24HourSend": -1.0,
        "MaxSendRate": _RATE,
        "SentLast24Hours": 0.0,
    },
    "SendingEnabled": True,
}


class Count:
    """What all connections have brought."""

    def __init__(self) -> None:
        self.messages = 0
        self.recipients = 0
        self.faults: list[str] = []

    def took(self, body: dict[str, Any]) -> bytes:
        """One call; the id that it is given."""
        people = [one for group in body["Destination"].values() for one in group]
        if len(people) != 1:
            self.faults.append(f"a call for {len(people)} people")
        self.messages += 1
        for one in people:
            crc = zlib.crc32(one.encode())
            self.recipients = (self.recipients + crc) & 0xFFFFFFFFFFFFFFFF
        return b'{"MessageId": "id-%d"}' % self.messages


class Conversation(asyncio.Protocol):
    """One kept connection; a request is answered when all of it is there."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._pending = bytearray()
        self._line: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._line = transport

    def data_received(self, data: bytes) -> None:
        """Octets came."""
        self._pending += data
        while (answer := self._answer()) is not None:
            assert self._line is not None
            self._line.write(answer)

    def _answer(self) -> bytes | None:
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._pending[:end])
        size, at = _length(head), end + 4
        if len(self._pending) < at + size:
            return None
        body = bytes(self._pending[at : at + size])
        del self._pending[: at + size]
        if head.startswith(b"GET "):
            said = json.dumps(ACCOUNT).encode()
        else:
            said = self._count.took(json.loads(body))
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(said), said)
        )


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _serve(port: int) -> None:
    count, loop = Count(), asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(lambda: Conversation(count), "127.0.0.1", port)
    async with server:
        await over.wait()
    told = vars(count) | {"faults": count.faults[:3]}
    print(json.dumps(told), flush=True)


def main(port: str) -> None:
    """Serve until the end."""
    asyncio.run(_serve(int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
