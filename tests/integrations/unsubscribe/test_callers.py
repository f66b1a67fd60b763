"""Who asks, and how often."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.integrations.unsubscribe.callers import Callers, caller
from safesend.policies import Throttle

PACE = Throttle("1/s", burst=3).pace(0.0)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "told"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", 0, "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7", 1, "198.51.100.7"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7", 1, "198.51.100.7"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7,10.0.0.1", 2, "198.51.100.7"),
        ("", "198.51.100.7:4711", 1, "198.51.100.7"),
        ("", "[2001:db8::7]:4711", 1, "20010db800000000"),
        ("127.0.0.1", "198.51.100.7", 3, "198.51.100.7"),
        ("127.0.0.1", "", 1, ""),
        ("127.0.0.1", "unknown", 1, ""),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("64:ff9b::c000:201", "", 0, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "20010db800010002"),
        ("2001:db8:1:2:ffff::1", "", 0, "20010db800010002"),
        ("fe80::1%eth0", "", 0, "fe80000000000000"),
        ("", "", 0, ""),
    ],
)
def test_as_many_hops_are_believed_as_there_are_proxies(peer, forwarded, proxies, told):
    """What stands further ahead anybody can write; an IPv6 subscriber is one caller."""
    assert caller(peer, forwarded, proxies) == told


@given(st.text(), st.text(), st.integers(0, 5))
def test_no_address_is_too_odd(peer, forwarded, proxies):
    """Whatever the network tells, there is a short name for it."""
    assert len(caller(peer, forwarded, proxies)) <= 16


def test_who_comes_too_often_is_told_when_to_come_back():
    """And then may; others are not held up meanwhile."""
    callers = Callers(PACE)
    assert [callers.wait("a", 5.0) for _ in range(3)] == [0.0] * 3
    wait = callers.wait("a", 5.0)
    assert 0.9 < wait <= 1.01
    assert callers.wait("b", 5.0) == 0.0
    assert callers.wait("a", 5.0 + wait) == 0.0
    assert callers.wait("a", 5.0 + wait) > 0.0


def test_without_a_limit_everybody_may():
    """As often as they like."""
    callers = Callers(None)
    assert not any(callers.wait("a", 1.0) for _ in range(100))


def test_so_many_callers_are_remembered_and_no_more():
    """Whoever has not come for longest is forgotten first."""
    callers = Callers(Throttle("1/h").pace(0.0))
    assert callers.wait("first", 1.0) == callers.wait("second", 1.0) == 0.0
    for n in range(9_998):
        callers.wait(str(n), 2.0)
    assert callers.wait("first", 3.0) > 0.0  # known, and the latest again
    callers.wait("new", 3.0)
    assert callers.wait("first", 4.0) > 0.0
    assert callers.wait("second", 4.0) == 0.0


def test_threads_share_the_count():
    """No more may ask than the limit says, however they come."""
    callers = Callers(Throttle("1/h", burst=50).pace(0.0))
    granted = []

    def ask():
        granted.extend(callers.wait("a", 1.0) == 0.0 for _ in range(40))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 50
