"""Hosts are called in order until one takes us; what they said is told."""

from __future__ import annotations

import asyncio
import random
import re
import time

import attrs
import pytest

from safesend.delivery import Accepted, Deferred, Refused
from safesend.errors import TransportError
from safesend.testing import FakeClock, make_envelopes
from safesend.testing.certificates import Certificates
from safesend.transports.mx_caller import Unreachable
from servers.dns import Zone
from transports.net_of_servers import DEAD, internet


@pytest.fixture
def net():
    with internet() as made:
        yield made


def call(net, *domains, transport=None, chance=None, **options):
    """For each domain the outcome of one letter, in one event loop."""
    transport = transport or net.transport(**options)
    if chance is not None:
        transport._caller.chance = chance

    async def main():
        said = []
        await transport._map.learn(domains)
        for domain in domains:
            way = transport._map.way(domain)
            try:
                session = await transport._caller.session(way, domain)
            except Unreachable as error:
                said.append(error.outcome)
                continue
            [outcome] = [one async for one in session.deliver(make_envelopes(1))]
            said.append(outcome)
            await session.close()
        return said

    return asyncio.run(main())


def _no_name(server):
    server.reply("ehlo", "550 5.7.506 bad name")
    server.reply("helo", "550 5.7.506 bad name")


def counts(net):
    """Messages at each address."""
    return {address: len(one.messages) for address, one in net.servers.items()}


def test_the_preferred_host_gets_the_mail(net):
    """The others are not even called."""
    net.server("127.0.0.2")
    second = net.server("127.0.0.3")
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (20, "two.test"), (10, "one.test"))
    assert isinstance(call(net, "a.test")[0], Accepted)
    assert counts(net) == {"127.0.0.2": 1, "127.0.0.3": 0}
    assert second.connections == 0


def test_equals_share_the_mail(net):
    """By chance."""
    net.server("127.0.0.2")
    net.server("127.0.0.3")
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (10, "two.test"), (10, "one.test"))
    call(net, *["a.test"] * 12, chance=random.Random(3))
    assert min(counts(net).values()) >= 3


@pytest.mark.parametrize(
    "fault",
    [
        lambda server: server.reply("connect", "421 too busy"),
        lambda server: server.reply("connect", "554 5.7.1 go away"),
        _no_name,
        lambda server: server.drop_after("connect"),
        lambda server: server.stall("connect", 60.0),
        lambda server: server.stop(),
    ],
    ids=["busy", "refused", "name", "hangs up", "mute", "down"],
)
def test_the_next_host_is_called_where_one_fails(net, fault):
    """However it fails."""
    first = net.server("127.0.0.2")
    net.server("127.0.0.3")
    fault(first)
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (10, "one.test"), (20, "two.test"))
    [outcome] = call(net, "a.test", timeout=2.0)
    assert isinstance(outcome, Accepted)
    assert counts(net)["127.0.0.3"] == 1


@pytest.mark.parametrize(
    ("fault", "code", "enhanced", "stage"),
    [
        (lambda s: s.reply("connect", "421 4.3.2 too busy"), 421, "4.3.2", "connect"),
        (lambda s: s.reply("connect", "554 5.7.1 no"), 554, "5.7.1", "connect"),
        (_no_name, 550, None, "ehlo"),
        (lambda s: s.drop_after("connect"), 451, "4.4.1", "rcpt"),
        (lambda s: s.stop(), 451, "4.4.1", "rcpt"),
    ],
    ids=["busy", "refused", "name", "hangs up", "down"],
)
def test_where_none_takes_us_its_words_are_told(net, fault, code, enhanced, stage):
    """Silence is told as a row that waits."""
    server = net.server("127.0.0.2")
    fault(server)
    net.host("one.test", "127.0.0.2")
    net.domain("a.test", (10, "one.test"))
    [outcome] = call(net, "a.test")
    assert (outcome.code, outcome.stage) == (code, stage)
    assert enhanced is None or outcome.enhanced == enhanced
    assert outcome.text.startswith("one.test: ")


def test_one_odd_server_says_nothing_of_our_name(net):
    """Where others took it, only the way to this one is refused."""
    net.server("127.0.0.2")
    _no_name(net.server("127.0.0.3"))
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (10, "one.test"))
    net.domain("b.test", (10, "two.test"))
    _, outcome = call(net, "a.test", "b.test")
    assert (outcome.code, outcome.stage) == (550, "connect")


def test_both_kinds_of_address_are_called(net):
    """A host with IPv6 only, and one whose IPv6 is down."""
    net.server("::1")
    net.server("127.0.0.2")
    net.host("six.test", "::1")
    net.host("both.test", "::2", "127.0.0.2")
    net.domain("a.test", (10, "six.test"))
    net.domain("b.test", (10, "both.test"))
    said = call(net, "a.test", "b.test", timeout=4.0)
    assert [one.code for one in said] == [250, 250]
    assert counts(net) == {"::1": 1, "127.0.0.2": 1}


def test_our_own_address_chooses_the_kind(net):
    """Who sends from IPv4 calls IPv4."""
    six = net.server("::1")
    net.server("127.0.0.2")
    net.host("both.test", "::1", "127.0.0.2")
    net.domain("a.test", (10, "both.test"))
    call(net, "a.test", source_address="127.0.0.7")
    assert counts(net) == {"::1": 0, "127.0.0.2": 1}
    assert six.connections == 0


def test_without_mx_the_domain_itself_is_called(net):
    """RFC 5321 section 5.1: implicit MX; behind an alias it is the other name."""
    net.server("127.0.0.2")
    net.host("a.test", "127.0.0.2")
    net.domain("b.test", cname="a.test")
    assert all(isinstance(one, Accepted) for one in call(net, "a.test", "b.test"))


def test_an_exchanger_that_is_an_alias_is_followed(net):
    """RFC 5321 section 5.1 forbids it, and it is met: nothing is gained by refusing."""
    net.server("127.0.0.2")
    net.host("one.test", "127.0.0.2")
    net.dns.zones["alias.test"] = Zone(cname="one.test")
    net.domain("a.test", (10, "alias.test"))
    assert isinstance(call(net, "a.test")[0], Accepted)


@pytest.mark.parametrize(
    ("zones", "enhanced"),
    [
        ({"a.test": Zone(mx=((1, "x.test"),), a=("127.0.0.2",))}, "5.4.4"),
        (
            {
                "a.test": Zone(mx=((1, "x.test"),), a=("127.0.0.2",)),
                "x.test": Zone(a=("0.0.0.0",)),
            },
            "5.4.4",
        ),
        ({"a.test": Zone()}, "5.1.2"),
        ({"a.test": Zone(mx=((1, "x.test"),)), "x.test": Zone(rcode=2)}, "4.4.3"),
        (
            {
                "a.test": Zone(mx=((1, "x.test"),)),
                "x.test": Zone(failing=("AAAA",)),
            },
            "4.4.3",
        ),
    ],
)
def test_hosts_without_an_address(net, zones, enhanced):
    """An error where DNS says so, never the domain's own address instead."""
    server = net.server("127.0.0.2")
    net.dns.zones |= zones
    assert call(net, "a.test")[0].enhanced == enhanced
    assert server.connections == 0


def test_half_of_the_addresses_is_enough(net):
    """A nameserver that fails at AAAA does not keep mail from an IPv4 host."""
    net.server("127.0.0.2")
    net.dns.zones["x.test"] = Zone(a=("127.0.0.2",), failing=("AAAA",))
    net.domain("a.test", (1, "x.test"))
    assert isinstance(call(net, "a.test")[0], Accepted)


def test_on_port_25_loopback_is_ourselves(net):
    """A domain that points here would have its mail come back."""
    net.host("x.test", "127.0.0.1", "::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0")
    net.domain("a.test", (1, "x.test"))
    assert call(net, "a.test", port=25)[0].enhanced == "5.4.4"


def test_a_dead_host_is_left_alone_for_a_while(net):
    """Its silence is waited for once in five minutes, and then the next takes over."""
    net.black_hole()
    net.server("127.0.0.2")
    net.host("dead.test", DEAD)
    net.host("live.test", "127.0.0.2")
    net.domain("a.test", (1, "dead.test"), (2, "live.test"))
    net.domain("b.test", (1, "dead.test"))
    transport, clock = net.transport(timeout=5.0), FakeClock()
    transport._caller.clock = clock

    def seconds(*domains):
        began = time.monotonic()
        said = call(net, *domains, transport=transport)
        return time.monotonic() - began, said

    first, _ = seconds("a.test")
    later, said = seconds(*["a.test"] * 5, "b.test")
    assert first >= 5.0
    assert later < 5.0
    assert [one.code for one in said] == [250] * 5 + [451]
    assert "no connection in time" in said[-1].text
    clock.advance(301)
    again, _ = seconds("b.test")
    assert again >= 5.0


def test_where_nobody_at_all_answers_it_is_our_network(net):
    """After twenty hosts the run has a reason to end."""
    for number in range(20):
        net.host(f"mx{number}.test", f"127.0.1.{number + 1}")
        net.domain(f"d{number}.test", (1, f"mx{number}.test"))
    with pytest.raises(
        TransportError, match=r"none of 20 mail servers.*port"
    ) as caught:
        call(net, *(f"d{number}.test" for number in range(20)))
    assert caught.value.permanent


def test_one_that_was_reached_is_enough(net):
    """Then the hosts are dead, and not the way out."""
    net.server("127.0.0.2")
    net.host("live.test", "127.0.0.2")
    net.domain("a.test", (1, "live.test"))
    for number in range(22):
        net.host(f"mx{number}.test", f"127.0.1.{number + 1}")
        net.domain(f"d{number}.test", (1, f"mx{number}.test"))
    said = call(net, "a.test", *(f"d{number}.test" for number in range(22)))
    assert [one.code for one in said] == [250] + [451] * 22


def test_no_more_than_eight_addresses_are_tried(net):
    """A domain with hundreds of dead ones costs no more than that."""
    net.host("x.test", *(f"127.0.1.{number}" for number in range(1, 60)))
    net.domain("a.test", (1, "x.test"), (2, "y.test"))
    net.host("y.test", "127.0.2.1")
    transport = net.transport()
    [outcome] = call(net, "a.test", transport=transport)
    assert outcome.enhanced == "4.4.1"
    assert set(transport._caller._shunned) == {"x.test"}


def test_what_is_encrypted_where_it_is_offered(net):
    """Any certificate will do; the demand of the way says no more."""
    net.server("127.0.0.2", tls="starttls")
    net.host("x.test", "127.0.0.2")
    net.domain("a.test", (1, "x.test"))
    transport = net.transport()

    async def main():
        await transport._map.learn(["a.test"])
        way = transport._map.way("a.test")
        session = await transport._caller.session(way, "a.test")
        await session.close()
        return session.security

    assert re.match(r"TLS 1.*certificate not checked", asyncio.run(main()))


def test_a_demand_that_is_not_met_makes_mail_wait(net):
    """With a floor nothing goes in clear, and the reason says so."""
    net.server("127.0.0.2")
    net.host("x.test", "127.0.0.2")
    net.domain("a.test", (1, "x.test"))
    [outcome] = call(net, "a.test", floor="encrypted")
    assert (outcome.code, outcome.enhanced, outcome.stage) == (451, "4.7.5", "rcpt")
    assert "STARTTLS" in outcome.text
    assert counts(net) == {"127.0.0.2": 0}
    assert attrs.asdict(outcome)["text"].startswith("x.test")


def test_the_whole_path_or_not_at_all(net):
    """REQUIRETLS goes to a proved name that offers it; where no host does, never."""
    certificates = Certificates("one.test", "two.test")
    settings = {
        "require_tls_path": True,
        "trust_ad": True,
        "tls_context": certificates.client_context(),
    }
    secured = {"tls": "starttls", "certificates": certificates}
    one = net.server("127.0.0.2", **secured)
    two = net.server("127.0.0.3", requiretls=True, **secured)
    for name, address in (("one.test", "127.0.0.2"), ("two.test", "127.0.0.3")):
        net.dns.zones[name] = Zone(a=(address,), secure=True)
    net.domain("a.test", (10, "one.test"), (20, "two.test"), secure=True)
    net.domain("b.test", (10, "one.test"), secure=True)
    net.domain("c.test", (10, "two.test"))

    transport = net.transport(**settings)
    kept, lost = call(net, "a.test", "b.test", transport=transport)
    asyncio.run(transport._map.learn(["c.test"]))
    unproved = transport._map.way("c.test").plan.outcome

    assert isinstance(kept, Accepted)
    assert (type(lost), lost.enhanced) == (Refused, "5.7.30")
    assert (type(unproved), unproved.enhanced) == (Deferred, "4.7.5")
    assert (len(one.messages), len(two.messages)) == (0, 1)
    assert one.violations == two.violations == []
