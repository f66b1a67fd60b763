"""SPF of zones that have each fault: it is told apart, and what is advised mends it."""

from __future__ import annotations

import attrs
import dns.rcode
import pytest

from safesend.preflight import Grade, Question
from safesend.preflight.spf import check_spf
from servers.dns import Zone

from .zones import looked, parts, published

QUESTION = Question(sender="example.org", envelope="bounces.example.org")
NAME = QUESTION.envelope
OURS = attrs.evolve(QUESTION, addresses=("192.0.2.1", "2001:db8::1"))

OTHERS = {
    "relay.test": Zone(txt=("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 -all",)),
    "ours.test": Zone(txt=("v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all",)),
    "silent.test": Zone(rcode=dns.rcode.SERVFAIL),
    "empty.test": Zone(txt=("hello",)),
    "two.test": Zone(txt=("v=spf1 -all", "v=spf1 mx -all")),
    "broken.test": Zone(txt=("v=spf1 ipv4:192.0.2.1 -all",)),
    "open.test": Zone(txt=("v=spf1 ip4:203.0.113.7 +all",)),
    "circle.test": Zone(txt=("v=spf1 include:b.circle.test -all",)),
    "b.circle.test": Zone(txt=("v=spf1 include:circle.test -all",)),
    "neutral.test": Zone(txt=("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ?all",)),
    "host.test": Zone(a=("192.0.2.1",), aaaa=("2001:db8::1",), mx=((10, "host.test"),)),
    "many.test": Zone(mx=tuple((n, f"mx{n}.many.test") for n in range(11))),
    "macro.test": Zone(txt=("v=spf1 exists:%{i}.list.test -all",)),
    "192.0.2.1.list.test": Zone(a=("127.0.0.2",)),
    "1.2.0.192.in-addr.arpa": Zone(ptr=("host.test", "elsewhere.test")),
    **{
        f"n{number}.test": Zone(txt=(f"v=spf1 ip4:198.51.100.{number} -all",))
        for number in range(20)
    },
    **{
        f"deep{number}.test": Zone(
            txt=(f"v=spf1 include:n{number}.test include:n{number + 1}.test ~all",)
        )
        for number in range(8)
    },
}


def zones(*records):
    """Others' zones, and ours with these records."""
    ours = {NAME: Zone(txt=("hello", *map(parts, records)))} if records else {}
    return OTHERS | ours


def reasons(found):
    return " | ".join(f"{one.grade}: {one.reason}" for one in found)


def check(question, there):
    return looked(check_spf, question, there)


@pytest.mark.parametrize(
    ("record", "question"),
    [
        ("v=spf1 include:relay.test ~all", QUESTION),
        ("V=SPF1 INCLUDE:Relay.Test -ALL", QUESTION),
        ("v=spf1  ip4:192.0.2.1 ip6:2001:db8::1 -all ", OURS),
        ("v=spf1 include:ours.test -all", OURS),
        ("v=spf1 redirect=ours.test", OURS),
        ("v=spf1 a:host.test -all", OURS),
        ("v=spf1 mx:host.test/24//64 -all", OURS),
        ("v=spf1 a:host.test -all exp=why.%{d} new=thing", OURS),
        ("v=spf1 include:ours.test include:silent.test -all", OURS),
        ("v=spf1 exists:%{i}.list.test ip6:2001:db8::/64 -all", OURS),
        ("v=spf1 include:macro.test ip6:2001:db8::/64 -all", OURS),
        ("v=spf1 redirect=relay.test", QUESTION),
        (
            "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 "
            + "ip4:203.0.113.9 " * 250
            + "-all",
            OURS,
        ),
    ],
)
def test_a_record_in_order_passes(record, question):
    """
    One finding that says so, with the record as it was seen.
    """
    [found] = check(question, zones(record))
    assert found.grade is Grade.PASS, found
    assert found.seen == (record,)
    assert not found.publish
    assert not found.about.endswith(".")


def many(first, number, name="n", end=" -all"):
    """A record that includes so many others."""
    names = " ".join(f"include:{name}{n}.test" for n in range(number))
    return f"v=spf1 {first}{names}{end}"


NO_DOMAIN = "names no domain"
FAULTS = [
    (QUESTION, "fail: there is no SPF record", ()),
    (OURS, "fail: there is no SPF record", ()),
    (QUESTION, "are 2", ("v=spf1 include:relay.test -all", "v=spf1 a:host.test -all")),
    (QUESTION, "are 2", ("v=spf1 redirect=relay.test", "v=spf1 -all")),
    (OURS, "are 2", ("v=spf1 include:relay.test -all", "v=spf1 -all")),
    (QUESTION, "ipv4:192.0.2.1 is no mechanism", "v=spf1 ipv4:192.0.2.1 -all"),
    (QUESTION, "is no IPv4 network", "v=spf1 ip4:192.0.2.1/33 -all"),
    (QUESTION, "is no IPv4 network", "v=spf1 ip4:2001:db8::1 a:host.test -all."),
    (QUESTION, NO_DOMAIN, "v=spf1 include: a:host.test -all"),
    (QUESTION, NO_DOMAIN, "v=spf1 include:RELAY -all"),
    (QUESTION, NO_DOMAIN, "v=spf1 include:m\\195\\188ller.test -all"),
    (QUESTION, "twice", "v=spf1 a:host.test redirect=a.test redirect=b.test"),
    (QUESTION, "gone.test has no", "v=spf1 include:gone.test a:host.test -all"),
    (OURS, "empty.test has no SPF record", "v=spf1 include:empty.test -all"),
    (QUESTION, "gone.test has no SPF record", "v=spf1 redirect=gone.test"),
    (QUESTION, "two.test has 2 SPF records", "v=spf1 include:two.test -all"),
    (QUESTION, "broken.test: ipv4:192.0.2.1", "v=spf1 include:broken.test -all"),
    (QUESTION, "is a circle", "v=spf1 include:circle.test -all"),
    (QUESTION, "is a circle", f"v=spf1 include:{NAME} a:host.test -all"),
    (QUESTION, "more than 10 MX hosts", "v=spf1 mx:many.test -all"),
    (QUESTION, NO_DOMAIN, "v=spf1 include:.. -all"),
    (OURS, NO_DOMAIN, "v=spf1 include:a..test -all"),
    (QUESTION, "needs 11 lookups, and receivers end after 10", many("", 11)),
    (OURS, "needs 24 lookups", many("", 8, "deep")),
    (QUESTION, "needs 13 lookups", many("a:host.test ", 12)),
    (QUESTION, "needs 12 lookups", many("redirect=deep0.test ", 9, end="")),
    (QUESTION, "lets anybody send: +all", "v=spf1 +all"),
    (OURS, "lets anybody send: all", "v=spf1 a:host.test all"),
    (QUESTION, "anybody send: include:open.test", "v=spf1 include:open.test -all"),
    (OURS, "lets anybody send: redirect=open.test", "v=spf1 redirect=open.test"),
    (QUESTION, "lets anybody send: ip4:0.0.0.0/0", "v=spf1 ip4:0.0.0.0/0 -all"),
    (QUESTION, "lets nobody send", "v=spf1 -all"),
    (OURS, "does not cover 192.0.2.1", "v=spf1 include:relay.test ~all"),
    (OURS, "does not cover 2001:db8::1", "v=spf1 redirect=relay.test"),
    (OURS, "not cover 2001:db8::1, from which", "v=spf1 ip4:192.0.2.1 -all"),
    (OURS, "cover 192.0.2.1", "v=spf1 -ip4:192.0.2.1 include:ours.test -all"),
    (QUESTION, "warn: the record ends in ?all", "v=spf1 include:relay.test ?all"),
    (OURS, "warn: the record ends in ?all", "v=spf1 redirect=neutral.test"),
    (QUESTION, "warn: the record says nothing of", "v=spf1 include:relay.test"),
    (QUESTION, "warn: the record uses ptr", "v=spf1 a:host.test ptr -all"),
    (OURS, "warn: the record uses ptr", "v=spf1 ip6:2001:db8::1 ptr:host.test -all"),
    (OURS, "include:ours.test stands behind", "v=spf1 -all include:ours.test"),
    (
        QUESTION,
        "include=relay.test is passed over",
        "v=spf1 include=relay.test mx:host.test -all",
    ),
    (QUESTION, "3 names", "v=spf1 a:x.test a:y.test mx:z.test a:host.test -all"),
    (QUESTION, "warn: the record needs 8 lookups of the 10", many("", 8)),
    (OURS, "gone.test has no SPF record", "v=spf1 ptr include:gone.test +all"),
]


@pytest.mark.parametrize(("question", "words", "records"), FAULTS)
def test_each_fault_is_told_and_its_advice_mends_it(question, words, records):
    """
    Whichever of several troubles is mended: one record mends them all.
    """
    there = zones(*((records,) if isinstance(records, str) else records))
    found = check(question, there)
    assert words in reasons(found)
    assert {one.grade for one in found} <= {Grade.FAIL, Grade.WARN}
    assert len({one.publish for one in found}) == 1
    assert "RELAY" not in found[0].publish or question is QUESTION
    after = published(there, found[0], {"RELAY": "relay.test"})
    again = check(question, after)
    assert [one.grade for one in again] == [Grade.PASS], (found[0].publish, again)


@pytest.mark.parametrize(
    ("there", "question"),
    [
        ({NAME: Zone(rcode=dns.rcode.SERVFAIL)}, QUESTION),
        (zones("v=spf1 include:silent.test -all"), QUESTION),
        (zones("v=spf1 include:silent.test -all"), OURS),
        (zones("v=spf1 a:silent.test -all"), OURS),
        (zones("v=spf1 mx:silent.test -all"), OURS),
        (
            zones("v=spf1 exists:%{i}.silent.test include:relay.test -all")
            | {"192.0.2.1.silent.test": OTHERS["silent.test"]},
            OURS,
        ),
        (zones("v=spf1 redirect=silent.test"), QUESTION),
    ],
)
def test_what_dns_cannot_tell_is_unknown(there, question):
    """
    Nothing fails for it; another time it may be told.
    """
    found = check(question, there)
    assert Grade.UNKNOWN in {one.grade for one in found}
    assert all(
        "silent" in one.reason
        or "bounces" in one.reason
        or one.grade is not Grade.UNKNOWN
        for one in found
    )
    assert Grade.FAIL not in {one.grade for one in found if "cover" not in one.reason}


def test_an_address_that_nobody_sees_is_not_asked_for():
    """
    It is never published: the mail leaves from another one.
    """
    inside = attrs.evolve(QUESTION, addresses=("10.0.0.5", "fd00::1"))
    [found] = looked(check_spf, inside, zones("v=spf1 ip4:192.0.2.1 -all"))
    assert found.grade is Grade.PASS
    assert "10.0.0.5" not in found.reason


def test_an_alias_is_followed_and_told():
    """
    Its own record cannot stand beside a CNAME.
    """
    there = OTHERS | {NAME: Zone(cname="relay.test")}
    assert [one.grade for one in check(QUESTION, there)] == [Grade.PASS]
    [_, found] = check(OURS, there)
    assert f"{NAME} is another name of relay.test" in found.publish
    assert check(OURS, published(there, found))[0].grade is Grade.PASS


def test_a_wildcard_answers_for_the_domain():
    """
    Publishing a record of its own name takes its place.
    """
    there = OTHERS | {"*.example.org": Zone(txt=("v=spf1 +all",))}
    [found] = check(QUESTION, there)
    after = published(there, found, {"RELAY": "relay.test"})
    assert [one.grade for one in check(QUESTION, after)] == [Grade.PASS]
