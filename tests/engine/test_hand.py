"""What a process holds between claim and record."""

from engine.fleet import people, plan
from safesend.engine.hand import Hand, Item
from safesend.ledger.base import Row


def _item(number):
    preparer = plan(people(1)).preparer(b"k" * 32)
    envelope = preparer.envelope(people(1)[0], 0.0)
    return Item(Row(number, b"d", 0, None, b"p"), envelope)


def test_routes_have_queues_of_their_own():
    """
    An item goes to the queue of its route; the sums are over all.
    """
    hand = Hand()
    first = hand.put("a", _item(1))
    second = hand.put("b", _item(2))
    assert hand.put("a", _item(3)) is first is not second
    assert (hand.ready, hand.in_flight) == (3, 0)
    assert first.filled.is_set()


def test_what_is_taken_is_in_flight():
    """
    In the order in which it came.
    """
    hand = Hand()
    queue = hand.put("a", _item(1))
    hand.put("a", _item(2))
    assert hand.take(queue).row.id == 1
    assert (hand.ready, hand.in_flight) == (1, 1)


def test_a_drained_hand_is_empty():
    """
    The ids of all that was not begun come back.
    """
    hand = Hand()
    hand.put("a", _item(1))
    hand.put("b", _item(2))
    assert sorted(hand.drain()) == [1, 2]
    assert hand.ready == 0
    assert hand.drain() == []
