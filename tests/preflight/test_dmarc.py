"""DMARC of zones that have each fault."""

from __future__ import annotations

import attrs
import dns.rcode
import pytest

from message.judges import pem
from safesend import Dkim
from safesend.preflight import Grade, Question
from safesend.preflight.dmarc import check_dmarc
from servers.dns import Zone

from .zones import lines, looked, published

RUA = "rua=mailto:dmarc@example.org"
ODD = "v=DMARC1 ; P=None ; RUA=mailto:a@example.org!10m;; x=1 "
GOOD = f"v=DMARC1; p=none; {RUA}"
OWN = "v=DMARC1; p=none; rua=mailto:dmarc@news.example.org"
MX = Zone(mx=((10, "mx.example.org"),))
BROKEN = Zone(rcode=dns.rcode.SERVFAIL)


def signer(domain):
    return Dkim(domain, "r2026", pem())


SIGNED = Question(
    sender="example.org", envelope="relay.test", dkim=(signer("example.org"),)
)
BOUNCED = Question(sender="example.org", envelope="bounces.example.org")
BELOW = attrs.evolve(SIGNED, sender="news.example.org")
BESIDE = Question(sender="news.example.org", envelope="bounces.example.org")
STRANGE = Question(sender="example.org", envelope="relay.test")


def zones(**records):
    """`_dmarc` records: of example.org, and of names below it or beside it."""
    names = {"own": "example.org", "news": "news.example.org", "org": "org"}
    found = {"example.org": MX}
    for key, texts in records.items():
        several = (texts,) if isinstance(texts, str) else texts
        found[f"_dmarc.{names[key]}"] = Zone(txt=several)
    return found


ALIASED = {"_dmarc.example.org": Zone(cname="d.test"), "d.test": Zone(txt=(GOOD,))}
WANTED = {"example.org._report._dmarc.reports.test": Zone(txt=("v=DMARC1",))}


def check(question, there):
    return looked(check_dmarc, question, there)


@pytest.mark.parametrize(
    ("question", "there", "words"),
    [
        (SIGNED, zones(own=GOOD), "p=none holds for example.org; what counts: DKIM"),
        (BOUNCED, zones(own=GOOD), "what counts: MAIL FROM bounces.example.org"),
        (BELOW, zones(own=f"v=DMARC1;p=reject;sp=quarantine;{RUA}"), "p=quarantine"),
        (BELOW, zones(own=GOOD, news=GOOD.replace("none", "reject")), "p=reject"),
        (BESIDE, zones(own=GOOD, org="v=DMARC1; p=reject; psd=y"), "p=none"),
        (
            BESIDE,
            zones(org=f"v=DMARC1; p=reject; psd=y; {RUA}") | {"dmarc.example.org": MX},
            "p=reject holds for news.example.org",
        ),
        (SIGNED, zones(own=f"{GOOD}; adkim=s; aspf=s"), "DKIM example.org"),
        (
            SIGNED,
            zones(own=ODD),
            "",
        ),
        (SIGNED, zones(own=("hello", GOOD)), ""),
        (SIGNED, zones(own=GOOD) | {"_dmarc.org": BROKEN}, ""),
        (attrs.evolve(SIGNED, sender="Example.Org."), zones(own=GOOD), ""),
        (
            SIGNED,
            ALIASED,
            "",
        ),
    ],
)
def test_a_record_in_order_passes(question, there, words):
    """
    One finding: whose policy it is, and what counts for the sender.
    """
    [found] = check(question, there)
    assert found.grade is Grade.PASS, found
    assert words in found.reason
    assert not found.publish


UNREAD = "fail: nobody takes it for a record"
FAULTS = [
    (SIGNED, "fail: there is no DMARC record", zones()),
    (BELOW, "fail: there is no DMARC record", zones()),
    (BESIDE, "fail: there is no DMARC record", zones()),
    (SIGNED, "fail: there are 2 records", zones(own=(GOOD, "v=DMARC1; p=reject"))),
    (BELOW, "fail: there are 2 records", zones(own=GOOD, news=(GOOD, GOOD + ";x=1"))),
    (BELOW, "warn: there are 2 records", zones(news=OWN, own=(GOOD, GOOD + ";x=1"))),
    (
        SIGNED,
        "fail: nobody takes it for a record",
        zones(own=GOOD.replace("DMARC1", "dmarc1")),
    ),
    (SIGNED, UNREAD, zones(own=GOOD.replace("DMARC1", "dmarc1"))),
    (SIGNED, UNREAD, zones(own=f" {GOOD}")),
    (SIGNED, UNREAD, zones(own=f"p=reject; v=DMARC1; {RUA}")),
    (SIGNED, UNREAD, zones(own="p=quarantine")),
    (SIGNED, "apply no DMARC: p=all", zones(own="v=DMARC1; p=all")),
    (SIGNED, "apply no DMARC: sp=no", zones(own="v=DMARC1; p=none; sp=no")),
    (SIGNED, "cannot read: p=rejct", zones(own=f"v=DMARC1; p=rejct; {RUA}")),
    (SIGNED, "they cannot read: adkim=relaxed", zones(own=f"{GOOD}; adkim=relaxed")),
    (SIGNED, "they cannot read: none", zones(own=f"v=DMARC1; p=none; none; {RUA}")),
    (SIGNED, "warn: there is no p=", zones(own=f"v=DMARC1; {RUA}")),
    (SIGNED, "warn: nobody gets reports", zones(own="v=DMARC1; p=reject")),
    (SIGNED, "nobody gets reports", zones(own="v=DMARC1; p=reject; rua=x@example.org")),
    (SIGNED, "warn: pct=, ri= is no more", zones(own=f"{GOOD}; pct=100; ri=86400")),
    (SIGNED, "warn: rf= is no more", zones(own=f"{GOOD}; rf=afrf")),
    (SIGNED, "warn: t=y", zones(own=f"v=DMARC1; p=reject; t=y; {RUA}")),
    (
        SIGNED,
        "warn: reports.test gets",
        zones(own="v=DMARC1; p=none; rua=mailto:x@reports.test"),
    ),
    (BOUNCED, "fail: nothing that vouches", zones(own=f"{GOOD}; aspf=s; adkim=s")),
    (BELOW, "fail: nothing that vouches", zones(news=GOOD)),
    (BELOW, "fail: nothing that vouches", zones(own=GOOD, news=f"{GOOD}; psd=n")),
    (BESIDE, "fail: nothing that vouches", zones(news=GOOD)),
]


@pytest.mark.parametrize(("question", "words", "there"), FAULTS)
def test_each_fault_is_told_and_its_advice_mends_it(question, words, there):
    """
    What each finding says to publish is published; then all is well.
    """
    found = check(question, there)
    told = [f"{one.grade}: {one.reason}" for one in found]
    assert any(words in one for one in told), told
    assert {one.grade for one in found} <= {Grade.FAIL, Grade.WARN}
    for one in found:
        there = published(there, one)
    again = check(question, there)
    assert {one.grade for one in again} == {Grade.PASS}, (found, again)


@pytest.mark.parametrize(
    ("record", "policy"),
    [
        ("v=DMARC1; p=reject; t=y", "quarantine"),
        ("v=DMARC1; p=quarantine; pct=0; sp=reject", "none; sp=quarantine"),
        ("v=DMARC1; p=quarantine; pct=50; sp=reject", "quarantine; sp=reject"),
        ("v=DMARC1; p=none; t=y", "none"),
        ("v=DMARC1; p=reject; pct=100", "reject"),
    ],
)
def test_advice_refuses_neither_more_nor_less_than_before(record, policy):
    """
    A policy that is only tested is worth the milder one; one for some holds for all.
    """
    found = check(SIGNED, zones(own=record))
    [line] = lines(found[0])
    assert f"p={policy}; rua=" in line


def test_several_records_become_one_that_tells_all():
    """
    The mildest policy of them.
    """
    records = (
        "v=DMARC1; p=reject; rua=mailto:a@example.org",
        "v=DMARC1; p=quarantine; adkim=s; rua=mailto:b@example.org",
    )
    [found] = check(SIGNED, zones(own=records))
    [line] = lines(found)
    wanted = "p=quarantine; rua=mailto:b@example.org,mailto:a@example.org; adkim=s"
    assert wanted in line


def test_reports_may_go_to_who_wants_them():
    """
    Or to the same organization, which needs not say so.
    """
    text = "v=DMARC1; p=none; rua=mailto:a@reports.test, mailto:b@in.example.org?x"
    [found] = check(SIGNED, zones(own=text) | WANTED)
    assert found.grade is Grade.PASS
    [found] = check(SIGNED, zones(own=text) | dict.fromkeys(WANTED, BROKEN))
    assert found.grade is Grade.UNKNOWN


def test_other_domains_need_a_deed():
    """
    No record makes another's domain count.
    """
    [found] = check(STRANGE, zones(own=GOOD))
    assert found.grade is Grade.FAIL
    assert lines(found) == []
    assert "safesend dkim new example.org" in found.publish
    assert len(check(STRANGE, zones())) == 2
    done = attrs.evolve(STRANGE, dkim=(signer("example.org"),))
    [again] = check(done, zones(own=GOOD))
    assert again.grade is Grade.PASS


@pytest.mark.parametrize(
    ("question", "there"),
    [
        (SIGNED, {"_dmarc.example.org": BROKEN}),
        (BELOW, zones(news=GOOD) | {"_dmarc.example.org": BROKEN}),
        (STRANGE, zones(own=GOOD) | {"_dmarc.relay.test": BROKEN}),
    ],
)
def test_what_dns_cannot_tell_is_unknown(question, there):
    """
    As far as it decides.
    """
    [found] = check(question, there)
    assert found.grade is Grade.UNKNOWN
    assert "DNS did not tell" in found.reason


def test_a_wildcard_is_no_policy():
    """
    Unless it is one.
    """
    there = zones() | {"*.example.org": Zone(txt=("v=spf1 -all",))}
    [found] = check(SIGNED, there)
    assert "there is no DMARC record" in found.reason
    [again] = check(SIGNED, published(there, found))
    assert again.grade is Grade.PASS


def test_an_alias_is_told():
    """
    To who would publish beside it.
    """
    there = {
        "_dmarc.example.org": Zone(cname="d.test"),
        "d.test": Zone(txt=("p=none",)),
    }
    [found] = check(SIGNED, there)
    assert "_dmarc.example.org is another name of d.test" in found.publish
