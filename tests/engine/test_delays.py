from engine.test_hand import put, share
from safesend.engine.delays import Delays
from safesend.engine.hand import Hand
from safesend.engine.intray import IDLE
from safesend.engine.lease import Lease
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic
from safesend.ledger.arrivals import OwnArrivals
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport


def delays(lease=None):
    """Of a relay without limits; and its clock."""
    clock = FakeClock()
    traffic = Traffic("a", 4, None, None, OwnArrivals())
    board = Switchboard(MemoryTransport(), traffic, clock, lambda _: None)
    return Delays(traffic, board, clock, lease or Lease())


def test_what_was_not_begun_waits_for_its_window():
    """
    Only who asks what may leave at once is told so.
    """
    hand, found = Hand(9), delays()
    hand.at_once = 0
    queue = put(hand, 1)
    assert found.of(queue) == 0
    assert found.of(queue, begun=True) == IDLE
    hand.open(queue, {1})
    assert found.of(queue, begun=True) == 0


def test_a_lease_that_is_over_lets_nothing_begun_go():
    """
    Until it is renewed.
    """
    hand, lease = Hand(9), Lease(60.0)
    found = delays(lease)
    lease.renewed(found.clock.monotonic())
    queue = put(hand, 1)
    assert found.of(queue, begun=True) == 0
    found.clock.advance(60)
    assert found.of(queue, begun=True) == IDLE
    assert found.of(queue) == 0
    lease.renewed(found.clock.monotonic())
    assert found.of(queue, begun=True) == 0


def test_nobody_waits_for_a_probe_but_where_one_is_tried():
    """
    On a way that is open none is.
    """
    assert not delays().awaits_probe(share())
