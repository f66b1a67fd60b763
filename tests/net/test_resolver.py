"""What DNS says is told with all that a carrier must know of it."""

from __future__ import annotations

import asyncio

import attrs
import dns.rcode
import pytest

from safesend.errors import ConfigurationError
from safesend.net import resolver as module
from safesend.net.resolver import Answer, Resolver, Unanswered
from safesend.testing import FakeClock
from servers.dns import Zone, run_dns

from .peer import run

HOST = Zone(a=("192.0.2.1", "192.0.2.2"), aaaa=("2001:db8::1",), ttl=300)


@pytest.fixture
def server():
    with run_dns({}) as running:
        yield running


def resolver(server, **options):
    """A resolver that asks the tests' own nameserver."""
    return Resolver(["127.0.0.1"], port=server.port, **options)


def ask(one, name, kind):
    """The answer, in an event loop that is gone afterwards."""
    return run(one.ask(name, kind))


def texts(answer):
    """The records as a zone file has them."""
    return sorted(record.to_text() for record in answer.records)


@pytest.mark.parametrize(
    ("kind", "records"),
    [
        ("A", ["192.0.2.1", "192.0.2.2"]),
        ("AAAA", ["2001:db8::1"]),
        ("MX", []),
        ("TLSA", []),
        ("TXT", []),
    ],
)
def test_each_kind_is_asked_for_by_itself(server, kind, records):
    """
    What there is not is an empty answer of a name that exists.
    """
    server.zones["host.test"] = HOST
    answer = ask(resolver(server), "Host.Test.", kind)
    assert texts(answer) == records
    assert answer.exists
    assert answer.name == "host.test"
    assert server.questions == [("host.test", kind)]


@pytest.mark.parametrize(
    ("zone", "exists", "name"),
    [
        (Zone(rcode=dns.rcode.NXDOMAIN), False, "a.test"),
        (Zone(cname="gone.test"), False, "gone.test"),
        (Zone(cname="host.test"), True, "host.test"),
        (Zone(cname="second.test"), True, "host.test"),
    ],
)
def test_aliases_are_followed_to_their_end(server, zone, exists, name):
    """
    The name at the end is told, and whether it exists.
    """
    server.zones |= {
        "a.test": zone,
        "second.test": Zone(cname="host.test"),
        "host.test": HOST,
    }
    answer = ask(resolver(server), "a.test", "A")
    assert (answer.exists, answer.name) == (exists, name)


@pytest.mark.parametrize(
    ("zone", "trust", "secure"),
    [
        (attrs.evolve(HOST, secure=True), True, True),
        (attrs.evolve(HOST, secure=True), False, False),
        (HOST, True, False),
        (Zone(rcode=dns.rcode.NXDOMAIN, secure=True), True, True),
        (Zone(secure=True), True, True),
        (Zone(cname="host.test", secure=True), True, False),
        (Zone(cname="good.test", secure=True), True, True),
    ],
)
def test_a_proof_counts_where_the_nameserver_is_trusted(server, zone, trust, secure):
    """
    The bit AD is nothing but a word of who sends it.
    """
    good = attrs.evolve(HOST, secure=True)
    server.zones |= {"a.test": zone, "host.test": HOST, "good.test": good}
    assert ask(resolver(server, trust_ad=trust), "a.test", "A").secure is secure


@pytest.mark.parametrize(
    ("zone", "reason"),
    [
        (Zone(rcode=dns.rcode.SERVFAIL), "a.test: its nameservers do not answer"),
        (attrs.evolve(HOST, failing=("A",)), "its nameservers do not answer"),
        (Zone(rcode=dns.rcode.YXDOMAIN), "DNS could not be asked"),
        (Zone(silent=True), "no nameserver answers in time"),
    ],
)
def test_trouble_is_no_answer(server, zone, reason):
    """
    It is raised, again for a while without asking, and asked for anew after that.
    """
    server.zones["a.test"] = zone
    clock = FakeClock()
    one = resolver(server, clock=clock, timeout=2.0)
    for _ in range(2):
        with pytest.raises(Unanswered, match=reason):
            ask(one, "a.test", "A")
    asked = server.asked("a.test")
    clock.advance(31)
    server.zones["a.test"] = HOST
    assert len(ask(one, "a.test", "A").records) == 2
    assert server.asked("a.test") == asked + 1


def test_the_texts_of_a_record_are_one(server):
    """
    Octets that are no UTF-8 stand out.
    """
    server.zones["a.test"] = Zone(txt=('v=" "spf1', "\\195\\169", "\\255x"))
    answer = ask(resolver(server), "a.test", "TXT")
    assert sorted(answer.texts) == ["v=spf1", "\u00e9", "\ufffdx"]


def test_what_is_left_of_its_time_is_told(server):
    """
    Who builds on an answer must not keep it longer than it holds.
    """
    server.zones["host.test"] = HOST
    clock = FakeClock()
    one = resolver(server, clock=clock)
    assert ask(one, "host.test", "A").ttl == 300
    clock.advance(100)
    assert ask(one, "host.test", "A").ttl == 200


def test_equal_questions_are_asked_once(server):
    """
    Those of another kind are other questions.
    """
    server.zones["host.test"] = attrs.evolve(HOST, delay=0.1)
    one = resolver(server)

    async def main():
        kinds = ["A", "A", "AAAA", "A"]
        return await asyncio.gather(*(one.ask("host.test", kind) for kind in kinds))

    assert [len(answer.records) for answer in run(main())] == [2, 2, 1, 2]
    assert sorted(server.questions) == [("host.test", "A"), ("host.test", "AAAA")]


def test_the_memory_has_an_end():
    """
    The oldest answer is forgotten first.
    """
    memory = module._Memory()
    known = module._Known(Answer(name="a.test"), 10.0)
    for number in range(module._REMEMBERED + 1):
        memory.keep((str(number), "A"), known)
    assert memory.get(("0", "A"), 0.0) is None
    assert memory.get(("1", "A"), 0.0) == Answer(name="a.test", ttl=10.0)
    memory.keep(("1", "A"), known)
    memory.keep(("new", "A"), known)
    assert memory.get(("1", "A"), 0.0)
    assert memory.get(("2", "A"), 0.0) is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"nameservers": ["ns.example.org"]}, "list of IP addresses"),
        ({"timeout": 0}, "timeout=0"),
        ({"concurrency": 0}, "concurrency=0"),
    ],
)
def test_settings_that_cannot_work_are_refused(options, reason):
    """
    When the resolver is made.
    """
    with pytest.raises(ConfigurationError, match=reason):
        Resolver(**options)
