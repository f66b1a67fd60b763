"""Several carriers as one: in which order they are asked, and what they share."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.testing import make_envelopes
from safesend.transports import (
    Failover,
    Limits,
    MemoryTransport,
    SmtpTransport,
    Switching,
    Transport,
    failover,
    open_transport,
    weighted,
)

_KEY = ("Idempotency-Key", "24h")


class _Envelope:
    def __init__(self, number):
        self.message_id = f"<{number}@example.org>"


def _firsts(carrier, count):
    return [carrier.ways(_Envelope(number))[0] for number in range(count)]


def test_the_order_is_the_one_that_was_given():
    """For every message."""
    carrier = failover("smtp://a:587", "smtps://b")
    assert carrier.ways(_Envelope(1)) == ["smtp://a:587", "smtps://b:465"]
    assert carrier.route(_Envelope(2)) == "smtp://a:587"
    assert carrier.name == "failover(smtp://a:587, smtps://b:465)"
    assert isinstance(carrier, Transport)
    assert isinstance(carrier, Switching)


@pytest.mark.parametrize(("heavy", "light"), [(3, 1), (1.5, 0.5), (30, 10)])
def test_weights_are_shares(heavy, light):
    """Within what chance allows; and each message keeps its carrier."""
    carrier = weighted({"smtp://a": heavy, "smtp://b": light})
    firsts = _firsts(carrier, 4000)
    assert 2850 < firsts.count("smtp://a:587") < 3150
    assert firsts == _firsts(carrier, 4000)
    assert carrier.name.startswith("weighted(smtp://a:587: ")


@given(numbers=st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_who_stands_in_takes_no_other_message_away(numbers):
    """Without a carrier the order of the others is as it was."""
    carrier = weighted({"smtp://a": 1, "smtp://b": 2, "smtp://c": 3})
    for number in numbers:
        ways = carrier.ways(_Envelope(number))
        assert sorted(ways) == ["smtp://a:587", "smtp://b:587", "smtp://c:587"]


def test_the_share_of_one_that_is_down_comes_to_the_others():
    """Two to three, as their weights are."""
    carrier = weighted({"smtp://a": 5, "smtp://b": 2, "smtp://c": 3})
    seconds = [
        next(way for way in carrier.ways(_Envelope(number)) if "//a" not in way)
        for number in range(4000)
    ]
    assert 1450 < seconds.count("smtp://b:587") < 1750


def test_members_may_be_several_themselves():
    """Their carriers are asked in the order of each."""
    one, two = MemoryTransport(), MemoryTransport()
    carrier = failover(one, weighted({two: 1, "smtp://c": 1}))
    assert list(carrier.carriers) == ["memory:", "memory: (2)", "smtp://c:587"]
    ways = carrier.ways(_Envelope(1))
    assert (ways[0], len(ways)) == ("memory:", 3)
    assert carrier.carrier_of("memory: (2)") == "memory: (2)"


class _Forked(MemoryTransport):
    name = "forked:"

    def route(self, envelope):
        return f"to {envelope.message_id[1]}"

    async def connect(self, route):
        self.messages.append(route)
        return await super().connect(route)

    async def look_up(self, envelopes):
        self.messages.append(len(envelopes))


def test_the_routes_of_a_member_are_told_apart_and_found_again():
    """It gets its own name for them back."""
    forked = _Forked()
    carrier = failover(forked, MemoryTransport())
    [way, other] = carrier.ways(_Envelope(7))
    assert (way, other) == ("forked: > to 7", "memory:")
    assert carrier.carrier_of(way) == "forked:"
    asyncio.run(carrier.connect(way))
    asyncio.run(carrier.connect(other))
    asyncio.run(carrier.look_up([_Envelope(1), _Envelope(2)]))
    assert forked.messages == ["to 7", 2]


def test_a_header_that_all_know_is_kept_for_the_shortest_time():
    """One that they do not agree on is none."""

    def relay(host, idempotency=None):
        return SmtpTransport(host, idempotency=idempotency)

    agreed = failover(relay("a", _KEY), relay("b", ("Idempotency-Key", "1h")))
    assert agreed.limits() == Limits(idempotency=("Idempotency-Key", 3600.0))
    assert failover(relay("a", _KEY), relay("b")).limits() is None
    other = relay("b", ("X-Other-Key", "24h"))
    assert failover(relay("a", _KEY), other).limits() is None


def test_urls_name_several_as_well():
    """With a space between them, and weights with a star."""
    carrier = open_transport("failover:smtp://a smtps://b")
    assert carrier == failover("smtp://a", "smtps://b")
    shares = open_transport("weighted:3*smtp://a 1.5*smtp://b?timeout=3")
    assert shares.weights == (3.0, 1.5)
    logged_in = open_transport("failover:smtp://me@a smtp://b", password="secret")
    assert logged_in.members[0].password is not None
    assert logged_in.members[1].password is None
    assert "secret" not in repr(logged_in) + logged_in.name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: failover("smtp://a"), "two carriers"),
        (lambda: failover("smtp://a", 3), "int is no carrier"),
        (lambda: weighted({"smtp://a": 0, "smtp://b": 1}), "above 0"),
        (lambda: weighted({"smtp://a": True, "smtp://b": 1}), "above 0"),
        (lambda: weighted({"smtp://a": float("inf"), "smtp://b": 1}), "above 0"),
        (lambda: weighted(["smtp://a"]), "with weights"),
        (lambda: Failover((MemoryTransport(), MemoryTransport()), (1,)), "above 0"),
        (lambda: open_transport("weighted:smtp://a smtp://b"), "weighted:3"),
        (lambda: open_transport("failover:"), "two carriers"),
        (
            lambda: open_transport("failover:smtp://me@a smtp://me@b", password="x"),
            "several carriers",
        ),
    ],
)
def test_what_makes_no_sense_is_told(make, words):
    """Before anything is connected."""
    with pytest.raises(ConfigurationError, match=words):
        make()


def test_a_carrier_may_have_any_name(tmp_path):
    """Also one with what stands between a carrier and its own route."""
    odd, plain = f"eml:{tmp_path}/out > two", f"eml:{tmp_path}/out"
    carrier = failover(plain, odd)
    [envelope] = make_envelopes(1)

    async def main():
        for way in carrier.ways(envelope):
            session = await carrier.connect(way)
            async for _ in session.deliver([envelope]):
                pass
            await session.close()

    asyncio.run(main())
    assert [carrier.carrier_of(way) for way in carrier.ways(envelope)] == [plain, odd]
    assert carrier.carrier_of("mx:other") == "mx:other"
    assert [len([*(tmp_path / name).iterdir()]) for name in ("out", "out > two")] == [
        1,
        1,
    ]
