"""What a process holds between claim and record."""

from hypothesis import given
from hypothesis import strategies as st

from engine.fleet import people, plan
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.traffic import Share
from safesend.ledger.base import Row
from safesend.policies.concurrency import Window

PREPARER = plan(people(1)).preparer(b"k" * 32)
ENVELOPE = PREPARER.envelope(people(1)[0], 0.0)


def item(number, provider="google"):
    return Item(Row(number, b"d", 0, None, b"p", provider), ENVELOPE)


def share(provider="google", route="a"):
    return Share(route, provider, Window(8))


def put(hand, number, provider="google", route="a"):
    queue = hand.queues.setdefault(route, Queue(share("", route)))
    hand.put(queue, share(provider, route), item(number, provider))
    return queue


def taken(hand, queue, admitted=lambda _: True):
    found = hand.take(queue, admitted)
    return None if found is None else found[0].row.id


def test_routes_have_queues_of_their_own():
    """
    An item goes to the queue of its route; the sums are over all.
    """
    hand = Hand(9)
    first = put(hand, 1)
    second = put(hand, 2, route="b")
    assert put(hand, 3) is first is not second
    assert (hand.ready, hand.in_flight, hand.free) == (3, 0, 6)
    assert (first.ready, second.ready) == (2, 1)
    assert (first.route, second.route) == ("a", "b")


def test_what_is_taken_is_in_flight():
    """
    In the order in which it came; then there is nothing.
    """
    hand = Hand(9)
    queue = put(hand, 1)
    put(hand, 2)
    assert [taken(hand, queue) for _ in range(3)] == [1, 2, None]
    assert (hand.ready, hand.in_flight, hand.free) == (0, 2, 7)


def test_providers_take_turns():
    """
    However many one of them has.
    """
    hand = Hand(99)
    for number in range(4):
        queue = put(hand, number)
    put(hand, 10, "yahoo")
    put(hand, 20, "apple")
    put(hand, 21, "apple")
    assert [taken(hand, queue) for _ in range(7)] == [0, 10, 20, 1, 21, 2, 3]


def test_who_may_not_go_holds_up_nobody():
    """
    The others go; when nobody may, nothing is taken.
    """
    hand = Hand(99)
    for number, provider in enumerate(("google", "yahoo", "google", "yahoo")):
        queue = put(hand, number, provider)

    def admitted(one):
        return one.provider == "yahoo"

    assert [taken(hand, queue, admitted) for _ in range(3)] == [1, 3, None]
    assert (hand.ready, queue.ready) == (2, 2)
    assert [taken(hand, queue) for _ in range(3)] == [0, 2, None]


def test_a_provider_is_withdrawn_alone():
    """
    Its rows come back, and the others keep their place.
    """
    hand = Hand(99)
    for number, provider in enumerate(("google", "yahoo", "google", "yahoo")):
        queue = put(hand, number, provider)
    assert hand.withdraw(queue, "google") == [0, 2]
    assert (hand.ready, queue.ready) == (2, 2)
    assert hand.withdraw(queue, "google") == []
    assert [taken(hand, queue) for _ in range(3)] == [1, 3, None]


def test_a_drained_hand_is_empty():
    """
    The ids of all that was not begun come back.
    """
    hand = Hand(9)
    put(hand, 1)
    put(hand, 2, route="b")
    assert sorted(hand.drain()) == [1, 2]
    assert hand.ready == 0
    assert hand.drain() == []


def test_a_route_without_a_lane_is_neglected():
    """
    If it has something to do.
    """
    hand = Hand(9)
    queue = put(hand, 1)
    assert hand.neglected()
    queue.lanes = 1
    assert not hand.neglected()
    queue.lanes = 0
    hand.drain()
    assert not hand.neglected()


def test_a_slow_provider_gets_no_more():
    """
    One that holds twice what is free has its part; who has nothing in hand gets some.
    """
    hand = Hand(90)
    for number in range(60):
        put(hand, number)
    assert hand.stalled() == 60
    assert hand.crowded
    shares = hand.shares({})
    assert shares.of("google", 99) == 0
    assert shares.of("yahoo", 99) == 60
    assert shares.held == {"google"}


def test_limits_of_providers_count_what_is_in_hand():
    """
    A paused one gets nothing, one with a limit the rest of it.
    """
    hand = Hand(90)
    for number in range(4):
        put(hand, number)
    shares = hand.shares({"google": 6, "yahoo": 0})
    assert (shares.of("google", 99), shares.of("yahoo", 99)) == (2, 0)
    assert not hand.crowded


@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(1, 60))
def test_there_is_always_room_for_somebody_new(providers, size):
    """
    Filled by claims that keep to the shares, a hand never gets full of the slow.
    """
    hand = Hand(size)
    for number, provider in enumerate(providers):
        if hand.shares({}).of(provider, 99) > 0 and hand.free > 0:
            put(hand, number, provider)
    assert hand.free >= 0
    assert hand.free == 0 or hand.shares({}).of("new", 99) > 0
    slowest = max((len(line.items) for line in hand.lines()), default=0)
    assert slowest <= 2 * (size - slowest + 1)


def test_a_window_lets_the_first_ones_go():
    """
    Where one is needed nothing leaves before; what went back needs another one.
    """
    hand = Hand(9)
    hand.at_once = 0
    queue = put(hand, 1)
    for number in (2, 3, 4):
        put(hand, number)
    put(hand, 5, "yahoo")
    assert taken(hand, queue) is None
    hand.open(queue, {1, 2, 3, 77})
    assert queue.changed.is_set()
    assert queue.left == 2
    assert [taken(hand, queue) for _ in range(2)] == [1, 2]
    assert queue.left == 0
    assert sorted(hand.withdraw(queue)) == [3, 4, 5]
    put(hand, 3)
    assert taken(hand, queue) is None
    # Begun before it went back: not this time.
    hand.open(queue, {9})
    assert taken(hand, queue) is None
    hand.open(queue, {3})
    assert taken(hand, queue) == 3
