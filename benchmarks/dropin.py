"""Messages a second in an unchanged loop: the drop-in beside the standard smtplib.

    python benchmarks/dropin.py [--rounds 5] [--messages 4000] [--json FILE]

The loop is `client.sendmail(sender, [one person], octets)` over one connection, 2 KB
messages that are built before the time begins, to Postfix's smtp-sink: at 0 ms, and
through a proxy that holds every byte back for half of a round trip of 20 ms. The two
run in turn (A B A B), each in a process of its own, the sink on one core and the sender
on another. The ratio is the median over the rounds of those of one round each.

Before that, the same two loops send a message that names two people: what each has on
the wire is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import letter
import senders
from throughput import counted, pinned, sink

__all__ = ["main"]

CASES = ("smtplib", "safesend.smtplib")
ROUND_TRIPS = (0.0, 0.020)
SLOW = 20
"""With a delay, one message in so many is sent: it takes so much longer."""

LEAKY = (
    b"From: office@example.org\r\nTo: ada@example.org, bo@example.com\r\n"
    b"Bcc: chen@example.net\r\nSubject: Your seat\r\n\r\nSee you.\r\n"
)


def octets(number: int) -> tuple[str, bytes]:
    """One person and their message, as a program would have built it."""
    fields = dict(zip(letter.COLUMNS, letter.row(number), strict=True))
    return fields["email"], senders._message(fields).as_bytes()  # noqa: SLF001


def send(case: str, port: int, messages: int) -> dict[str, float]:
    """The loop, in this process."""
    module = __import__(case, fromlist=["SMTP"])
    built = [octets(number % 500) for number in range(messages)]
    with module.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        client.ehlo()
        begin, cpu = time.perf_counter(), time.process_time()
        for person, message in built:
            if client.sendmail("office@example.org", [person], message):
                raise SystemExit("the sink refused somebody")
        seconds = time.perf_counter() - begin
        cpu = time.process_time() - cpu
    return {"sent": messages, "seconds": seconds, "cpu": cpu}


class Delay:
    """A proxy on 127.0.0.1 that hands every byte on a fixed time later."""

    def __init__(self, target: int, seconds: float) -> None:
        self.target, self.seconds, self.port = target, seconds, 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _joined(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        inner = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self._pumped(reader, inner[1]), self._pumped(inner[0], writer)
        )

    async def _pumped(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                self._loop.call_later(self.seconds, writer.write, data)
        self._loop.call_later(self.seconds, writer.close)

    def stop(self) -> None:
        """Let go of it."""
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextlib.contextmanager
def delayed(port: int, round_trip: float) -> Iterator[int]:
    """A port from which it takes so long to the other and back."""
    if not round_trip:
        yield port
        return
    proxy = Delay(port, round_trip / 2)
    try:
        yield proxy.port
    finally:
        proxy.stop()


def measure(
    case: str, round_trip: float, messages: int, folder: Path
) -> dict[str, Any]:
    """One run against a fresh sink, whose count must be right."""
    if round_trip:
        messages //= SLOW
    with sink(folder) as (port, counter), delayed(port, round_trip) as way:
        command = [*pinned(-1), sys.executable, __file__, "--send", case, str(way)]
        done = subprocess.run(
            [*command, str(messages)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{case} failed:\n{done.stdout}{done.stderr}")
        result: dict[str, Any] = json.loads(done.stdout)
        received = counted(counter)
    if received != messages or result["sent"] != messages:
        raise SystemExit(f"{case}: {messages} messages, {received} received")
    return result | {"rate": messages / result["seconds"]}


def shown() -> None:
    """What each of the two shows three recipients of one another."""
    from safesend.testing import SmtpServer

    people = ["ada@example.org", "bo@example.com", "chen@example.net"]
    for case in CASES:
        module = __import__(case, fromlist=["SMTP"])
        with SmtpServer() as server:
            with module.SMTP("127.0.0.1", server.port) as client:
                client.sendmail("office@example.org", people, LEAKY)
            got = [message_from_bytes(one.content) for one in server.messages]
            recipients = [len(one.recipients) for one in server.messages]
        fields = sorted(
            {f"{k}: {v}" for one in got for k, v in one.items() if "@" in v}
        )
        print(f"{case}: {len(got)} message(s) for {recipients} people; {fields}")
        safe = recipients == [1, 1, 1] and not any(one["Bcc"] for one in got)
        if case != "smtplib" and not safe:
            raise SystemExit("this build shows people to each other")


def main() -> None:
    """Check, measure in turn, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--send", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.send:
        case, port, messages = asked.send
        print(json.dumps(send(case, int(port), int(messages))))
        return
    shown()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="safesend-bench-") as name:
        for round_trip in ROUND_TRIPS:
            runs: dict[str, list[dict[str, Any]]] = {case: [] for case in CASES}
            for _ in range(asked.rounds):
                for case in CASES:
                    result = measure(case, round_trip, asked.messages, Path(name))
                    runs[case].append(result)
            rows.append(_row(round_trip, runs))
    print(_table(rows))
    print(f"medians of {asked.rounds} rounds; every sink counted what was sent to it;")
    print(f"CPython {sys.version.split()[0]}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2))


def _row(round_trip: float, runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    theirs, ours = runs[CASES[0]], runs[CASES[1]]
    pairs = zip(theirs, ours, strict=True)
    return {
        "round_trip": round_trip,
        "smtplib": statistics.median(run["rate"] for run in theirs),
        "safesend.smtplib": statistics.median(run["rate"] for run in ours),
        "cpu": [
            statistics.median(run["cpu"] / run["sent"] * 1e6 for run in group)
            for group in (theirs, ours)
        ],
        "ratio": statistics.median(b["rate"] / a["rate"] for a, b in pairs),
    }


def _table(rows: list[dict[str, Any]]) -> str:
    titles = "| round trip | smtplib, /s | drop-in, /s | CPU us a message | ratio |"
    lines = [titles, "| ---: | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {row['round_trip'] * 1000:.0f} ms | {row['smtplib']:,.0f} |"
        f" {row['safesend.smtplib']:,.0f} |"
        f" {row['cpu'][0]:.0f}, {row['cpu'][1]:.0f} | {row['ratio']:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
