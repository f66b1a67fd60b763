"""What a record costs at worst, all of its tree walked."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.spf_record import Result
from safesend.preflight.spf_survey import survey

from .tables import SILENT, answered

OTHERS = {
    ("one.test", "TXT"): ('"v=spf1 ip4:192.0.2.0/24 -all"',),
    ("minus.test", "TXT"): ('"v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all"',),
    ("deep.test", "TXT"): ('"v=spf1 include:one.test a:host.test ~all"',),
    ("next.test", "TXT"): ('"v=spf1 redirect=deep.test"',),
    ("open.test", "TXT"): ('"v=spf1 +all"',),
    ("bad.test", "TXT"): ('"v=spf1 nonsense a:host.test -all"',),
    ("host.test", "A"): ("192.0.2.9",),
    ("host.test", "AAAA"): ("2001:db8::9",),
    ("host.test", "MX"): ("10 host.test.", "20 gone.test."),
    ("null.test", "MX"): ("0 .",),
    ("wide.test", "MX"): tuple(f"{n} h{n}.test." for n in range(11)),
    ("quiet.test", "A"): SILENT,
    ("quiet.test", "TXT"): SILENT,
    ("quiet.test", "MX"): SILENT,
    ("circle.test", "TXT"): ('"v=spf1 include:circle.test -all"',),
    **{
        (f"tree{n}.test", "TXT"): (
            f'"v=spf1 include:tree{n + 1}.test include:tree{n + 1}.test -all"',
        )
        for n in range(9)
    },
}


def of(*records):
    table = OTHERS | {("x.test", "TXT"): tuple(f'"{record}"' for record in records)}
    found, _ = answered(survey("x.test"), table)
    return found


def networks(*texts):
    return tuple(map(ipaddress.ip_network, texts))


@pytest.mark.parametrize(
    ("record", "lookups"),
    [
        ("v=spf1 -all", 0),
        ("v=spf1 ip4:192.0.2.1 a mx ptr exists:x.test -all", 4),
        ("v=spf1 include:one.test -all", 1),
        ("v=spf1 include:deep.test -all", 3),
        ("v=spf1 include:one.test a include:one.test a -all", 4),
        ("v=spf1 include:next.test -all", 4),
        ("v=spf1 redirect=deep.test", 3),
        ("v=spf1 redirect=deep.test -all", 0),
        ("v=spf1 include:%{i}.test a:%{l}.test exists:%{h}.test -all", 3),
        ("v=spf1 -all include:one.test", 0),
        ("v=spf1 include:bad.test -all", 2),
        ("v=spf1 include:a..test -all", 1),
    ],
)
def test_what_asks_is_counted(record, lookups):
    """
    RFC 7208 section 4.6.4: terms, not questions; none behind all.
    """
    assert of(record).whole.lookups == lookups


@pytest.mark.parametrize(
    ("term", "voids"),
    [
        ("a:host.test", ()),
        ("a:gone.test", ("gone.test",)),
        ("mx:gone.test", ("gone.test",)),
        ("mx:null.test", ()),
        ("mx:host.test", ("gone.test",)),
        ("exists:gone.test", ("gone.test",)),
        ("include:gone.test", ("gone.test",)),
        ("a:a..test", ("a..test",)),
        ("a:quiet.test", ()),
    ],
)
def test_names_with_nothing_are_told(term, voids):
    """
    A name that has an address of either family has something.
    """
    assert of(f"v=spf1 {term} -all").whole.voids == voids


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("ip4:192.0.2.1/25", networks("192.0.2.0/25")),
        ("a:host.test/24//64", networks("192.0.2.0/24", "2001:db8::/64")),
        ("mx:host.test", networks("192.0.2.9", "2001:db8::9")),
        ("include:one.test", networks("192.0.2.0/24")),
        ("include:next.test", networks("192.0.2.0/24", "192.0.2.9", "2001:db8::9")),
        ("include:minus.test", None),
        ("-include:one.test", None),
        ("exists:%{i}.x.test", None),
        ("exists:host.test", None),
        ("ptr", None),
        ("a:quiet.test", None),
    ],
)
def test_addresses_in_place_of_names_are_known(term, found):
    """
    Unless only the mail itself tells.
    """
    assert of(f"v=spf1 {term} -all").branches[0][1].networks == found


@pytest.mark.parametrize(
    ("record", "opened"),
    [
        ("v=spf1 +all", True),
        ("v=spf1 include:open.test -all", True),
        ("v=spf1 redirect=open.test", True),
        ("v=spf1 ip6:::/0 -all", True),
        ("v=spf1 -include:open.test -all", False),
        ("v=spf1 -ip4:0.0.0.0/0 -all", False),
        ("v=spf1 -all +all", False),
    ],
)
def test_who_lets_anybody_in_is_told(record, opened):
    """
    In whichever record it stands.
    """
    assert of(record).whole.opened is opened


@pytest.mark.parametrize(
    ("record", "faults"),
    [
        ("v=spf1 include:bad.test -all", ["bad.test: nonsense is no mechanism of SPF"]),
        ("v=spf1 include:gone.test -all", ["gone.test has no SPF record"]),
        ("v=spf1 include:circle.test -all",
         ["x.test -> circle.test -> circle.test is a circle"]),
        ("v=spf1 mx:wide.test -all", ["wide.test has more than 10 MX hosts"]),
        ("v=spf1 include:a..test -all", ["include:a..test names no domain"]),
        ("v=spf1 include:quiet.test -all", []),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(record, faults):
    """
    What is not heard is none.
    """
    found = of(record)
    assert [*found.whole.faults] == faults
    assert bool(found.whole.unheard) is ("quiet" in record)


def test_a_tree_without_end_is_left():
    """
    Somebody else's records may double at each step.
    """
    table = OTHERS | {("x.test", "TXT"): ('"v=spf1 include:tree0.test -all"',)}
    found, asked = answered(survey("x.test"), table)
    assert "the records have no end" in found.whole.faults
    assert len(asked) < 120
    wide = " ".join(f"a:h{n}.test" for n in range(150))
    table = {("x.test", "TXT"): (" ".join(f'"{p}"' for p in parts(f"v=spf1 {wide}")),)}
    found, asked = answered(survey("x.test"), table)
    assert found.whole.lookups == 150
    assert len(asked) <= 201


def quote(octets):
    return '"' + "".join(f"\\{octet:03}" for octet in octets) + '"'


def parts(text):
    return [text[start : start + 255] for start in range(0, len(text), 255)]


def test_records_are_looked_at_as_one_where_there_are_several():
    """
    Each term once; a redirect is for a record alone.
    """
    found = of("v=spf1 A:host.test redirect=deep.test", "v=spf1 +a:host.test mx -all")
    assert [term.text for term, _ in found.branches] == [
        "+a:host.test",
        "mx",
        "-all",
        "include:deep.test",
    ]
    assert found.redirect is None
    assert len(found.records) == 2


def test_the_end_of_a_redirect_is_known():
    """
    What it says of all others.
    """
    found = of("v=spf1 redirect=next.test")
    assert found.redirect.end is Result.SOFTFAIL
    assert found.redirect.names == ("next.test", "deep.test", "one.test")


def test_silence_is_told():
    """
    Of the record itself, and of what it needs.
    """
    table = {("x.test", "TXT"): SILENT}
    found, _ = answered(survey("x.test"), table)
    assert "nobody answers" in found.unheard
    assert found.records == ()
    for term in ("a", "mx", "include", "exists"):
        whole = of(f"v=spf1 {term}:quiet.test -all").whole
        assert len(whole.unheard) == 1


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_whatever_dns_has_is_looked_at(records):
    """
    Octets of any kind; nothing is raised.
    """
    quoted = tuple(quote(b"v=spf1 " + octets) for octets in records)
    table = OTHERS | {("x.test", "TXT"): quoted}
    found, _ = answered(survey("x.test"), table)
    assert len(found.records) <= len(records)
