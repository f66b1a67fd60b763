"""What a row and a message cost on a PostgreSQL of our own that waits for its disk."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg

from benchmarks import ROOT, letter
from benchmarks.core.sinks import run_sink
from benchmarks.questions.ledger import CLAIM, NOW, new_rows
from benchmarks.scale.step import accepted
from benchmarks.scale.units import Units
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger
from servers.postgres import Database, run_postgres

__all__ = ["measured"]

SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    # It would sweep while something else is measured; it has a line of its own.
    "autovacuum": "off",
}
PROCESSES = (1, 2, 4)
SENDING = ("claim", "begin", "record")
LEAST = 5
"""The lists by which memory is measured: this part of the rows, and all of them."""


@attrs.frozen
class _Place:
    """A database with a ledger, and who watches it."""

    database: Database
    keys: Path
    watch: psycopg.Connection[Any]
    say: Callable[[str], None]

    def ask(self, sql: str) -> Any:
        row = self.watch.execute(sql).fetchone()
        return row[0] if row else None

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with closing(open_ledger(self.database.url, key_home=self.keys)) as book:
            yield book

    def started(self, what: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.scale.step", what]
        command += [self.database.url, str(self.keys), *words]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def done(self, what: str, *words: str) -> dict[str, Any]:
        return _told(self.started(what, *words))


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit("a step of the measurement failed")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


@attrs.define
class _Account:
    """What each kind of call took: seconds, calls, octets in the log, processor."""

    place: _Place
    seconds: dict[str, float] = attrs.field(factory=dict)
    calls: dict[str, int] = attrs.field(factory=dict)
    wal: dict[str, float] = attrs.field(factory=dict)
    cpu: dict[str, float] = attrs.field(factory=dict)

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """One call."""
        log, own, begun = self._log(), time.process_time(), time.perf_counter()
        yield
        self._add(self.seconds, what, time.perf_counter() - begun)
        self._add(self.cpu, what, time.process_time() - own)
        self._add(self.wal, what, self._log() - log)
        self.calls[what] = self.calls.get(what, 0) + 1

    @contextmanager
    def phase(self, what: str) -> Iterator[None]:
        """What the server does for many calls; clocks of processes are coarse."""
        begun = _server_cpu(self.place)
        yield
        self._add(self.cpu, what, _server_cpu(self.place) - begun)

    @staticmethod
    def _add(book: dict[str, float], what: str, more: float) -> None:
        book[what] = book.get(what, 0.0) + more

    def _log(self) -> int:
        return int(self.place.ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def measured(
    rows: int, messages: int, folder: Path, say: Callable[[str], None]
) -> Units:
    """Measure it all; takes a minute for every 100,000 rows where nobody disturbs."""
    with (
        run_postgres(fsync=True, **SETTINGS) as server,
        server.database() as database,
        psycopg.connect(database.url, autocommit=True) as watch,
    ):
        place = _Place(database, folder / "keys", watch, say)
        found = _ledger(place, rows)
        say("processes")
        found["rates"] |= {
            str(n): _together(place, rows // LEAST, n) for n in PROCESSES
        }
        say("a worker")
        found |= _worker(place, messages, folder)
        say("lists")
        found |= _lists(place, rows, folder)
    return Units(rows=rows, batch=CLAIM, messages=messages, **found)


def _ledger(place: _Place, rows: int) -> dict[str, Any]:
    """One campaign, from its first row to the last vacuum."""
    account = _Account(place)
    with place.ledger() as book:
        campaign = book.campaign("scale", NOW).id
        place.watch.execute("CHECKPOINT")
        place.say("enrol")
        _enrolled(book, campaign, rows, account)
        waiting = _sizes(place, rows)
        place.watch.execute("CHECKPOINT")
        place.say("claim and record")
        with account.phase("send"):
            _sent(book, campaign, account)
        sent = _sizes(place, rows)
    with (
        account.phase("sweep"),
        account.of("sweep"),
        psycopg.connect(place.database.url, autocommit=True) as line,
    ):
        line.execute("VACUUM safesend.delivery")
    cpu = account.cpu
    cpu["send"] += sum(cpu.pop(what) for what in SENDING)
    return {
        "table": waiting.pop(""),
        "indexes": waiting,
        "table_sent": sent.pop(""),
        "indexes_sent": sent,
        "processor": {what: one / rows * 1e6 for what, one in cpu.items()},
        "rates": {"enrol": rows / account.seconds["enrol"]},
        "wal": {what: octets / rows for what, octets in account.wal.items()},
        "milliseconds": {
            what: account.seconds[what] / account.calls[what] * 1e3 for what in SENDING
        },
    }


def _enrolled(book: Ledger, campaign: int, rows: int, account: _Account) -> None:
    book.begin_draft(campaign)
    with account.phase("enrol"):
        for batch in new_rows(rows):
            with account.of("enrol"):
                book.enrol(campaign, batch)
    with account.phase("release"), account.of("release"):
        book.go_live(campaign, bytes(32), NOW)


def _sent(book: Ledger, campaign: int, account: _Account) -> None:
    run = book.start_run(campaign, NOW)
    # As the hand of a worker does it: a window of half a claim.
    window = CLAIM // 2
    while True:
        with account.of("claim"):
            claimed = list(book.claim(campaign, run, CLAIM, NOW))
        if not claimed:
            break
        for part in (claimed[:window], claimed[window:]):
            with account.of("begin"):
                book.begin(run, [row.id for row in part])
        with account.of("record"):
            book.record(run, accepted(claimed), NOW)
    book.end_run(run, NOW)


def _sizes(place: _Place, rows: int) -> dict[str, float]:
    """Octets a row: of the table by '', of its indexes by their names."""
    indexes = place.watch.execute(
        "SELECT relname, pg_relation_size(c.oid) FROM pg_class c"
        " JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE i.indrelid = 'safesend.delivery'::regclass ORDER BY 2 DESC, 1"
    ).fetchall()
    table = place.ask("SELECT pg_table_size('safesend.delivery')")
    return {"": table / rows} | {name: size / rows for name, size in indexes}


def _together(place: _Place, rows: int, processes: int) -> float:
    """Rows a second that so many processes claim and record at once."""
    with place.ledger() as book:
        campaign = book.campaign(f"together {processes}", NOW).id
        _enrolled(book, campaign, rows, _Account(place))
    running = [place.started("claim", str(campaign)) for _ in range(processes)]
    told = [_told(one) for one in running]
    if sum(one["rows"] for one in told) != rows:
        raise SystemExit(f"the ledger disagrees: {told}")
    begun = min(float(one["begun"]) for one in told if one["rows"])
    return rows / (max(float(one["ended"]) for one in told) - begun)


def _worker(place: _Place, messages: int, folder: Path) -> dict[str, Any]:
    """A mailing as a worker sends it to a sink."""
    file = folder / "worker.csv"
    letter.write_list(file, messages)
    place.done("enlist", str(file), "worker")
    connections = 0
    with run_sink("smtp-sink", folder) as sink:
        relay = f"smtp+insecure-plaintext://127.0.0.1:{sink.port}"
        begun = _server_cpu(place)
        process = place.started("join", "worker", relay)
        while process.poll() is None:
            connections = max(connections, int(place.ask(_OTHERS)))
            time.sleep(0.05)
        told = _told(process)
        spent = _server_cpu(place)
    if told["rows"] != messages:
        raise SystemExit(f"the worker sent {told['rows']} of {messages}")
    each = 1e6 / messages
    return {
        "worker_cpu": told["cpu"] * each,
        "server_cpu": (spent - begun) * each,
        "connections": connections,
    }


_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid()"
)


def _server_cpu(place: _Place) -> float:
    """Seconds that the server took so far, but for our own connection.

    Those of its living processes, and of those that its first one has seen end.
    """
    own = int(place.ask("SELECT pg_backend_pid()"))
    [first] = [
        int(line)
        for line in (
            Path(place.ask("SHOW data_directory"), "postmaster.pid")
            .read_text("utf-8")
            .splitlines()[:1]
        )
    ]
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        process = int(stat.parent.name)
        if int(words[1]) == first and process != own:
            total += int(words[11]) + int(words[12])
        elif process == first:
            total += int(words[13]) + int(words[14])
    return total / _TICKS


_TICKS = 100.0
"""Of Linux, in a second (proc(5), sysconf(_SC_CLK_TCK))."""


def _lists(place: _Place, rows: int, folder: Path) -> dict[str, Any]:
    """Lists of two lengths, each by a process of its own."""
    told = []
    for people in (rows // LEAST, rows):
        file = folder / f"{people}.csv"
        letter.write_list(file, people)
        begun = _server_cpu(place)
        told.append(place.done("enlist", str(file), f"list {people}"))
        told[-1]["server"] = _server_cpu(place) - begun
        file.unlink()
    less, more = told
    growth = (more["peak"] - less["peak"]) / (more["rows"] - less["rows"])
    return {
        "list_rows": rows,
        "list_cpu": more["cpu"] / more["rows"] * 1e6,
        "list_server_cpu": more["server"] / more["rows"] * 1e6,
        "list_base": more["peak"] - growth * more["rows"],
        "list_growth": growth,
    }
