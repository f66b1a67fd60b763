"""Several processes that send one campaign, and note when each message went."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import attrs

from safesend import Campaign, Recipient, Template
from safesend.clock import SYSTEM
from safesend.delivery import Accepted
from safesend.engine.joining import enlist, join, joint
from safesend.engine.options import Options
from safesend.ledger import open_ledger

__all__ = ["Noting", "Went", "enlisted", "finished", "started", "went"]

_PATIENCE = 300


@attrs.frozen
class Went:
    """A message: when (monotonic), by which process and which of its connections."""

    at: float
    to: str
    worker: str
    session: int


@attrs.define(eq=False)
class Noting:
    """A carrier that notes each message at the moment when it would be written.

    `seconds`: how long its server takes for one.
    """

    file: Path
    worker: str
    seconds: float = 0.0
    sessions: int = 0

    name = "noting:"

    def route(self, envelope):
        return self.name

    def limits(self):
        return None

    async def connect(self, route):
        self.sessions += 1
        self.note("open", self.sessions)
        return _Session(self, self.sessions)

    def note(self, what, session):
        with self.file.open("a") as book:
            line = [SYSTEM.monotonic(), what, self.worker, session]
            book.write(f"{json.dumps(line)}\n")


@attrs.define(eq=False)
class _Session:
    carrier: Noting
    number: int
    usable: bool = True

    async def deliver(self, envelopes):
        for envelope in envelopes:
            self.carrier.note(envelope.recipient.wire, self.number)
            await asyncio.sleep(self.carrier.seconds)
            yield Accepted()

    async def close(self):
        self.usable = False
        self.carrier.note("close", self.number)


def enlisted(url, keys, number, **options):
    """Put a campaign to so many into a ledger, half of them at one provider."""
    names = ("gmail.com", "example.org")
    campaign = Campaign(
        name="spring",
        sender="news@example.com",
        template=Template(subject="Spring", text="Dear {{ name }}, it is spring."),
        audience=[
            Recipient(f"p{n}@{names[n % 2]}", name=f"Name {n}") for n in range(number)
        ],
    )
    told = {"give_up_after": "2d", "confirm_changes": False, "lanes": 4, **options}
    with closing(open_ledger(url, key_home=keys)) as ledger:
        carrier = Noting(Path("/dev/null"), "nobody")
        asyncio.run(enlist(campaign, Options(**told), ledger, carrier))


def started(url, keys, file, worker, seconds=0.0):
    """A process that sends what waits."""
    said = [str(one) for one in (url, keys, file, worker, seconds)]
    return subprocess.Popen(
        [sys.executable, __file__, *said], stdout=subprocess.PIPE, text=True
    )


def finished(workers):
    """Wait for the processes, which are to end well."""
    try:
        codes = [one.wait(_PATIENCE) for one in workers]
    finally:
        for one in workers:
            one.kill()
            one.communicate()
    assert not any(codes), codes


def went(file):
    """All that was noted; each person has one message."""
    lines = [Went(*json.loads(line)) for line in file.read_text().splitlines()]
    people = Counter(one.to for one in lines if "@" in one.to)
    assert set(people.values()) <= {1}
    return sorted(lines, key=lambda one: one.at)


def _work(url, keys, file, worker, seconds):
    with closing(open_ledger(url, key_home=keys)) as ledger:
        carrier = Noting(Path(file), worker, float(seconds))
        asyncio.run(join(joint(ledger, "spring"), carrier))


if __name__ == "__main__":
    _work(*sys.argv[1:])
