import pytest

from safesend.errors import LedgerError
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import make_rows, refused


def test_rows_are_distinct():
    """
    No two rows share a digest, a payload or an entry of the suppression list.
    """
    rows = make_rows(5)

    for field in ("digest", "payload", "suppression"):
        assert len({getattr(row, field) for row in rows}) == 5


def test_a_refusal_that_does_not_come_is_noticed():
    """
    What should have been refused and was not is a failure, not a pass.
    """
    ledger = MemoryLedger()
    refused(ledger.control, 1)
    ledger.campaign("spring", 1.0)

    with pytest.raises(AssertionError, match="was promised"):
        refused(ledger.control, 1)
    with pytest.raises(LedgerError):
        ledger.control(2)
