"""SPF records, good and bad, term by term."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.spf_record import Result, read_spf, spf_texts


def terms(text):
    record = read_spf(f"v=spf1 {text}")
    assert not record.faults
    return record.terms


@pytest.mark.parametrize(
    ("text", "is_spf"),
    [
        ("v=spf1", True),
        ("v=spf1 -all", True),
        ("V=SPF1 -ALL", True),
        ("v=spf10 -all", False),
        ("v=spf1-all", False),
        (" v=spf1", False),
        ("v=spf2.0/pra", False),
        ("", False),
    ],
)
def test_a_record_begins_with_its_version(text, is_spf):
    """
    RFC 7208 section 4.5: and a blank, or nothing more.
    """
    assert spf_texts([text]) == ((text,) if is_spf else ())


EACH = "%{ir}.%{v}._spf.%{d2}"


@pytest.mark.parametrize(
    ("text", "name", "result", "domain"),
    [
        ("all", "all", "pass", ""),
        ("-ALL", "all", "fail", ""),
        ("~all", "all", "softfail", ""),
        ("?include:a.test.", "include", "neutral", "a.test."),
        ("+a", "a", "pass", ""),
        ("a:%{d2}.x-1", "a", "pass", "%{d2}.x-1"),
        (f"exists:{EACH}", "exists", "pass", EACH),
        ("ptr", "ptr", "pass", ""),
        ("ptr:a.test", "ptr", "pass", "a.test"),
        ("a:_a.b.test", "a", "pass", "_a.b.test"),
        ("a:1a.a1", "a", "pass", "1a.a1"),
    ],
)
def test_mechanisms_have_a_result_and_a_domain(text, name, result, domain):
    """
    Sections 5 and 12; capitals are nothing.
    """
    [term] = terms(text)
    assert (term.name, term.result, term.domain) == (name, Result(result), domain)
    assert (term.v4, term.v6, term.network) == (32, 128, None)
    assert term.asks is (name != "all")


@pytest.mark.parametrize(
    ("text", "domain", "lengths"),
    [
        ("a/24", "", (24, 128)),
        ("a//64", "", (32, 64)),
        ("mx:a.test/0//0", "a.test", (0, 0)),
        ("mx:%{d/}/24", "%{d/}", (24, 128)),
        ("a:b:c/d.test/24", "b:c/d.test", (24, 128)),
    ],
)
def test_hosts_may_have_a_prefix_for_each_family(text, domain, lengths):
    """
    Section 5.6.
    """
    [term] = terms(text)
    assert (term.domain, (term.v4, term.v6)) == (domain, lengths)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("ip4:192.0.2.1", "192.0.2.1/32"),
        ("ip4:192.0.2.1/24", "192.0.2.0/24"),
        ("ip6:2001:db8::1", "2001:db8::1/128"),
        ("IP6:2001:DB8::1/32", "2001:db8::/32"),
        ("ip6:::ffff:192.0.2.1", "::ffff:192.0.2.1/128"),
    ],
)
def test_networks_are_read(text, network):
    """
    Whatever stands behind the prefix.
    """
    [term] = terms(text)
    assert term.network == ipaddress.ip_network(network)
    assert not term.asks


BAD = """
ip4:192.0.2.1/33 ip4:192.0.2.1/024 ip4:192.0.2.1/ ip4:192.0.2 ip4 ip4:a.test
ip4:192.0.2.0/255.255.255.0 ip4:2001:db8::1 ip6:192.0.2.1 ip6:fe80::1%eth0
ip6:2001:db8::/129 ip5:192.0.2.1 all:a.test all/24 all. all, +-all mxa.test
include include: include/24 include:test include:a.. exists a: a/33 a//129 a/24/64
a/ mx/08 ptr/24 a:a.test:25 a:%{z}.test a:%{d0}.test a:%.test a:%{d a:a.123 a:a.-b
a:a.b- + - : / redirect= redirect=test redirect=%{c}.test exp= x=% x=%{q}
a:m\u00fcller.test
"""


@pytest.mark.parametrize("text", BAD.split())
def test_what_cannot_be_read_is_a_fault(text):
    """
    Of the whole record: receivers use none of it.
    """
    record = read_spf(f"v=spf1 {text} mx")
    assert len(record.faults) == len(record.bad) == 1
    assert [term.text for term in record.terms] == ["mx"]
    assert all(fault.isascii() for fault in record.faults)


def test_modifiers_may_stand_anywhere():
    """
    Those that nobody knows are passed over; redirect= and exp= may be there once.
    """
    exp, new = "exp=%{i}.a.test", "new=%{c}%%%_%-"
    record = read_spf(f"v=spf1 Redirect=b.test {exp} mx {new} include=x")
    assert record.redirect == "b.test"
    assert record.others == (exp, new)
    assert record.strange == ("include=x",)
    assert not record.faults
    [fault] = read_spf("v=spf1 exp=a.test exp=b.test").faults
    assert "one exp= is allowed" in fault


def test_nothing_is_read_behind_all():
    """
    Section 5.1.
    """
    record = read_spf("v=spf1 mx ?all a")
    assert [term.text for term in record.read] == ["mx", "?all"]
    assert record.end is Result.NEUTRAL
    assert read_spf("v=spf1 a").end is None


WORDS = ["ip4:", "ip6:", "a", "mx", "include:", "all", "%{", "test", "redirect"]
PIECES = st.sampled_from([*"/}.=+-?1dr \u00e9\x00", *WORDS])


@given(st.text(max_size=300) | st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_read(text):
    """
    Every part of it is a term, a modifier or a fault.
    """
    record = read_spf(f"v=spf1 {text}")
    assert len(record.faults) == len(record.bad)
    parts = [part for part in text.split(" ") if part]
    kept = [*(term.text for term in record.terms), *record.bad, *record.others]
    kept += record.strange
    assert len(parts) - len(kept) in {0, 1}  # a redirect
    assert set(kept) <= set(parts)
