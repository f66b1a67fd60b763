"""ledger/sqlite_kinds.py: kinds in a file."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.testing import ledger_kinds as kinds
from safesend.testing.ledger_rows import NOW, claimed_rows


@pytest.mark.parametrize(
    "promise", [kinds.what_a_campaign_is_is_kept, kinds.seeds_are_told_apart]
)
def test_it_keeps_its_promises(promise, tmp_path):
    """
    As every ledger does, and after it was opened anew.
    """
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        promise(ledger)
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        assert ledger.campaigns()


def test_a_seed_that_waits_again_waits_once(tmp_path):
    """
    Two numbers in the file stand for waiting rows: fresh ones, and those put off.
    """
    with closing(open_ledger(tmp_path / "x.db")) as ledger:
        kinds.seeds_are_told_apart(ledger)
        campaign = ledger.campaign("spring", NOW).id
        run, rows = claimed_rows(ledger, campaign, 6)
        again = [Result(row.id, State.WAITING, NOW + 60) for row in rows if row.kind]
        ledger.record(run, again, NOW)
        assert ledger.kinds.seeds(campaign)[State.WAITING] == len(again) == 1
