"""MX hosts are found, remembered for a while, and never waited for too long."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import dns.rcode
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.net.dns import MxLookup
from safesend.testing import FakeClock
from servers.dns import Zone, run_dns

from .peer import run

GOOD = Zone(mx=((20, "b.mx.test"), (10, "a.mx.test")))
MUTE = Zone(silent=True)


@pytest.fixture
def server():
    with run_dns({}) as running:
        yield running


def lookup(server, **options):
    """A lookup that asks the tests' own nameserver."""
    options.setdefault("timeout", 5.0)
    return MxLookup(["127.0.0.1"], port=server.port, **options)


def ask(mx, *domains):
    """The answers, in an event loop that is gone afterwards."""
    return run(mx.hosts(domains))


@pytest.mark.parametrize(
    ("zone", "hosts"),
    [
        (GOOD, ("a.mx.test", "b.mx.test")),
        (Zone(mx=((5, "MX.Test"),)), ("mx.test",)),
        (Zone(mx=((5, "b.test"), (5, "a.test"))), ("a.test", "b.test")),
        (Zone(mx=((0, ""),)), ()),
        (Zone(), ()),
        (Zone(rcode=dns.rcode.NXDOMAIN), ()),
        (Zone(cname="other.test"), ("a.mx.test", "b.mx.test")),
        (Zone(cname="nowhere.test"), ()),
        (Zone(truncated=True, mx=((5, "mx.test"),)), ("mx.test",)),
        (Zone(rcode=dns.rcode.SERVFAIL), None),
        (Zone(rcode=dns.rcode.REFUSED), None),
        (Zone(rcode=dns.rcode.YXDOMAIN), None),
    ],
)
def test_what_is_said_of_a_domain(server, zone, hosts):
    """
    Hosts by preference, none where there is none, None where it is not known.
    """
    server.zones |= {"a.test": zone, "other.test": GOOD}
    assert ask(lookup(server), "a.test") == {"a.test": hosts}


def test_long_answers_come_over_tcp(server):
    """
    What does not fit into a datagram is asked for again.
    """
    server.zones["a.test"] = Zone(truncated=True, mx=((5, "mx.test"),))
    ask(lookup(server), "a.test")
    assert server.queries == [("udp", "a.test"), ("tcp", "a.test")]


def test_domains_come_back_as_they_were_written(server):
    """
    Case and a final dot mean nothing to DNS.
    """
    server.zones["a.test"] = GOOD
    answers = ask(lookup(server), "A.Test", "a.test.", "a.test")
    assert answers == dict.fromkeys(
        ["A.Test", "a.test.", "a.test"], ("a.mx.test", "b.mx.test")
    )
    assert server.asked("a.test") == 1


def test_nobody_asks_nothing(server):
    """
    An empty list has an empty answer.
    """
    assert ask(lookup(server)) == {}
    assert server.queries == []


@pytest.mark.parametrize("zone", [MUTE, Zone(junk=b"\0"), Zone(mx=GOOD.mx, delay=60)])
def test_no_domain_takes_longer_than_the_time_out(server, zone):
    """
    Silence, noise and a slow answer end as unknown; a second try is among it.
    """
    server.zones["a.test"] = zone
    began = time.monotonic()
    assert ask(lookup(server, timeout=2.0), "a.test") == {"a.test": None}
    assert time.monotonic() - began < 20
    assert server.asked("a.test") >= 2


def test_a_lost_datagram_is_sent_again(server):
    """
    The first question gets no answer, the second one does.
    """
    server.zones["a.test"] = Zone(mx=GOOD.mx, lost=1)
    answers = ask(lookup(server, timeout=6.0), "a.test")
    assert answers == {"a.test": ("a.mx.test", "b.mx.test")}
    assert server.asked("a.test") == 2


def test_a_port_where_nobody_listens_is_no_error():
    """
    It is like any other silence.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    mx = MxLookup(["127.0.0.1"], port=port, timeout=0.2)
    assert ask(mx, "a.test", "b.test") == {"a.test": None, "b.test": None}


def test_the_nameservers_of_the_system_are_the_default():
    """
    Whatever they are: nobody answers for a name that is reserved (RFC 6761).
    """
    assert ask(MxLookup(timeout=0.2), "safesend.invalid")["safesend.invalid"] in {
        (),
        None,
    }


def test_domains_are_asked_for_at_once_but_not_too_many(server):
    """
    Twelve answers of 0.1 seconds, four at a time.
    """
    domains = [f"d{n}.test" for n in range(12)]
    server.zones |= dict.fromkeys(domains, Zone(mx=GOOD.mx, delay=0.1))
    answers = ask(lookup(server, concurrency=4), *domains)
    assert set(answers.values()) == {("a.mx.test", "b.mx.test")}
    assert 1 < server.most_at_once <= 4


def test_a_domain_that_is_being_asked_for_is_not_asked_for_again(server):
    """
    Two callers in one loop share the question.
    """
    server.zones["a.test"] = Zone(mx=GOOD.mx, delay=0.1)
    mx = lookup(server)

    async def main():
        return await asyncio.gather(mx.hosts(["a.test"]), mx.hosts(["a.test"]))

    assert run(main()) == [{"a.test": ("a.mx.test", "b.mx.test")}] * 2
    assert server.asked("a.test") == 1


def test_one_caller_who_gives_up_does_not_stop_the_other(server):
    """
    The question belongs to both.
    """
    server.zones["a.test"] = Zone(mx=GOOD.mx, delay=0.2)
    mx = lookup(server)

    async def main():
        first = asyncio.create_task(mx.hosts(["a.test"]))
        second = asyncio.create_task(mx.hosts(["a.test"]))
        await asyncio.sleep(0.05)
        first.cancel()
        return await second

    assert run(main()) == {"a.test": ("a.mx.test", "b.mx.test")}


def test_when_all_give_up_nothing_goes_on(server):
    """
    No question is left in the loop, and the lookup can be used again.
    """
    server.zones["a.test"] = MUTE
    mx = lookup(server)

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await mx.hosts(["a.test"])
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*left, return_exceptions=True)
        return [task.cancelled() for task in left]

    assert set(run(main())) == {True}
    server.zones["a.test"] = GOOD
    assert ask(mx, "a.test") == {"a.test": ("a.mx.test", "b.mx.test")}


def test_answers_are_kept_from_one_loop_to_the_next(server):
    """
    Every `asyncio.run` has a loop of its own; nothing hangs on one that is closed.
    """
    domains = [f"d{n}.test" for n in range(4)]
    server.zones |= dict.fromkeys(domains, GOOD)
    mx = lookup(server, concurrency=1)
    for last in (2, 3, 4):
        ask(mx, *domains[:last])
    assert len(server.queries) == 4


def test_several_threads_may_share_a_lookup(server):
    """
    Each has a loop of its own.
    """
    domains = [f"d{n}.test" for n in range(40)]
    server.zones |= dict.fromkeys(domains, GOOD)
    mx = lookup(server, concurrency=2)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(ask(mx, *domains)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [dict.fromkeys(domains, ("a.mx.test", "b.mx.test"))] * 3


@pytest.mark.parametrize(
    ("zone", "kept"),
    [
        (Zone(mx=GOOD.mx, ttl=300), 300),
        (Zone(mx=GOOD.mx, ttl=1), 60),
        (Zone(mx=GOOD.mx, ttl=604_800), 86_400),
        (Zone(ttl=300), 300),
        (Zone(rcode=dns.rcode.NXDOMAIN, ttl=300), 300),
        (Zone(rcode=dns.rcode.NXDOMAIN, ttl=1), 60),
        (Zone(cname="short.test", ttl=300), 120),
        (Zone(rcode=dns.rcode.SERVFAIL), 30),
    ],
)
def test_an_answer_is_kept_for_its_time_to_live(server, zone, kept):
    """
    Not below a minute, not above a day; what is not known is asked for again soon.
    """
    server.zones |= {"a.test": zone, "short.test": Zone(mx=GOOD.mx, ttl=120)}
    clock = FakeClock()
    mx = lookup(server, clock=clock)
    ask(mx, "a.test")

    clock.advance(kept - 1)
    ask(mx, "a.test")
    assert server.asked("a.test") == 1

    clock.advance(2)
    ask(mx, "a.test")
    assert server.asked("a.test") == 2


def test_an_empty_answer_without_a_date_is_not_kept_long(server):
    """
    RFC 2308 section 5: there is no SOA that says how long it holds.
    """
    server.zones["a.test"] = Zone(soa=False)
    clock = FakeClock()
    mx = lookup(server, clock=clock)
    assert ask(mx, "a.test") == {"a.test": ()}
    clock.advance(86_401)
    ask(mx, "a.test")
    assert server.asked("a.test") == 2


def test_a_blocked_network_costs_no_time_out_for_each_domain(server):
    """
    After ten silences in a row nobody is asked for a minute; then all is tried again.
    """
    domains = [f"d{n}.test" for n in range(40)]
    server.zones |= dict.fromkeys(domains, MUTE)
    clock = FakeClock()
    mx = lookup(server, timeout=2.0, concurrency=10, clock=clock)

    assert set(ask(mx, *domains).values()) == {None}
    assert len({name for _, name in server.queries}) < 20

    server.zones |= dict.fromkeys(domains, GOOD)
    assert ask(mx, "d39.test") == {"d39.test": None}
    clock.advance(61)
    assert set(ask(mx, *domains).values()) == {("a.mx.test", "b.mx.test")}


def test_after_the_pause_one_silence_is_enough(server):
    """
    A network that is still blocked is not tried ten times again.
    """
    domains = [f"d{n}.test" for n in range(12)]
    server.zones |= dict.fromkeys(domains, MUTE)
    clock = FakeClock()
    mx = lookup(server, timeout=0.5, concurrency=10, clock=clock)
    ask(mx, *domains[:10])
    clock.advance(61)
    ask(mx, "d10.test")
    assert ask(mx, "d11.test") == {"d11.test": None}
    assert server.asked("d10.test")
    assert not server.asked("d11.test")


def test_domains_that_are_broken_do_not_look_like_a_blocked_network(server):
    """
    A nameserver that says SERVFAIL is there, and is asked on.
    """
    domains = [f"d{n}.test" for n in range(30)]
    server.zones |= dict.fromkeys(domains, Zone(rcode=dns.rcode.SERVFAIL))
    server.zones["good.test"] = GOOD
    answers = ask(lookup(server, concurrency=1), *domains, "good.test")
    assert answers["good.test"] == ("a.mx.test", "b.mx.test")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(domains=st.lists(st.text(), max_size=4))
@example(domains=["", ".", "..", "a..b", "x" * 300, "\\", "\\300", "a b", "ß.test"])
def test_any_text_may_be_asked_for(server, domains):
    """
    What is no domain is unknown or has no hosts; nothing is raised.
    """
    answers = ask(lookup(server, timeout=1.0), *domains)
    assert set(answers) == set(domains)
    assert set(answers.values()) <= {(), None}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"nameservers": []}, "list of IP addresses"),
        ({"nameservers": "127.0.0.1"}, "list of IP addresses"),
        ({"nameservers": ["ns.example.org"]}, "list of IP addresses"),
        ({"timeout": 0}, "timeout=0"),
        ({"concurrency": 0}, "concurrency=0"),
    ],
)
def test_settings_that_cannot_work_are_refused(options, reason):
    """
    When the lookup is made, not when the mailing runs.
    """
    with pytest.raises(ConfigurationError, match=reason):
        MxLookup(**options)
