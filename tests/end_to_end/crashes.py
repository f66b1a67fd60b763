"""Senders that are killed, and the copies that came: what the crash tests share."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from safesend import Campaign, Template, read_csv
from safesend.engine.report import Report
from servers.smtp_sink import Sink

__all__ = [
    "Sender",
    "begun",
    "copies",
    "crowd",
    "dice",
    "keep_watch",
    "letter",
    "nobody_twice_nobody_lost",
    "say",
    "start",
]

_END = b"that is all\n"
_TO = re.compile(rb"^To: (\S+)$", re.MULTILINE)
_HANGS = 600


def crowd(folder: Path, count: int) -> Path:
    """A CSV of so many people; every value names its row."""
    path = folder / "people.csv"
    rows = [f"person{i}@example.net,Ada {i},N{i:06d}x\n" for i in range(count)]
    path.write_text("email,name,number\n" + "".join(rows), "utf-8")
    return path


def letter(people: Path) -> Campaign:
    """A short letter to everybody in the list, with a last line to know it by."""
    text = "Dear {{ name }},\n\nyour number is {{ number }}.\n"
    return Campaign(
        name="crash",
        sender="Example News <news@example.org>",
        template=Template(subject="Hello {{ name }}", text=text + _END.decode()),
        audience=read_csv(people),
    )


def dice() -> random.Random:
    """Chance that can be had again: the seed is printed, SAFESEND_SEED sets it."""
    seed = int(os.environ.get("SAFESEND_SEED") or random.SystemRandom().getrandbits(32))
    say(f"again with SAFESEND_SEED={seed}")
    return random.Random(seed)


def say(line: str) -> None:
    """Tell something that is shown when the test fails, or with `pytest -s`."""
    sys.stdout.write(line + "\n")


def keep_watch() -> None:
    """Call in every round of a long test: a single round that hangs is shown."""
    faulthandler.dump_traceback_later(_HANGS, exit=True, file=sys.__stderr__)


@attrs.define
class Sender:
    """A process that runs `end_to_end.sender`."""

    process: subprocess.Popen[bytes]
    said: list[str] = attrs.field(factory=list)
    _rest: bytes = b""

    def until(self, beginning: str, times: int = 1) -> bool:
        """Read until it has said this so often more; False when it ended before."""
        heard = len(self.said)
        while True:
            while heard < len(self.said):
                times -= self.said[heard].startswith(beginning)
                heard += 1
                if not times:
                    return True
            if not self._read():
                return False

    def until_kept(self, sink: Sink, more: int) -> bool:
        """Wait until the sink began so many more files; False when it ended before."""
        goal = begun(sink) + more
        while begun(sink) < goal:
            if self.process.poll() is not None:
                return False
            time.sleep(0.005)
        return True

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait_until_stopped(self) -> None:
        """Wait until nothing of it runs (SIGSTOP)."""
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def stop_between_calls(self) -> None:
        """SIGSTOP while it is in no call of its ledger, so that it locks nobody out."""
        while True:
            assert self.until("< ")
            self.signal(signal.SIGSTOP)
            self.wait_until_stopped()
            while select.select([self._out], [], [], 0)[0] and self._read():
                pass
            if self.said[-1].startswith("< "):
                return
            self.signal(signal.SIGCONT)

    def kill(self) -> int:
        """kill -9; gives the return code (0 or 1 when it had ended by itself)."""
        self.signal(signal.SIGKILL)
        return self.finish()

    def finish(self) -> int:
        """Read to its end; gives the return code."""
        while self._read():
            pass
        return self.process.wait()

    @property
    def report(self) -> Mapping[str, Any]:
        """The counts that it told."""
        found: Mapping[str, Any] = json.loads(self.told("report "))
        return found

    def told(self, beginning: str) -> str:
        """The rest of the last line with that beginning; "" when there is none."""
        found = [line for line in self.said if line.startswith(beginning)]
        return found[-1].removeprefix(beginning).strip() if found else ""

    @property
    def _out(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def _read(self) -> bool:
        """Hear what comes next; False at the end."""
        came = os.read(self._out, 65_536)
        *lines, self._rest = (self._rest + came).split(b"\n")
        self.said += [line.decode() for line in lines]
        return bool(came)


@contextlib.contextmanager
def start(
    people: Path,
    ledger: Path,
    url: str,
    *,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Sender]:
    """Start a sender with options for `send`; it does not outlive the block."""
    program = [sys.executable, "-m", "end_to_end.sender"]
    process = subprocess.Popen(
        [*program, str(people), str(ledger), url, json.dumps(options)],
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    with process:
        try:
            yield Sender(process)
        finally:
            process.kill()


def begun(sink: Sink) -> int:
    """How many files the sink has, those that end in the middle included."""
    return sum(1 for _ in os.scandir(sink.mail))


def copies(*sinks: Sink) -> Counter[str]:
    """How many whole copies of the letter came for each recipient.

    A client that is killed leaves a file that ends where it was; `_END` tells.
    """
    found: Counter[str] = Counter()
    for sink in sinks:
        _settled(sink)
        for kept in sink.messages():
            if not kept.content.rstrip(b"\n").endswith(_END.rstrip(b"\n")):
                continue
            [recipient] = kept.recipients
            assert _TO.findall(kept.content) == [recipient.encode()]
            found[recipient] += 1
    return found


def nobody_twice_nobody_lost(
    report: Report, people: Path, came: Mapping[str, int]
) -> int:
    """Hold the ledger's account against the copies; gives how many are in doubt.

    Accepted: one copy. In doubt: one or none. There is no third state.
    """
    states = {
        row.address.wire: str(state)
        for row, state, _ in report.outcomes(read_csv(people))
    }
    doubtful = {who for who, state in states.items() if state == "in_doubt"}
    assert set(came) <= set(states)
    assert {who: number for who, number in came.items() if number > 1} == {}
    assert {who for who in set(states) - doubtful if who not in came} == set()
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert (report.accepted, report.in_doubt) == (
        len(states) - len(doubtful),
        len(doubtful),
    )
    return len(doubtful)


def _settled(sink: Sink) -> None:
    """Wait until the sink has written what it holds of clients that are gone."""
    before = None
    while (now := _sizes(sink.mail)) != before:
        before = now
        time.sleep(0.3)


def _sizes(folder: Path) -> tuple[int, int]:
    sizes = [entry.stat().st_size for entry in os.scandir(folder)]
    return len(sizes), sum(sizes)
