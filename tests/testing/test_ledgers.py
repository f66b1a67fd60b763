from collections.abc import Iterator
from itertools import count

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledgers import LEDGER_PROMISES, check_ledger


@pytest.fixture
def files(tmp_path) -> Iterator[str]:
    """Paths of ledgers that are not there yet."""
    return (str(tmp_path / f"{number}.db") for number in count())


@pytest.mark.parametrize("promise", LEDGER_PROMISES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_our_ledgers_keep_every_promise(kind, promise, files):
    """
    The ledger in a file and the one in memory behave alike.
    """
    ledger = open_ledger(":memory:" if kind == "memory" else next(files))

    promise(ledger)
    ledger.close()


def test_the_suite_takes_a_new_ledger_for_each_promise(files):
    """
    check_ledger asserts all of it at once.
    """
    check_ledger(lambda: open_ledger(next(files)))


class Forgetful(MemoryLedger):
    """Gives rows twice: what a claim took is waiting again."""

    def claim(self, campaign, run, limit, now):
        rows = super().claim(campaign, run, limit, now)
        super().release(run, [row.id for row in rows])
        return rows


def test_a_ledger_that_gives_rows_twice_fails():
    """
    The suite finds what it is there to find.
    """
    with pytest.raises(AssertionError):
        check_ledger(Forgetful)
