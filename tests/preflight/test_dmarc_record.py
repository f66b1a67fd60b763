"""DMARC records, read and mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.dmarc_record import (
    Policy,
    is_dmarc,
    looks_like_dmarc,
    mended,
    merged,
    read_dmarc,
)


@pytest.mark.parametrize(
    ("text", "counts", "meant"),
    [
        ("v=DMARC1", True, True),
        ("v=DMARC1;p=none", True, True),
        ("V = DMARC1 ; p=none", True, True),
        ("v=dmarc1; p=none", False, True),
        (" v=DMARC1; p=none", False, True),
        ("v=DMARC1 p=none", False, True),
        ("v=DMARC2; p=none", False, True),
        ('"v=DMARC1; p=none"', False, True),
        ("p=reject", False, True),
        ("v=spf1 -all", False, False),
        ("p=MIGf", False, False),
        ("", False, False),
    ],
)
def test_a_record_begins_with_its_version(text, counts, meant):
    """
    RFC 9989 section 4.8; what somebody meant as one is told apart from others' texts.
    """
    assert (is_dmarc(text), looks_like_dmarc(text)) == (counts, meant)


@pytest.mark.parametrize(
    ("text", "own", "below", "counts"),
    [
        ("p=reject", "reject", "reject", True),
        ("P = Reject ; sp = None", "reject", "none", True),
        ("", "none", "none", True),
        ("sp=quarantine", "none", "quarantine", True),
        ("p=all", "none", "none", False),
        ("p=all; rua=mailto:a@b.test", "none", "none", True),
        ("p=reject; sp=all", "none", "none", False),
        ("p=reject; p=none", "reject", "reject", True),
    ],
)
def test_a_policy_holds_for_a_domain_and_those_below(text, own, below, counts):
    """
    Section 4.10.1: what is no policy is p=none where reports are asked for, or else
    nothing at all.
    """
    record = read_dmarc(f"v=DMARC1; {text}")
    assert record.policy() == Policy(own)
    assert record.policy(below=True) == Policy(below)
    assert record.counts is counts


@pytest.mark.parametrize(
    ("value", "reports", "hosts"),
    [
        ("mailto:a@b.test", 1, ("b.test",)),
        ("mailto:a@B.test!10m , mailto:c@d.test.?x", 2, ("b.test", "d.test")),
        ("mailto:a%40b@c.test,https://d.test/x", 2, ("c.test",)),
        ("a@b.test", 0, ()),
        ("mailto:dmarc, mailto:a@, mailto:a@b..test", 0, ()),
        ("mailto:a@b.test,,", 1, ("b.test",)),
        ("mailto:a@b.test mailto:c@d.test", 0, ()),
    ],
)
def test_reports_go_to_addresses_in_form_of_uris(value, reports, hosts):
    """
    The size of former days is left out.
    """
    record = read_dmarc(f"v=DMARC1; rua={value}")
    assert len(record.reports) == reports
    assert record.report_hosts == hosts
    assert not any("!" in one for one in record.reports)


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        ("p=none; adkim=x", ("adkim=x",)),
        ("p=none; nonsense; t=maybe", ("nonsense", "t=maybe")),
        ("p=none;;; x=anything", ()),
        ("p=none; psd=1; fo=0:1:d:s; aspf=S", ("psd=1",)),
        ("p=none; pct=all", ("pct=all",)),
    ],
)
def test_what_is_passed_over_is_told(text, flaws):
    """
    Tags that nobody knows are no flaw.
    """
    record = read_dmarc(f"v=DMARC1; {text}")
    assert record.flaws == flaws


def test_strictness_and_testing():
    """
    Tags with a value for yes.
    """
    record = read_dmarc("v=DMARC1; adkim=S; aspf=r; t=Y; psd=Y")
    assert record.is_strict("adkim")
    assert not record.is_strict("aspf")
    assert record.is_tested
    assert record.psd == "y"
    assert read_dmarc("v=DMARC1; pct=0").is_tested
    assert not read_dmarc("v=DMARC1; pct=50").is_tested


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("", "p=none; rua=mailto:d@a.test"),
        ("p=reject; rua=mailto:x@y.test!5g", "p=reject; rua=mailto:x@y.test"),
        ("p=x; sp=y; np=reject", "p=none; np=reject; rua=mailto:d@a.test"),
        ("p=reject; np=quarantine; t=y", "p=quarantine; np=none; rua=mailto:d@a.test"),
        ("p=reject; pct=0", "p=quarantine; rua=mailto:d@a.test"),
        ("p=reject; pct=50", "p=reject; rua=mailto:d@a.test"),
        ("p=none; fo=1; rf=afrf; ri=1; x=", "p=none; rua=mailto:d@a.test; fo=1"),
        ("p=none; rua=mailto:x@y%0Az.test", "p=none; rua=mailto:d@a.test"),
        ("p=none; ruf=mailto:\u00e9@a.test", "p=none; rua=mailto:d@a.test"),
    ],
)
def test_a_record_is_mended_as_its_owner_meant_it(text, better):
    """
    The policy ahead, for older readers.
    """
    record = read_dmarc(f"v=DMARC1; {text}")
    assert mended(record, "d@a.test") == f"v=DMARC1; {better}"


def test_of_several_records_the_mildest_policy_is_kept():
    """
    No more is refused than any of them asked for.
    """
    texts = ["v=DMARC1; p=reject; rua=mailto:a@b.test", "v=DMARC1; p=none; aspf=s"]
    one = merged([read_dmarc(text) for text in texts])
    assert one.policy() is Policy.NONE
    assert one.report_hosts == ("b.test",)
    assert one.is_strict("aspf")


@given(st.text(max_size=200) | st.text("v=DMARC1;psduntrejoackim:@.,! ", max_size=80))
def test_any_text_is_read_and_mended(text):
    """
    What is mended has no flaw, and reads again as itself.
    """
    record = read_dmarc(text)
    assert record.policy() in Policy
    better = read_dmarc(mended(record, "d@a.test"))
    assert is_dmarc(better.text)
    assert not better.flaws
    assert better.reports
    assert mended(better, "d@a.test") == better.text
