"""Two processes over one ledger, on two cores, beside one on one core.

Compared: the same list, enrolled in one SQLite ledger; each process is a whole
`Campaign.send` and claims what the other has not. Both hold their first rows and wait
at a sink that stands still; the time begins when it goes on, and ends with the last
record of the last of them. The sink counts every message.

Not compared: more is not there on two cores, for the sink takes its share of them. What
a machine of its own for the server would bring is not measured.
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
from typing import Any

from benchmarks import ROOT, letter
from benchmarks.core.question import RATE, Case, Measure, Question, told
from benchmarks.core.sinks import pinned
from benchmarks.core.site import Site

__all__ = ["QUESTIONS"]

Joined = subprocess.Popen[str]


def _sent(site: Site, processes: int) -> Measure:
    from servers.smtp_sink import run_sink

    letter.write_list(site.folder / "people.csv", site.messages)
    ledger = str(site.folder / "shared.db")
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(run_sink("-c", keep=False))
        server = sink.daemon.process.pid
        os.kill(server, signal.SIGSTOP)
        stack.callback(_go_on, server)
        joined = []
        for core in range(-1, -1 - processes, -1):
            one = stack.enter_context(_joined(site, ledger, sink.url, core))
            joined.append(one)
            # Only one at a time may read a list into a campaign.
            _hear(one, "holding")
        began = time.monotonic()
        _go_on(server)
        reports = [json.loads(_hear(one, "{")) for one in joined]
        sink.daemon.stop()
        received = re.findall(rb"mesg=(\d+)", sink.daemon.log.read_bytes())[-1:]
    _check(site, ledger, reports)
    if [int(number) for number in received] != [site.messages]:
        raise SystemExit(f"the sink took {received} messages")
    seconds = max(one["ended"] for one in reports) - began
    least = min(one["sent"] for one in reports) / site.messages
    return Measure(site.messages, seconds, 0.0, {"least": least * 100})


def _go_on(server: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(server, signal.SIGCONT)


def _joined(site: Site, ledger: str, url: str, core: int) -> Joined:
    command = [*pinned(core), sys.executable, "-m", "benchmarks.means.joining"]
    return subprocess.Popen(
        [*command, str(site.folder), ledger, url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _hear(one: Joined, beginning: str) -> str:
    assert one.stdout is not None
    for line in one.stdout:
        if line.startswith(beginning):
            return line
    raise SystemExit(f"a process ended with {one.wait()}")


def _check(site: Site, ledger: str, reports: list[dict[str, Any]]) -> None:
    """Everybody once, as the processes say and as the ledger says."""
    from safesend.ledger import open_ledger
    from safesend.ledger.base import State

    book = open_ledger(ledger)
    [record] = book.campaigns()
    counts = dict(book.counts(record.id))
    book.close()
    sent = sum(one["sent"] for one in reports)
    if counts != {State.ACCEPTED: site.messages} or sent != site.messages:
        raise SystemExit(f"{sent} were sent, and the ledger says {counts}")


def _case(name: str, title: str, processes: int) -> Case:
    run = functools.partial(_sent, processes=processes)
    return Case(name, title, run, needs=("smtp-sink",), alone=False)


QUESTIONS = (
    Question(
        name="processes",
        title="Two processes on one ledger",
        text=(
            "The letter of 2 KB, one SQLite ledger; each process on a core of its own,"
            " `smtp-sink` on whichever is free. From when all of them hold rows to the"
            " last record."
        ),
        cases=(_case("one", "one process", 1), _case("two", "two processes", 2)),
        reference="one",
        messages=40_000,
        figure=RATE,
        beside=(told("least", "% sent by the one with less"),),
        rounds=3,
    ),
)
