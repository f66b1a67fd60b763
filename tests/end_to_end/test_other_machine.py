"""What a machine leaves that is gone, or away for a while: nobody gets two copies."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest

from end_to_end.crashes import crowd, letter
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import SmtpServer

PEOPLE = 150
LEASE = "8"
"""Seconds: whoever works renews it in time, on a machine that stands still as well."""
KEY = "5a" * 32
HELD = """
SELECT count(*), count(*) FILTER (WHERE d.id = ANY (r.begun))
  FROM safesend.delivery AS d JOIN safesend.run AS r ON r.id = d.holder
 WHERE d.state = 4
"""
ELSEWHERE = "UPDATE safesend.run SET boot = 'elsewhere' WHERE started IS NOT NULL"
LONG_AGO = "UPDATE safesend.run SET lease = 1 WHERE started IS NOT NULL"
ALIVE = """
SELECT 1 FROM safesend.run
 WHERE started IS NOT NULL AND lease >= extract(epoch FROM clock_timestamp())
"""


@pytest.fixture
def world(postgres, tmp_path, monkeypatch):
    """A list, a sink, and a ledger with a key that two machines share."""
    monkeypatch.setenv("SAFESEND_KEY", KEY)
    with SmtpServer() as server:
        yield World(postgres, tmp_path, server)


class World:
    """The first machine, which is struck, and this one, which takes over."""

    def __init__(self, postgres, folder, server):
        self.postgres, self.folder, self.server = postgres, folder, server
        self.people = crowd(folder, PEOPLE)

    @contextlib.contextmanager
    def struck(self, step, number, when, name):
        """The sender of the other machine, once it is struck."""
        place = self.folder / "elsewhere"
        place.mkdir()
        command = [sys.executable, "-m", "end_to_end.mortal", str(self.people)]
        command += [self.postgres.url, self.server.url]
        command += [step, str(number), when, name, LEASE]
        with subprocess.Popen(
            command,
            env={**os.environ, "XDG_DATA_HOME": str(place)},
            stdout=subprocess.PIPE,
            text=True,
        ) as sender:
            try:
                os.waitid(os.P_PID, sender.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
                self.postgres.ask(ELSEWHERE)
                # One that goes on later is to find its own lease over.
                while name == "SIGSTOP" and self.postgres.ask(ALIVE):
                    time.sleep(0.1)
                # Else it is believed for a minute after the server began.
                self.postgres.ask(LONG_AGO)
                yield sender
            finally:
                sender.kill()

    def copies(self):
        """How many copies each person has."""
        found = (message.recipient for message in self.server.messages)
        return Counter(map(str, found))

    def held(self):
        """How many rows the other machine holds, and how many of them it had begun."""
        [(held, begun)] = self.postgres.ask(HELD)
        return int(held), int(begun)

    def taken_over(self):
        """Send the rest from here; the counts afterwards."""
        here = self.folder / "here" / "keys"
        with closing(open_ledger(self.postgres.url, key_home=here)) as book:
            report = letter(self.people).send(self.server.url, ledger=book, lanes=4)
            [record] = book.campaigns()
            counts = book.counts(record.id)
        assert counts.get(State.ACCEPTED, 0) == report.accepted
        assert sum(counts.values()) == PEOPLE
        return report.accepted, report.in_doubt


@pytest.mark.parametrize(
    ("step", "number", "when"),
    [
        ("claim", 1, "before"),
        ("claim", 1, "after"),
        ("begin", 2, "before"),
        ("begin", 3, "after"),
        ("take", 40, "after"),
        ("settle", 40, "before"),
        ("record", 1, "before"),
        ("record", 1, "after"),
    ],
)
def test_a_machine_that_is_gone_leaves_its_windows_in_doubt(world, step, number, when):
    """
    Wherever it stopped: what it had begun and not recorded is in doubt, all the others
    get one copy, and nobody two.
    """
    with world.struck(step, number, when, "SIGKILL") as sender:
        assert sender.wait() == -signal.SIGKILL
    _, begun = world.held()
    accepted, in_doubt = world.taken_over()
    assert in_doubt == begun
    copies = world.copies()
    assert max(copies.values()) == 1
    # Who is in doubt may have one, or none.
    assert accepted <= len(copies) <= accepted + in_doubt
    assert accepted + in_doubt == PEOPLE


@pytest.mark.parametrize(
    ("step", "number", "when"),
    [
        ("claim", 1, "after"),
        ("begin", 3, "before"),
        ("take", 40, "before"),
        ("record", 1, "before"),
    ],
)
def test_a_machine_that_comes_back_sends_and_writes_nothing(world, step, number, when):
    """
    Others have sent the rest meanwhile; it says so, and ends.
    """
    with world.struck(step, number, when, "SIGSTOP") as sender:
        before = world.copies()
        _, begun = world.held()
        accepted, in_doubt = world.taken_over()
        assert in_doubt == begun
        assert accepted + in_doubt == PEOPLE
        history = world.postgres.ask("SELECT * FROM safesend.delivery ORDER BY id")
        taken_over = world.copies()
        sender.send_signal(signal.SIGCONT)
        said, _ = sender.communicate(timeout=120)
    assert "RunLost: " in said
    assert "another process took it for dead" in said
    assert world.postgres.ask("SELECT * FROM safesend.delivery ORDER BY id") == history
    copies = world.copies()
    assert max(copies.values()) == 1
    # At most what its four sessions had in hand when it was stopped.
    assert len(copies) - len(taken_over) <= min(in_doubt, 8)
    assert before.keys() <= copies.keys()
