"""How many messages each carrier still takes."""

from __future__ import annotations

from safesend.engine.quotas import Quotas


def quotas():
    """Whose a route is says its first word."""
    return Quotas(lambda route: route.partition(" ")[0])


def test_without_a_quota_everything_goes():
    """And nothing is counted."""
    counted = quotas()
    counted.take("a")
    counted.give_back("a")
    assert counted.has("a")
    assert counted.used_up() == []


def test_routes_of_a_carrier_share_its_quota():
    """Those of others are not touched."""
    counted = quotas()
    counted.allow("a", 2)
    counted.take("a 1")
    counted.take("b 1")
    assert counted.has("a 2")
    counted.take("a 2")
    assert [counted.has(route) for route in ("a 1", "a 2", "b 1")] == [
        False,
        False,
        True,
    ]
    assert (counted.used_up(), counted.refused("a")) == (["a"], False)
    counted.give_back("b 1")
    assert not counted.has("a 1")
    counted.give_back("a 1")
    assert counted.has("a 2")


def test_what_its_carrier_calls_used_up_is_so_until_it_says_otherwise():
    """Whatever comes back meanwhile."""
    counted = quotas()
    counted.use_up("a")
    counted.give_back("a 1")
    assert not counted.has("a 1")
    assert (counted.used_up(), counted.refused("a")) == (["a"], True)
    counted.allow("a", 3)
    assert counted.has("a 1")
    counted.allow("a", None)
    assert (counted.has("a 1"), counted.used_up()) == (True, [])
