"""Real workers of Celery, each a process of its own, over a project in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import attrs

from safesend import Campaign, Recipient, Template
from safesend.ledger import open_ledger
from safesend.ledger.base import State

__all__ = ["Process", "Project", "everybody", "letter", "until"]

_APP = """\
from celery import Celery

from safesend.integrations.celery import Safesend

app = Celery("shop", broker={broker!r})
app.conf.broker_connection_retry_on_startup = True
app.conf.update({settings!r})
Safesend(app, ledger={ledger!r}, via={via!r}, **{options!r})
"""
PATIENCE = 180.0
"""Seconds: two cores, and whatever else they do."""


@attrs.frozen
class Process:
    """A worker, or beat: a process group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str, times: int = 1) -> None:
        """Until it wrote that so often; shows what it wrote if it does not."""
        until(lambda: self.said.count(words) >= times or self.ended)
        assert self.said.count(words) >= times, self.said

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.process.poll() is not None

    def tell(self, number: signal.Signals) -> None:
        """To the first process alone, as `docker stop` does."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """All of it at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def children(self) -> list[int]:
        """The processes of its pool."""
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in file.read_text().split()]


@attrs.frozen(kw_only=True)
class Project:
    """A folder with an app of Celery, `shop`."""

    folder: Path
    broker: str
    ledger: str
    via: str | None = None

    def write(
        self, settings: dict[str, object] | None = None, **options: object
    ) -> Project:
        """Its module: settings of Celery, and options of `Safesend`."""
        text = _APP.format(
            broker=self.broker,
            settings=settings or {},
            ledger=self.ledger,
            via=self.via,
            options=options,
        )
        (self.folder / "shop.py").write_text(text)
        return self

    @contextmanager
    def worker(self, *options: str, app: str = "shop") -> Iterator[Process]:
        """A worker that runs meanwhile; whatever is left of it is killed."""
        words = ["worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
        if not any(one.startswith(("--concurrency", "-c")) for one in options):
            words.append("--concurrency=2")
        with self.started([*words, *options], app) as process:
            yield process

    @contextmanager
    def beat(self, app: str = "shop") -> Iterator[Process]:
        """Beat, with its schedule in the folder."""
        schedule = str(self.folder / "schedule")
        with self.started(["beat", "--loglevel=INFO", "-s", schedule], app) as process:
            yield process

    @contextmanager
    def started(self, words: Sequence[str], app: str = "shop") -> Iterator[Process]:
        """A command of Celery that runs meanwhile."""
        number = len(list(self.folder.glob("*.log")))
        log = self.folder / f"{number}-{words[0]}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        running = Process(process, log)
        try:
            yield running
        finally:
            if running.ended:
                process.wait(60)
            else:
                running.kill()

    def counts(self, campaign: str = "spring") -> dict[State, int]:
        """How the rows of a campaign stand."""
        with closing(open_ledger(self.ledger)) as book:
            for record in book.campaigns():
                if record.name == campaign:
                    return dict(book.counts(record.id))
        return {}

    def is_done(self, number: int, campaign: str = "spring") -> bool:
        """Whether so many were accepted, and nobody else is there."""
        return self.counts(campaign) == {State.ACCEPTED: number}


def until(true: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + patience
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.1)
    return done


def everybody(number: int) -> list[Recipient]:
    """So many people, each with a name."""
    return [
        Recipient(f"person{i}@example.test", name=f"Ada {i:05d}x")
        for i in range(number)
    ]


def letter(number: int, name: str = "spring") -> Campaign:
    """A campaign to so many people."""
    return Campaign(
        name=name,
        sender="Example News <news@example.org>",
        template=Template(subject="Hello {{ name }}", text="Dear {{ name }}, hello."),
        audience=everybody(number),
    )
