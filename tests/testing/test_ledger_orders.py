import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.ledger.memory_orders import OwnOrders
from safesend.testing import ledger_orders as orders


class _Deaf(OwnOrders):
    """Takes no order."""

    def hold(self, *_, **__):
        """Heard, and forgotten."""

    def begin_at(self, *_, **__):
        """The same."""


class Deaf(MemoryLedger):
    """A ledger of which people can order nothing."""

    def __init__(self):
        super().__init__()
        self.orders = _Deaf(self._drawer, self.history.order)


@pytest.mark.parametrize(
    "promise",
    [
        orders.who_ordered_what_is_told,
        orders.a_provider_on_hold_waits,
        orders.a_cancelled_provider_has_nothing_waiting,
        orders.nothing_is_due_before_it_begins,
        orders.orders_are_for_campaigns,
    ],
)
def test_a_broken_promise_is_noticed(promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(Deaf())
