import pytest

from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.base import Result, State
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import (
    NOW,
    claimed_rows,
    live_campaign,
    make_rows,
)

SAID = {"actor": "ada", "reason": "a test", "now": NOW}


@pytest.fixture
def ledger():
    """Two people, of whom one has it."""
    ledger = MemoryLedger()
    run, [row] = claimed_rows(ledger, live_campaign(ledger, 2), 1)
    ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW)
    ledger.end_run(run, NOW)
    return ledger


def test_nobody_is_left_in_memory(ledger):
    """
    No digest is kept for a core dump to find.
    """
    ledger.persons.purge(1, **SAID, unfinished=True)

    assert (ledger._rows, ledger._drawers[1].rows) == ({}, {})
    assert make_rows(1)[0].digest not in repr(vars(ledger)).encode()


def test_a_row_that_is_forgotten_is_not_claimed(ledger):
    """
    Its place in the line is empty, whoever looks.
    """
    mailbox = make_rows(2)[1].suppression
    ledger.persons.forget(mailbox, **SAID)

    assert claimed_rows(ledger, 1, 9)[1] == []
    assert ledger.next_due(1) is None
    assert "payload" not in repr(ledger._drawers[1].rows)


def test_the_key_ends_with_the_process(ledger):
    """
    There is no file to delete.
    """
    with pytest.raises(ConfigurationError, match="ends with its process"):
        ledger.persons.destroy_key(NOW)


def test_a_stranger_is_refused(ledger):
    """
    There is no campaign of that number.
    """
    for call in (ledger.persons.kept_until, ledger.persons.purge):
        with pytest.raises(LedgerError, match="no campaign number 7"):
            call(7, **(SAID if call == ledger.persons.purge else {}))
    with pytest.raises(LedgerError, match="no campaign number 7"):
        ledger.persons.keep(7, 1.0)


def test_what_never_went_live_has_no_end(ledger):
    """
    Nothing is known of anybody, so nothing is ever due.
    """
    campaign = ledger.campaign("summer", NOW).id
    ledger.persons.keep(campaign, 1.0)

    assert ledger.persons.kept_until(campaign) is None
