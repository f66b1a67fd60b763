"""What is said of a record."""

from __future__ import annotations

import ipaddress

import pytest

from safesend.preflight import Grade
from safesend.preflight.spf_findings import spf_findings
from safesend.preflight.spf_host import Verdict
from safesend.preflight.spf_record import Result
from safesend.preflight.spf_survey import survey

from .tables import SILENT, answered

OURS = ipaddress.ip_address("192.0.2.1")


def found(record, result=None, includes=()):
    texts = record if isinstance(record, tuple) else (f'"{record}"',)
    table = {
        ("x.test", "TXT"): texts,
        ("quiet.test", "TXT"): SILENT,
        ("one.test", "TXT"): ('"v=spf1 ip4:192.0.2.1 -all"',),
    }
    looked, _ = answered(survey("x.test"), table)
    verdicts = {OURS: Verdict(Result(result), "so")} if result else {}
    return spf_findings(looked, verdicts, includes)


def test_a_finding_says_what_was_looked_at():
    """
    The check, the domain, the record and what it costs.
    """
    [one] = found("v=spf1 include:one.test -all", "pass")
    assert (one.check, one.what, one.about) == ("P1", "SPF", "x.test")
    assert one.seen == ("v=spf1 include:one.test -all",)
    assert one.reason == "the record covers 192.0.2.1; it needs 1 lookup of 10"


@pytest.mark.parametrize(
    ("record", "result", "grades"),
    [
        ("v=spf1 include:quiet.test -all", None, ["unknown"]),
        ("v=spf1 include:quiet.test -all", "temperror", ["unknown"]),
        ("v=spf1 include:quiet.test ip4:192.0.2.1 -all", "pass", ["pass"]),
        ("v=spf1 include:quiet.test +all", "temperror", ["fail", "unknown"]),
        (SILENT, None, ["unknown"]),
        ("v=spf1 redirect=quiet.test", None, ["unknown"]),
        ("v=spf1 ip4:192.0.2.1 -all", "permerror", ["fail"]),
        ("v=spf1 nonsense -all", "permerror", ["fail"]),
    ],
)
def test_what_is_unknown_counts_where_it_decides(record, result, grades):
    """
    What is wrong in any case is told beside it.
    """
    assert [one.grade for one in found(record, result)] == grades


def test_a_relay_that_is_well_known_must_be_included():
    """
    A warning, for it may send with a MAIL FROM of its own; not where our addresses
    are known.
    """
    record = "v=spf1 ip4:192.0.2.1 -all"
    [one] = found(record, includes=("one.test",))
    assert one.grade is Grade.WARN
    assert one.publish.startswith(
        'x.test. IN TXT "v=spf1 include:one.test ip4:192.0.2.1 -all"'
    )
    assert found(record, "pass", ("one.test",))[0].grade is Grade.PASS
    [one] = found("v=spf1 include:one.test -all", includes=("one.test",))
    assert one.grade is Grade.PASS


def test_words_stand_beside_a_record_that_needs_them():
    """
    A place that only the relay can fill, and others who may send.
    """
    table = {("x.test", "MX"): ("10 x.test.",)}
    looked, _ = answered(survey("x.test"), table)
    [one] = spf_findings(looked, {})
    assert one.publish.splitlines() == [
        'x.test. IN TXT "v=spf1 include:RELAY ~all"',
        "RELAY: the name that your relay tells you to include.",
        "Add whoever else sends mail as this domain.",
    ]


def test_what_costs_most_and_what_is_left_out_is_told():
    """
    So that its owner can choose otherwise.
    """
    deep = " ".join(f"exists:%{{i}}.e{n}.test" for n in range(8))
    table = {
        ("x.test", "TXT"): (
            '"v=spf1 include:deep.test a b include:gone.test a a -all"',
        ),
        ("deep.test", "TXT"): (f'"v=spf1 {deep} -all"',),
    }
    looked, _ = answered(survey("x.test"), table)
    told = spf_findings(looked, {})
    assert any(
        "(permerror); the dearest: include:deep.test 9" in t.reason for t in told
    )
    assert "Left out, for it ends all in an error: include:gone.test" in told[0].publish
