"""Workers of one campaign, each a process, and what is known of it at the end.

They are `safesend worker URL`, as on any machine; one that ends while people wait is
replaced, as a service manager would.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from cli.terminal import command, environment
from end_to_end.crashes import crowd, say
from end_to_end.fleet.sink import Sink
from safesend import Campaign, Template, read_csv
from safesend.engine.content import Way
from safesend.engine.joining import enlist, join, joint
from safesend.engine.options import Options
from safesend.engine.report import Report
from safesend.engine.sync import from_sync
from safesend.errors import SafesendError
from safesend.ledger import Ledger, open_ledger
from safesend.ledger.base import State
from safesend.transports import open_transport

__all__ = ["PATIENCE", "Fleet", "Worker", "at_work", "letter", "until"]

PATIENCE = 600.0
"""Seconds for what takes a few on a machine that has nothing else to do."""


def letter(people: Path, name: str = "fleet", subject: str = "Hello") -> Campaign:
    """A short letter to everybody in the list, each with the number of one."""
    text = "Dear {{ name }},\n\nyour number is {{ number }}.\n"
    return Campaign(
        name=name,
        sender="Example News <news@example.org>",
        template=Template(subject=f"{subject} {{{{ name }}}}", text=text),
        audience=read_csv(people),
    )


def until(
    happens: Callable[[], bool], what: str, patience: float = PATIENCE, pause=0.02
) -> None:
    """Wait for it, however slow the machine is."""
    end = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < end, f"it did not come to this: {what}"
        time.sleep(pause)


@attrs.define(eq=False)
class Worker:
    """One process."""

    process: subprocess.Popen[bytes]
    log: Path
    machine: str = ""
    """Which one, where it is another."""
    frozen: bool = False

    @property
    def running(self) -> bool:
        """Whether it is there, frozen or not."""
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self) -> bool:
        """kill -9; False when it had ended by itself."""
        self.signal(signal.SIGKILL)
        return self.process.wait() == -signal.SIGKILL

    def freeze(self) -> None:
        """Let nothing of it run (SIGSTOP); returns when nothing does."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        self.frozen = True

    def thaw(self) -> None:
        """Let it go on where it was."""
        self.frozen = False
        self.signal(signal.SIGCONT)

    def said(self) -> str:
        """All that it wrote."""
        return self.log.read_text("utf-8", "replace")


@attrs.define
class Fleet:
    """A campaign in a ledger, a sink for it, and those who work on it."""

    url: str
    sink: Sink
    folder: Path
    people: Path
    name: str = "fleet"
    words: tuple[str, ...] = ()
    """What every worker is told besides."""
    workers: list[Worker] = attrs.field(factory=list)
    _book: Ledger | None = None
    _started: int = 0

    @property
    def book(self) -> Ledger:
        """The ledger, for a look."""
        if self._book is None:
            self._book = open_ledger(self.url)
        return self._book

    @property
    def campaign(self) -> int:
        """Its number in the ledger."""
        [record] = [one for one in self.book.campaigns() if one.name == self.name]
        return record.id

    def enrol(self, count: int, subject: str = "Hello", **options: Any) -> None:
        """Enrol so many people; `options` are those of `Campaign.send`."""
        crowd(self.folder, count)
        wishes = {"give_up_after": "2d", "confirm_changes": False, **options}
        campaign = letter(self.people, self.name, subject)
        carrier, way = open_transport(self.sink.url), Way(url=self.sink.url)
        from_sync(
            lambda: enlist(campaign, Options(**wishes), self.book, carrier, way=way)
        )

    def sister(self, name: str) -> Fleet:
        """Another campaign of the same ledger, to the same people."""
        return attrs.evolve(self, name=name, workers=self.workers)

    def start(self, *words: str, url: str = "", **more: str) -> Worker:
        """One more worker, with words of its own and more in its environment."""
        self._started += 1
        log = self.folder / f"worker-{self._started}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*command("worker", url or self.url, "--json", *self.words), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(**more),
            )
        worker = Worker(process, log, more.get("POWER_BOOT", ""))
        self.workers.append(worker)
        return worker

    def living(self) -> list[Worker]:
        """Those that are there."""
        return [worker for worker in self.workers if worker.running]

    def fill(self, number: int, *words: str, **more: str) -> None:
        """Replace those that ended."""
        for _ in range(number - len(self.living())):
            self.start(*words, **more)

    def counts(self) -> Mapping[State, int]:
        """How the rows stand."""
        return self.book.counts(self.campaign)

    def count(self, *states: State) -> int:
        """How many rows are in one of these states."""
        counts = self.counts()
        return sum(counts.get(state, 0) for state in states)

    def until_came(self, number: int, workers: int = 0, *words: str) -> None:
        """Wait until so many messages came; meanwhile so many are at work."""

        def there() -> bool:
            if workers:
                self.fill(workers, *words)
            return self.sink.number() >= number

        until(there, f"{number} messages came")

    def finish(self, number: int = 1, *words: str) -> None:
        """Have workers at work until nobody waits and nobody has anything in hand."""

        def done() -> bool:
            if not self.count(State.WAITING, State.SENDING):
                return True
            self.fill(number, *words)
            return False

        until(done, "nobody waits", pause=0.2)
        self.stop()

    def stop(self) -> None:
        """Ask all to stop, and wait until they have."""
        for worker in self.living():
            worker.thaw()
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            worker.process.wait(PATIENCE)

    def report(self) -> Report:
        """The account of a call that finds nothing more to do."""
        carrier = open_transport(self.sink.url)
        found = joint(self.book, self.name)
        report = from_sync(lambda: join(found, carrier))
        assert report.sent_now == 0
        return report

    def exact(self, most_doubts: int = 0) -> Report:
        """Hold the ledger against the sink: accepted one copy, in doubt one or none.

        There is no third state, and the sums are exact.
        """
        report, came = self.report(), self.sink.copies()
        states = {
            row.address.wire: state
            for row, state, _ in report.outcomes(read_csv(self.people))
        }
        doubtful = {who for who, state in states.items() if state is State.IN_DOUBT}
        say(f"{len(states)} people, {len(doubtful)} in doubt, {came.total()} copies")
        assert {who: number for who, number in came.items() if number > 1} == {}
        assert set(came) <= set(states)
        assert set(states) - set(came) <= doubtful
        assert set(states.values()) <= {State.ACCEPTED, State.IN_DOUBT}
        assert report.recipients == len(states)
        assert (report.accepted, report.in_doubt) == (
            len(states) - len(doubtful),
            len(doubtful),
        )
        assert len(doubtful) <= most_doubts
        return report

    def close(self) -> None:
        """End what runs still, and show what a failing test wants to know."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()
        if self._book is not None:
            with contextlib.suppress(SafesendError):
                self._book.close()
        for worker in self.workers[-8:]:
            say(
                f"{worker.log.name} {worker.process.returncode}: {worker.said()[-600:]}"
            )

    def safesend(self, verb: str, *words: str) -> dict[str, Any]:
        """A command on the ledger, in a process of its own; its one object."""
        done = subprocess.run(
            command(verb, self.url, *words, "--json"),
            capture_output=True,
            text=True,
            env=environment(),
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told


@contextlib.contextmanager
def at_work(url: str, sink: Sink, folder: Path) -> Iterator[Fleet]:
    """A fleet that does not outlive the block."""
    fleet = Fleet(url, sink, folder, folder / "people.csv")
    try:
        yield fleet
    finally:
        fleet.close()
