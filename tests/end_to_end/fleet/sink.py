"""A receiver in a process of its own, which notes each whole message as it comes in.

    python -m end_to_end.fleet.sink PORT FILE

A line of FILE is one message: when its recipient was named and when its end was read
(by the clock that all processes of a machine share), to whom it came, To, Subject, and
whose numbers stand in it. What ends in the middle is no message, and is not noted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.process import Daemon
from servers.service import lasting_port

__all__ = ["Came", "Sink", "main", "run_sink"]

_END = b"\r\n.\r\n"
_RECIPIENT = re.compile(rb"<([^>]*)>")
_NUMBER = re.compile(rb"N\d{6}x")
_FIELDS = re.compile(rb"^(To|Subject): (.*)\r$", re.MULTILINE)
_ANSWERS = {
    b"EHLO": b"250-sink.example.org\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"NOOP": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}


@attrs.frozen
class Came:
    """One message that came."""

    named: float
    """When its recipient was named; all dates are monotonic."""
    ended: float
    to: str
    """By the envelope; several have commas between them."""
    header: str
    subject: str
    numbers: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether it is its recipient's, and nobody else's."""
        number = re.fullmatch(r"person(\d+)@[a-z.]+", self.to)
        own = "" if number is None else f"N{int(number[1]):06d}x"
        return self.header == self.to and self.numbers == {own}


@attrs.define
class Sink:
    """The receiver, and what came to it."""

    port: int
    file: Path
    daemon: Daemon
    _at: int = 0
    _number: int = 0

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"smtp+insecure-plaintext://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It reads and answers nothing meanwhile; what is sent to it waits."""
        self.daemon.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.daemon.process.send_signal(signal.SIGCONT)

    def number(self) -> int:
        """How many messages there are; as often as one likes."""
        with self.file.open("rb") as file:
            file.seek(self._at)
            found = file.read()
        self._at += len(found)
        self._number += found.count(b"\n")
        return self._number

    def came(self) -> list[Came]:
        """All of them, in the order of their ends."""
        lines = self.file.read_text("utf-8").splitlines()
        return [_came(line) for line in lines]

    def copies(self) -> Counter[str]:
        """How many came to each; every one of them is the right letter, to one."""
        found = self.came()
        assert [one for one in found if not one.right] == []
        return Counter(one.to for one in found)


def _came(line: str) -> Came:
    named, ended, to, header, subject, numbers = line.split("\t")
    return Came(
        float(named), float(ended), to, header, subject, frozenset(numbers.split())
    )


@contextlib.contextmanager
def run_sink(folder: Path) -> Iterator[Sink]:
    """Run one; what it notes lies in the folder."""
    port, file = lasting_port(), folder / "came.tsv"
    file.touch()
    log = folder / "sink.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(port), str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    daemon = Daemon(process, log)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n", daemon.log_tail()
        yield Sink(port, file, daemon)
    finally:
        daemon.stop()
        process.stdout.close()


class _Wire(asyncio.BufferedProtocol):
    """One client. It answers all that came in one packet by one."""

    def __init__(self, notes: int) -> None:
        self._notes = notes
        self._view = memoryview(bytearray(65_536))
        self._pending = bytearray()
        self._to: list[bytes] = []
        self._named = 0.0
        self._in_data = False
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example.org ESMTP\r\n")

    def get_buffer(self, _hint: int) -> memoryview:
        return self._view

    def buffer_updated(self, octets: int) -> None:
        now = time.monotonic()
        self._pending += self._view[:octets]
        answers: list[bytes] = []
        noted: list[bytes] = []
        while (
            self._message(noted, answers, now)
            if self._in_data
            else self._line(answers, now)
        ):
            pass
        # Noted before it is answered: what a client was told is in the file.
        if noted:
            os.write(self._notes, b"".join(noted))
        if answers:
            self._transport.write(b"".join(answers))
        if self._over:
            self._transport.close()

    def _line(self, answers: list[bytes], now: float) -> bool:
        end = self._pending.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        verb = line[:4].upper()
        if verb == b"RCPT":
            found = _RECIPIENT.search(line)
            self._to.append(found[1] if found else b"?")
            self._named = now
            answers.append(b"250 2.1.5 Ok\r\n")
        elif verb == b"DATA":
            self._in_data = True
            answers.append(b"354 Go\r\n")
        else:
            if verb in {b"MAIL", b"RSET"}:
                self._to = []
            self._over |= verb == b"QUIT"
            answers.append(_ANSWERS.get(verb, b"500 5.5.2 What?\r\n"))
        return True

    def _message(self, noted: list[bytes], answers: list[bytes], now: float) -> bool:
        end = self._pending.find(_END)
        if end < 0:
            return False
        content = bytes(self._pending[: end + 2])
        del self._pending[: end + len(_END)]
        fields = dict(_FIELDS.findall(content.partition(b"\r\n\r\n")[0] + b"\r\n"))
        told = (
            b"%.6f" % self._named,
            b"%.6f" % now,
            b",".join(self._to),
            fields.get(b"To", b""),
            fields.get(b"Subject", b""),
            b" ".join(sorted(set(_NUMBER.findall(content)))),
        )
        noted.append(b"\t".join(told) + b"\n")
        self._to, self._in_data = [], False
        answers.append(b"250 2.0.0 Ok: kept\r\n")
        return True


async def _served(port: int, file: str) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    notes = os.open(file, os.O_WRONLY | os.O_APPEND)
    server = await loop.create_server(
        lambda: _Wire(notes), "127.0.0.1", port, backlog=200
    )
    os.write(1, b"ready\n")
    async with server:
        await ended.wait()


def main() -> None:
    """Serve until ended."""
    port, file = sys.argv[1:]
    asyncio.run(_served(int(port), file))


if __name__ == "__main__":
    main()
