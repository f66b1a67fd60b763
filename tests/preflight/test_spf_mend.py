"""The record to publish: what was there, without its faults."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.spf_mend import COMFORTABLE, VOIDS, mended
from safesend.preflight.spf_record import read_spf
from safesend.preflight.spf_survey import survey

from .tables import answered

OTHERS = {
    ("one.test", "TXT"): ('"v=spf1 ip4:192.0.2.0/24 ip4:192.0.3.0/24 -all"',),
    ("open.test", "TXT"): ('"v=spf1 ip4:192.0.2.7 +all"',),
    ("macro.test", "TXT"): ('"v=spf1 exists:%{i}.a.test -all"',),
    ("big.test", "TXT"): (
        '"v=spf1 include:one.test a:host.test mx:host.test ip6:2001:db8::/32 ~all"',
    ),
    ("many.test", "TXT"): (f'"v=spf1{" a:host.test" * (COMFORTABLE + 1)} -all"',),
    ("end.test", "TXT"): ('"v=spf1 ip4:192.0.2.7"',),
    ("holes.test", "TXT"): (
        '"v=spf1 a:g1.test a:g2.test a:g3.test ip4:192.0.2.7 -all"',
    ),
    ("host.test", "A"): ("192.0.2.9",),
    ("host.test", "MX"): ("10 host.test.",),
}
OURS = ipaddress.ip_address("198.51.100.1")


def table(*records):
    return OTHERS | {("x.test", "TXT"): tuple(f'"{record}"' for record in records)}


def looked(*records):
    found, _ = answered(survey("x.test"), table(*records))
    return found


MACROS = [f"exists:%{{i}}.a{n}.test" for n in range(9)]


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([], "include:RELAY ~all"),
        (["v=spf1 +all"], "include:RELAY ~all"),
        (["v=spf1 -all"], "include:RELAY -all"),
        (["v=spf1 a:host.test ?all"], "a:host.test ~all"),
        (["v=spf1 a:host.test"], "a:host.test ~all"),
        (["v=spf1 a:host.test -all"], "a:host.test -all"),
        (["v=spf1 ptr a:host.test exp=e.a.test new=1 -all"],
         "a:host.test -all exp=e.a.test new=1"),
        (["v=spf1 include:open.test -all"], "ip4:192.0.2.7 -all"),
        (["v=spf1 redirect=open.test"], "ip4:192.0.2.7 ~all"),
        (["v=spf1 redirect=one.test"], "redirect=one.test"),
        (["v=spf1 redirect=many.test"], "ip4:192.0.2.9 -all"),
        (["v=spf1 redirect=end.test"], "include:end.test ~all"),
        (["v=spf1 redirect=gone.test a:host.test"], "a:host.test ~all"),
        (["v=spf1 a:host.test -all", "v=spf1 include:one.test -all"],
         "a:host.test include:one.test -all"),
        (["v=spf1 a:host.test -all", "v=spf1 redirect=one.test"],
         "a:host.test include:one.test -all"),
        (["v=spf1 a:host.test -all", "v=spf1 ~all"], "a:host.test ~all"),
        (["v=spf1 ipv4:192.0.2.1 ip:192.0.2.2, ip4:2001:db8::1 -all."],
         "ip4:192.0.2.1 ip4:192.0.2.2 ip6:2001:db8::1 -all"),
        (["v=spf1 ip4:nothing include=one.test mx: -all"], "mx include:one.test -all"),
        (["v=spf1 a:g1.test a:g2.test a:host.test -all"],
         "a:g1.test a:g2.test a:host.test -all"),
        (["v=spf1 a:g1.test a:g2.test exists:g3.test a:host.test -all"],
         "a:host.test -all"),
        (["v=spf1 include:holes.test -all"], "ip4:192.0.2.7 -all"),
        (["v=spf1 include:big.test a:host.test include:macro.test mx:host.test -all"],
         "include:big.test ip4:192.0.2.9 include:macro.test mx:host.test -all"),
        (["v=spf1 include:big.test include:%{d}.a.test include:big.test mx:host.test"],
         "include:big.test mx:host.test ~all"),
        ([f"v=spf1 {'exists:%{i}.a.test exists:%{h}.b.test ' * 6}-all"],
         "exists:%{i}.a.test exists:%{h}.b.test -all"),
        ([f"v=spf1 {' '.join(MACROS)} mx:host.test -all"],
         f"{' '.join(MACROS)} ip4:192.0.2.9 -all"),
        (["v=spf1 include:macro.test include:holes.test include:big.test mx -all"],
         "include:macro.test ip4:192.0.2.7 include:big.test -all"),
    ],
)  # fmt: skip
def test_what_was_there_stays_without_its_faults(records, text):
    """
    In its order; what is mended looks as its owner would have written it.
    """
    assert mended(looked(*records)) == f"v=spf1 {text}"


@pytest.mark.parametrize(
    ("record", "ours", "text"),
    [
        (
            "v=spf1 a:host.test -all",
            {"shut_out": [OURS]},
            "ip4:198.51.100.1 a:host.test",
        ),
        (
            "v=spf1 ip4:198.51.100.0/24 -all",
            {"addresses": [OURS]},
            "ip4:198.51.100.0/24",
        ),
        (
            "v=spf1 ip4:192.0.2.1 -all",
            {"addresses": [OURS]},
            "ip4:198.51.100.1 ip4:192",
        ),
        (
            "v=spf1 a:host.test -all",
            {"includes": ["one.test"]},
            "include:one.test a:host",
        ),
        (
            "v=spf1 include:one.test -all",
            {"includes": ["one.test"]},
            "include:one.test -",
        ),
        ("v=spf1 +all", {"includes": ["one.test"]}, "include:one.test ~all"),
    ],
)
def test_what_must_be_covered_is_added(record, ours, text):
    """
    Ahead of all that might shut it out, and not twice.
    """
    assert mended(looked(record), **ours).startswith(f"v=spf1 {text}")


TERMS = st.sampled_from(
    [
        *("a:host.test", "mx:host.test", "a:g1.test", "a:g2.test", "mx:g3.test"),
        *(f"include:{name}.test" for name in ("one", "big", "open", "end", "holes")),
        *("include:gone.test", "include=one.test", "include=gone.test", "exp=a.test"),
        *("redirect=big.test", "redirect=one.test", "redirect=gone.test"),
        *("ip4:192.0.2.1", "ip4:wrong", "ptr", "+all", "-all", "?all"),
    ]
)


@given(st.lists(st.lists(TERMS, max_size=14), min_size=1, max_size=2))
def test_whatever_was_there_the_record_is_in_order(lists):
    """
    Published, it has no fault, few lookups and voids, an end, and lets not anybody in.
    """
    text = mended(looked(*(" ".join(["v=spf1", *terms]) for terms in lists)))
    found = looked(text.replace("RELAY", "one.test"))
    [record] = found.records
    whole = found.whole
    assert not record.faults
    assert not whole.faults
    assert not whole.opened
    assert whole.lookups <= COMFORTABLE
    assert len(whole.voids) <= VOIDS
    assert record.end or found.redirect.end
    assert read_spf(text).read == read_spf(text).terms or "RELAY" in text
