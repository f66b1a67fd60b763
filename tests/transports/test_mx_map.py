"""Ways are found at once, kept while they hold, and shared by domains."""

from __future__ import annotations

import asyncio
import time

import attrs
import pytest

from safesend.net.demand import DemandFinder, Proof
from safesend.net.resolver import Resolver
from safesend.testing import FakeClock
from safesend.transports.mx_map import NOWHERE, MxMap
from servers.dns import Zone, run_dns

MX = Zone(mx=((10, "mx.test"),))
HOST = Zone(a=("192.0.2.1",))


@pytest.fixture
def server():
    with run_dns({"mx.test": HOST}) as running:
        yield running


def mapped(server, *domains, clock=None, known=None, **options):
    """What is known after these domains were looked up."""
    clock = clock or FakeClock()
    if known is None:
        resolver = Resolver(
            ["127.0.0.1"],
            port=server.port,
            clock=clock,
            trust_ad=True,
            timeout=options.pop("timeout", 5.0),
        )
        finder = DemandFinder.using(resolver, options.pop("means", "opportunistic"))
        known = MxMap(resolver, finder, 25, frozenset({"me.test"}), clock, **options)
    asyncio.run(known.learn(domains))
    return known


def test_domains_of_one_site_have_one_route(server):
    """However many there are; another host or order is another route."""
    server.zones |= {
        "a.test": MX,
        "b.test": Zone(mx=((5, "MX.test"),)),
        "c.test": Zone(mx=((5, "mx.test"), (9, "second.test"))),
        "d.test": Zone(mx=((5, "mx.test"), (5, "second.test"))),
        "e.test": Zone(cname="a.test"),
        "second.test": HOST,
    }
    known = mapped(server, *(f"{letter}.test" for letter in "abcde"))
    routes = {letter: known.way(f"{letter}.test").route for letter in "abcde"}
    assert routes["a"] == routes["b"] == routes["e"]
    assert len({routes["a"], routes["c"], routes["d"]}) == 3
    assert known.site(routes["a"]).plan.hosts == ("mx.test",)


def test_domains_without_a_server_share_a_route(server):
    """Each keeps its own reason."""
    server.zones |= {
        "null.test": Zone(mx=((0, ""),)),
        "bad.test": Zone(rcode=2),
        "me.test": Zone(),
    }
    known = mapped(server, "null.test", "gone.test", "bad.test", "me.test")
    found = {name: known.way(f"{name}.test") for name in ("null", "gone", "bad", "me")}
    assert {way.route for way in found.values()} == {NOWHERE}
    assert {name: way.plan.outcome.enhanced for name, way in found.items()} == {
        "null": "5.1.10",
        "gone": "5.1.2",
        "bad": "4.4.3",
        "me": "5.4.6",
    }


def test_what_is_known_is_not_asked_for_until_it_is_old(server):
    """An answer holds for its time to live, trouble for half a minute."""
    server.zones |= {"a.test": attrs.evolve(MX, ttl=300), "bad.test": Zone(rcode=2)}
    clock = FakeClock()
    known = mapped(server, "a.test", "bad.test", "a.test", clock=clock)
    server.zones["bad.test"] = MX
    for seconds, asked in ((29, (1, 1)), (5, (1, 2)), (270, (2, 2))):
        clock.advance(seconds)
        mapped(server, "a.test", "bad.test", known=known)
        assert (
            server.asked("a.test", "MX"),
            min(2, server.asked("bad.test", "MX")),
        ) == asked
    assert known.way("bad.test").route == known.way("a.test").route


def test_a_slow_domain_holds_nobody_up_for_long(server):
    """It waits, and the others go."""
    server.zones |= {"a.test": MX, "slow.test": Zone(silent=True)}
    began = time.monotonic()
    known = mapped(server, "a.test", "slow.test", patience=2.0, timeout=60.0)
    assert time.monotonic() - began < 20
    assert known.way("a.test").plan.outcome is None
    assert known.way("slow.test").plan.outcome.enhanced == "4.4.3"


def test_looking_up_may_be_broken_off(server):
    """Nothing goes on in the loop, and the next one finds all."""
    server.zones["a.test"] = attrs.evolve(MX, delay=0.3)
    known = mapped(server)

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await known.learn(["a.test"])
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert all(task.cancelled() or task.cancelling() for task in asyncio.run(main()))
    assert known.way("a.test") is None
    mapped(server, "a.test", known=known)
    assert known.way("a.test").plan.hosts == ("mx.test",)


def test_what_is_demanded_is_part_of_the_route(server):
    """A line that proves less is no line for those who ask for more."""
    record = "3 1 1 " + "ab" * 32
    server.zones |= {
        "a.test": attrs.evolve(MX, secure=True),
        "b.test": MX,
        "mx.test": attrs.evolve(HOST, secure=True),
        "_25._tcp.mx.test": Zone(tlsa=(record,), secure=True),
    }
    known = mapped(server, "a.test", "b.test", means="dane,opportunistic")
    a, b = known.way("a.test"), known.way("b.test")
    assert a.demands["mx.test"].proof is Proof.RECORDED
    assert b.demands["mx.test"].proof is Proof.ENCRYPTED
    assert a.route != b.route


def test_hosts_that_must_not_be_used_are_barred(server):
    """Where all are the domain has no server, and its mail waits."""
    server.zones |= {
        "a.test": Zone(mx=((1, "mx.test"), (2, "dane.test")), secure=True),
        "b.test": MX,
        "mx.test": attrs.evolve(HOST, secure=True),
        "dane.test": attrs.evolve(HOST, secure=True),
        "_25._tcp.dane.test": Zone(tlsa=("3 1 1 " + "ab" * 32,), secure=True),
    }
    known = mapped(server, "a.test", "b.test", means="dane")
    way = known.way("a.test")
    assert set(way.demands) == {"dane.test"}
    assert set(way.barred) == {"mx.test"}
    outcome = known.way("b.test").plan.outcome
    assert outcome.enhanced == "4.7.5"
    assert "neither DANE nor MTA-STS" in outcome.text


def test_no_list_of_servers_is_too_long(server):
    """Only the best of them are asked about."""
    server.zones["a.test"] = Zone(mx=tuple((n, f"mx{n}.test") for n in range(30)))
    way = mapped(server, "a.test").way("a.test")
    assert len(way.demands) == 16
    assert "mx15.test" in way.demands
