import pytest

from safesend.ledger.lists import OwnLists
from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_lists as lists


class Forgetful(OwnLists):
    """Takes every word for the newest."""

    def note(self, id_, change):
        self.seen[id_] = change
        return change


class Counting(OwnLists):
    """Looks at numbers alone."""

    def note(self, id_, change):
        known = self.seen.get(id_)
        if known is None or change.number > known.number:
            self.seen[id_] = change
        return self.seen[id_]


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Forgetful, lists.how_far_a_list_has_come_is_known),
        (Counting, lists.who_says_it_is_the_list_goes_ahead),
    ],
)
def test_a_broken_promise_is_noticed(kind, promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    ledger = MemoryLedger()
    ledger.lists = kind()
    with pytest.raises(AssertionError):
        promise(ledger)
