"""Whether an address may send, by RFC 7208 section 4."""

from __future__ import annotations

import ipaddress

import pytest

from safesend.preflight.spf_host import check_host, mx_hosts, within
from safesend.preflight.spf_macros import Sender
from safesend.preflight.spf_record import read_spf

from .tables import SILENT, answered, heard

OTHERS = {
    ("pass.test", "TXT"): ('"v=spf1 +all"',),
    ("fail.test", "TXT"): ('"v=spf1 -all"',),
    ("soft.test", "TXT"): ('"v=spf1 ~all"',),
    ("neutral.test", "TXT"): ('"v=spf1 ?all"',),
    ("end.test", "TXT"): ('"v=spf1 "',),
    ("silent.test", "TXT"): SILENT,
    ("bad.test", "TXT"): ('"v=spf1 nonsense"',),
    ("two.test", "TXT"): ('"v=spf1 -all"', '"v=spf1 +all"'),
    ("loop.test", "TXT"): ('"v=spf1 include:loop.test -all"',),
    ("host.test", "A"): ("192.0.2.9", "192.0.2.1"),
    ("host.test", "AAAA"): ("2001:db8::1",),
    ("near.test", "A"): ("192.0.2.200",),
    ("host.test", "MX"): ("20 host.test.", "10 near.test."),
    ("null.test", "MX"): ("0 .",),
    ("quiet.test", "A"): SILENT,
    ("quiet.test", "MX"): SILENT,
    ("wide.test", "MX"): tuple(f"{n} h{n}.test." for n in range(11)),
    ("192.0.2.1.x.test", "A"): ("127.0.0.2",),
    ("1.2.0.192.in-addr.arpa", "PTR"): ("other.org.", "a.host.test.", "b.host.test."),
    ("a.host.test", "A"): SILENT,
    ("b.host.test", "A"): ("192.0.2.1",),
    ("host.test", "TXT"): ('"v=spf1 a -all"',),
}


def verdict(record, ip="192.0.2.1", **more):
    """Of mail from the domain x.test with such a record."""
    table = OTHERS | {("x.test", "TXT"): (f'"{record}"',)} if record else OTHERS
    sender = Sender(domain="x.test", ip=ipaddress.ip_address(ip), helo="h.test")
    return answered(check_host(sender), table | more)


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (None, "none"),
        ("v=spf1", "neutral"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ~ip4:192.0.2.0/24 -all", "softfail"),
        ("v=spf1 ip6:::/0 -all", "fail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1 ip4:192.0.2.1 nonsense", "permerror"),
        ("v=spf1 a:host.test -all", "pass"),
        ("v=spf1 a:near.test -all", "fail"),
        ("v=spf1 a:near.test/24 -all", "pass"),
        ("v=spf1 a -all", "fail"),
        ("v=spf1 a:a..test mx:a..test exists:a..test -all", "fail"),
        ("v=spf1 mx:host.test -all", "pass"),
        ("v=spf1 mx:null.test mx:none.test -all", "fail"),
        ("v=spf1 mx:wide.test -all", "permerror"),
        ("v=spf1 a:quiet.test -all", "temperror"),
        ("v=spf1 mx:quiet.test -all", "temperror"),
        ("v=spf1 exists:quiet.test -all", "temperror"),
        ("v=spf1 exists:%{i}.x.test -all", "pass"),
        ("v=spf1 exists:%{l}.x.test -all", "fail"),
        ("v=spf1 ptr:host.test -all", "pass"),
        ("v=spf1 ptr:org -all", "permerror"),
        ("v=spf1 ptr:other.org -all", "fail"),
        ("v=spf1 ptr -all", "fail"),
        ("v=spf1 include:pass.test -all", "pass"),
        ("v=spf1 ?include:pass.test -all", "neutral"),
        ("v=spf1 include:fail.test ~all", "softfail"),
        ("v=spf1 include:soft.test include:neutral.test include:end.test -all", "fail"),
        ("v=spf1 include:silent.test -all", "temperror"),
        ("v=spf1 include:bad.test -all", "permerror"),
        ("v=spf1 include:two.test -all", "permerror"),
        ("v=spf1 include:none.test -all", "permerror"),
        ("v=spf1 include:a..test -all", "permerror"),
        ("v=spf1 include:loop.test -all", "permerror"),
        ("v=spf1 include:host.test -all", "pass"),
        ("v=spf1 redirect=soft.test", "softfail"),
        ("v=spf1 redirect=none.test", "permerror"),
        ("v=spf1 redirect=silent.test", "temperror"),
        ("v=spf1 redirect=pass.test -all", "fail"),
        ("v=spf1 redirect=host.test", "pass"),
    ],
)
def test_each_record_has_its_result(record, result):
    """
    Sections 4.6 to 5.7 and 6.1.
    """
    found, _ = verdict(record)
    assert found.result == result
    assert found.reason


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 a:host.test -all", "pass"),
        ("v=spf1 a:near.test -all", "fail"),
        ("v=spf1 a:host.test//64 -all", "pass"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "fail"),
        ("v=spf1 ptr:host.test -all", "fail"),
    ],
)
def test_an_address_of_ipv6_is_asked_for_by_its_own_kind(record, result):
    """
    AAAA, and never A.
    """
    found, asked = verdict(record, "2001:db8::1")
    assert found.result == result
    assert not any(kind == "A" for _, kind in asked)


@pytest.mark.parametrize(("count", "result"), [(10, "fail"), (11, "permerror")])
def test_ten_lookups_are_the_most(count, result):
    """
    Section 4.6.4: mechanisms that match before the eleventh still count.
    """
    terms = " ".join(f"a:h{n}.test" for n in range(count))
    found, _ = verdict(f"v=spf1 {terms} -all")
    assert found.result == result
    found, _ = verdict(f"v=spf1 ip4:192.0.2.1 {terms} -all")
    assert found.result == "pass"


def test_the_ten_are_counted_over_all_records():
    """
    Those of included ones among them.
    """
    inner = " ".join(f"a:h{n}.test" for n in range(9))
    more = {("inner.test", "TXT"): (f'"v=spf1 {inner} -all"',)}
    for ours, result in (("", "fail"), ("a:h.test ", "permerror")):
        record = f"v=spf1 include:inner.test {ours}-all"
        sender = Sender(
            domain="x.test", ip=ipaddress.ip_address("192.0.2.1"), helo="h.test"
        )
        table = {**more, ("x.test", "TXT"): (f'"{record}"',)}
        found, _ = answered(check_host(sender), table)
        assert found.result == result


def test_no_more_than_ten_names_of_an_address_are_tried():
    """
    Section 4.6.4.
    """
    names = tuple(f"n{n}.host.test." for n in range(12))
    table = OTHERS | {
        ("1.2.0.192.in-addr.arpa", "PTR"): names,
        ("x.test", "TXT"): ('"v=spf1 ptr:host.test -all"',),
    }
    sender = Sender(
        domain="x.test", ip=ipaddress.ip_address("192.0.2.1"), helo="h.test"
    )
    _, asked = answered(check_host(sender), table)
    assert sum(kind == "A" for _, kind in asked) == 10


def test_mx_hosts_come_by_preference():
    """
    In lower case, without the dot at the end.
    """
    table = {("a.test", "MX"): ("20 B.test.", "10 c.test.", "10 A.test.")}
    found = mx_hosts(heard(table, ("a.test", "MX")).records)
    assert found == ["a.test", "c.test", "b.test"]


def test_a_prefix_reaches_its_neighbours():
    """
    Each family by its own length.
    """
    [term] = read_spf("v=spf1 a/24//64").terms
    assert within(term, ipaddress.ip_address("192.0.2.7"), "192.0.2.1")
    assert not within(term, ipaddress.ip_address("192.0.3.7"), "192.0.2.1")
    assert within(term, ipaddress.ip_address("2001:db8::7"), "2001:db8::1")
