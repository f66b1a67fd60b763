"""All that is asked of DNS for DMARC."""

from __future__ import annotations

import pytest

from message.judges import pem
from safesend import Dkim
from safesend.preflight import Question
from safesend.preflight.dmarc_look import look

from .tables import SILENT, answered

GOOD = ('"v=DMARC1; p=none"',)
STRICT = ('"v=DMARC1; aspf=s"',)


def looked(table, sender="news.example.org", envelope="bounces.example.org", *signers):
    keys = tuple(Dkim(domain, "s1", pem()) for domain in signers)
    return answered(look(Question(sender=sender, envelope=envelope, dkim=keys)), table)


@pytest.mark.parametrize(
    ("domain", "table", "aligns"),
    [
        ("news.example.org", {}, True),
        ("bounces.example.org", {("_dmarc.example.org", "TXT"): GOOD}, True),
        ("bounces.example.org", {("_dmarc.news.example.org", "TXT"): GOOD}, False),
        ("relay.test", {("_dmarc.example.org", "TXT"): GOOD}, False),
        ("relay.test", {("_dmarc.relay.test", "TXT"): SILENT}, None),
        (
            "a.example.org",
            {("_dmarc.example.org", "TXT"): ('"v=DMARC1;aspf=s"',)},
            False,
        ),
        ("news.example.org", {("_dmarc.org", "TXT"): SILENT}, True),
    ],
)
def test_domains_align_by_their_organization(domain, table, aligns):
    """
    RFC 9989 section 4.10.2: found by walks, not by a list of suffixes.
    """
    found, _ = looked(table, envelope=domain)
    assert found.aligns(domain, "aspf") is aligns


def test_each_question_is_asked_once_and_in_few_rounds():
    """
    Ways up that join are one from there on.
    """
    _, asked = looked({}, "a.example.org", "b.example.org", "example.org")
    texts = [name for name, kind in asked if kind == "TXT"]
    assert len(texts) == len(set(texts)) == 4


@pytest.mark.parametrize(
    ("sender", "others", "mail", "shared"),
    [
        ("news.example.org", ["example.org"], [], "example.org"),
        ("a.example.org", ["b.example.org"], ["example.org"], "example.org"),
        ("a.co.test", ["b.co.test"], [], ""),
        ("a.b.example.org", ["c.b.example.org"], ["example.org"], ""),
        ("example.org", ["news.example.org"], ["example.org"], ""),
        ("example.org", ["relay.test"], ["example.org"], ""),
    ],
)
def test_a_place_for_a_policy_of_both(sender, others, mail, shared):
    """
    What is above two of our domains, and no registry's: it gets mail, or sends ours.
    """
    table = {(name, "MX"): (f"10 mx.{name}.",) for name in mail}
    found, _ = looked(table, sender, *others)
    assert found.shared == shared


def test_who_gets_reports_must_want_them():
    """
    Where that is another organization.
    """
    own = '"v=DMARC1; rua=mailto:a@r.test,mailto:a@s.test,mailto:a@x.example.org"'
    table = {
        ("_dmarc.example.org", "TXT"): (own,),
        ("example.org._report._dmarc.s.test", "TXT"): (
            '"v=DMARC1; rua=mailto:b@s.test"',
        ),
    }
    found, _ = looked(table)
    assert found.strangers == ("r.test",)
    assert not found.unheard
    table["_dmarc.r.test", "TXT"] = SILENT
    found, _ = looked(table)
    assert found.strangers == ()
    assert "nobody answers" in found.unheard
