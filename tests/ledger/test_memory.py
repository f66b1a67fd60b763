import pytest

from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import (
    NOW,
    claimed_rows,
    live_campaign,
    make_rows,
)


def test_each_one_is_alone():
    """
    Every ledger in memory has its own key and its own rows.
    """
    one, other = open_ledger(":memory:"), open_ledger(":memory:")
    live_campaign(one, 2)

    assert one.secret != other.secret
    assert other.campaigns() == []


def test_a_final_row_is_forgotten_in_memory_too():
    """
    Its payload is not kept for a core dump to find.
    """
    ledger = MemoryLedger()
    run, rows = claimed_rows(ledger, live_campaign(ledger, 2), 1)
    ledger.record(run, [Result(rows[0].id, State.ACCEPTED)], NOW)

    payloads = [entry.payload for entry in ledger._rows.values()]
    assert payloads == [None, make_rows(2)[1].payload]
    assert "payload" not in repr(ledger._rows)


def test_what_died_with_its_process_is_not_recovered():
    """
    There is no other process, so nothing is found and nothing is touched.
    """
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 1)
    claimed_rows(ledger, campaign, 1)

    assert ledger.recover(campaign, NOW + 1e9).in_doubt == 0
    assert ledger.counts(campaign) == {State.SENDING: 1}
    ledger.close()


def test_nothing_of_a_batch_counts_when_one_result_is_wrong():
    """
    As in the file: whole or not at all.
    """
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    results = [Result(row.id, State.ACCEPTED), Result(row.id, State.DRAFT)]

    with pytest.raises(LedgerError):
        ledger.record(run, results, NOW)
    assert ledger.counts(campaign) == {State.SENDING: 1}
