"""Who sends, as seen from another process."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest

from ledger.scenes import child, kill, run_child
from safesend.ledger import open_ledger
from safesend.testing.ledger_rows import NOW

AEAD = "cryptography.hazmat.primitives.ciphers.aead"

SENDING = """
import os
campaign = live_campaign(ledger, 2)
run = ledger.start_run(campaign, NOW, "smtp://x")
ledger.sight.tell(run, '{"rate": 5}', NOW + 1)
print(os.getpid(), flush=True)
time.sleep(60)
"""

ERASED = """
import os
campaign = live_campaign(ledger, 2)
run, rows = claimed_rows(ledger, campaign, 1)
ledger.record(run, [Result(rows[0].id, State.ACCEPTED)], NOW)
os._exit(0)
"""
"""A row was erased, and the process died before it could tidy."""


def test_a_run_of_another_process_is_seen_until_it_dies(tmp_path):
    """Then it is there still, and known to be dead, whatever its lease says."""
    path = tmp_path / "a.db"
    with child(SENDING, path) as sender, closing(open_ledger(path)) as ledger:
        [campaign] = ledger.campaigns()
        [seen] = ledger.sight.senders(campaign.id, NOW + 2)
        assert (seen.pid, seen.alive) == (int(sender.first), True)
        assert (seen.told, seen.told_at) == ('{"rate": 5}', NOW + 1)
        kill(sender)
        [seen] = ledger.sight.senders(campaign.id, NOW + 3)
        assert not seen.alive
        ledger.recover(campaign.id, NOW + 4)
        assert ledger.sight.senders(campaign.id, NOW + 5) == []


def _tidied(path):
    """Up to which erased row the file was written anew."""
    with closing(sqlite3.connect(path)) as connection:
        asked = "SELECT value FROM meta WHERE name = 'tidied'"
        return connection.execute(asked).fetchone()[0]


@pytest.mark.parametrize("working", [True, False])
def test_who_only_looks_does_not_write_the_file_anew(tmp_path, monkeypatch, working):
    """A run that works has it to itself; without one it is tidied when it is let go."""
    path = tmp_path / "a.db"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, AEAD, None)
        open_ledger(path).close()  # a plain one, and it stays so
    run_child(ERASED, path)
    before = _tidied(path)
    if not working:
        with closing(open_ledger(path)) as ledger:
            ledger.recover(1, NOW)
        assert _tidied(path) != before
        return
    with child("ledger.start_run(1, NOW); print(1, flush=True); time.sleep(60)", path):
        open_ledger(path).close()
        assert _tidied(path) == before
