"""What the tests of this room set up again and again."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

FIXTURES = """
import sys, time
from pathlib import Path
from safesend.ledger import open_ledger
from safesend.ledger.base import *
from safesend.testing.ledger_rows import *
ledger = open_ledger(sys.argv[1])
"""


def run_child(script, *arguments):
    """Run a script to its end beside this process; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", FIXTURES + script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def child(script, *arguments):
    """A script that has printed its first line and now waits; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", FIXTURES + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        process.first = next_line(process)
        yield process
    finally:
        kill(process)
        process.stdin.close()
        process.stdout.close()


def next_line(process):
    """What the child prints next; it has five minutes."""
    assert select.select([process.stdout], [], [], 300)[0]
    return process.stdout.readline().strip()


def kill(process):
    """As the out-of-memory killer does it."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def look(path, query, *values):
    """What stands in the file, past the ledger."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def change(path, query, *values):
    """Write into the file, past the ledger."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(query, values)
        connection.commit()


def everything_on_disk(folder):
    """All octets of all files in a folder and below."""
    return b"".join(p.read_bytes() for p in Path(folder).rglob("*") if p.is_file())


def assert_consistent(path):
    """The counts are those of the rows; a row has a payload until it is final.

    A purged campaign has numbers and no row.
    """
    counted = dict(
        look(
            path,
            "SELECT campaign * 100 + state, number FROM tally WHERE number <> 0"
            " AND campaign IN (SELECT id FROM campaign WHERE purged IS NULL)",
        )
    )
    found = dict(
        look(
            path,
            "SELECT d.campaign * 100"
            " + CASE WHEN d.id > c.live_upto THEN 1 WHEN d.state = 3 THEN 2"
            "   ELSE d.state END AS key, count(*)"
            " FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign GROUP BY key",
        )
    )
    assert found == counted
    bare = dict(look(path, "SELECT state, payload IS NULL FROM delivery GROUP BY 1, 2"))
    assert all(
        empty == (state in {5, 6, 8, 9, 10, 11}) for state, empty in bare.items()
    )


def states(ledger, campaign, digests):
    """The state of each row."""
    return [ledger.account(campaign, digest).state for digest in digests]
