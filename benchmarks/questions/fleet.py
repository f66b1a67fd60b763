"""Workers that share a ledger in PostgreSQL, beside those that share a file.

Compared: the same list, enrolled before; each worker is a process that needs only the
ledger. All hold their first rows and wait at a sink that stands still; the time begins
when it goes on, and ends with the last record of the last of them. The sink counts
every message. PostgreSQL waits for its disk as it does anywhere (`fsync` on).

Not compared: several machines. Workers, server and sink share two cores here, so that
four workers show what sharing costs, and not what a fleet brings.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from benchmarks import ROOT, letter
from benchmarks.contenders import ours
from benchmarks.core.question import CPU, RATE, Case, Measure, Question, told
from benchmarks.core.sinks import pinned
from benchmarks.core.site import Site

__all__ = ["QUESTIONS"]

_CORES = 2


@contextlib.contextmanager
def _sqlite(site: Site) -> Iterator[str]:
    yield str(site.folder / "shared.db")


@contextlib.contextmanager
def _postgres(_: Site) -> Iterator[str]:
    from servers.postgres import run_postgres

    with run_postgres(fsync=True) as server, server.database() as database:
        yield database.url


def _sent(site: Site, kind: str, workers: int) -> Measure:
    from servers.smtp_sink import run_sink

    place = _postgres if kind == "postgres" else _sqlite
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(place(site))
        sink = stack.enter_context(run_sink("-c", keep=False))
        _enlist(site, ledger, sink.url)
        server = sink.daemon.process.pid
        os.kill(server, signal.SIGSTOP)
        stack.callback(_go_on, server)
        fleet = [
            stack.enter_context(_worker(ledger, sink.url, -1 - number % _CORES))
            for number in range(workers)
        ]
        for one in fleet:
            _hear(one, "holding")
        began = time.monotonic()
        _go_on(server)
        reports = [json.loads(_hear(one, "{")) for one in fleet]
        _check(site, ledger, reports)
        sink.daemon.stop()
        received = re.findall(rb"mesg=(\d+)", sink.daemon.log.read_bytes())[-1:]
    if [int(number) for number in received] != [site.messages]:
        raise SystemExit(f"the sink took {received} messages")
    seconds = max(one["ended"] for one in reports) - began
    cpu = sum(one["cpu"] for one in reports)
    least = min(one["sent"] for one in reports) / site.messages
    return Measure(site.messages, seconds, cpu, {"least": least * 100})


def _enlist(site: Site, ledger: str, url: str) -> None:
    from safesend.engine.joining import enlist
    from safesend.engine.options import Options
    from safesend.engine.sync import from_sync
    from safesend.ledger import open_ledger
    from safesend.transports import open_transport

    letter.write_list(site.folder / "people.csv", site.messages)
    options = Options(lanes=ours.LANES, give_up_after="2d", confirm_changes=False)
    with closing(open_ledger(ledger)) as book:
        carrier = open_transport(url)
        from_sync(lambda: enlist(ours.made(site), options, book, carrier))


def _go_on(server: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(server, signal.SIGCONT)


def _worker(ledger: str, url: str, core: int) -> subprocess.Popen[str]:
    command = [*pinned(core), sys.executable, "-m", "benchmarks.means.working"]
    return subprocess.Popen(
        [*command, ledger, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def _hear(one: subprocess.Popen[str], beginning: str) -> str:
    assert one.stdout is not None
    for line in one.stdout:
        if line.startswith(beginning):
            return line
    raise SystemExit(f"a worker ended with {one.wait()}")


def _check(site: Site, ledger: str, reports: list[dict[str, Any]]) -> None:
    """Everybody once, as the workers say and as the ledger says."""
    from safesend.ledger import open_ledger
    from safesend.ledger.base import State

    with closing(open_ledger(ledger)) as book:
        [record] = book.campaigns()
        counts = dict(book.counts(record.id))
    sent = sum(one["sent"] for one in reports)
    if counts != {State.ACCEPTED: site.messages} or sent != site.messages:
        raise SystemExit(f"{sent} were sent, and the ledger says {counts}")


def _case(kind: str, title: str, workers: int) -> Case:
    needs = ("smtp-sink", "psycopg") if kind == "postgres" else ("smtp-sink",)
    run = functools.partial(_sent, kind=kind, workers=workers)
    return Case(f"{kind}-{workers}", title, run, needs=needs, alone=False)


QUESTIONS = (
    Question(
        name="fleet",
        title="Workers on one ledger",
        text=(
            "The letter of 2 KB, enrolled before; each worker is a process that finds"
            " letter and list in the ledger, in turn on one core and the other, with"
            " `smtp-sink` and PostgreSQL on whichever is free. From when all of them"
            " hold rows to the last record. The processor time is that of the workers,"
            " without the server's."
        ),
        cases=(
            _case("sqlite", "SQLite, one worker", 1),
            _case("sqlite", "SQLite, two workers", 2),
            _case("sqlite", "SQLite, four workers", 4),
            _case("postgres", "PostgreSQL, one worker", 1),
            _case("postgres", "PostgreSQL, two workers", 2),
            _case("postgres", "PostgreSQL, four workers", 4),
        ),
        reference="sqlite-1",
        also=("postgres-1",),
        messages=40_000,
        figure=RATE,
        beside=(CPU, told("least", "% sent by the one with least")),
        rounds=3,
        plot=True,
    ),
)
