"""What is good to have: reports of TLS, and a logo."""

from __future__ import annotations

import dns.rcode
import pytest

from safesend.preflight import Grade, Question
from safesend.preflight.extras import check_extras
from servers.dns import Zone

from .zones import lines, looked, published

OWN = Question(sender="example.org", envelope="example.org")
BELOW = Question(sender="News.Example.Org.", envelope="example.org")
BROKEN = Zone(rcode=dns.rcode.SERVFAIL)
TLS = Zone(txt=("v=TLSRPTv1; rua=mailto:tls@example.org",))
LOGO = "v=BIMI1; l=https://example.org/logo.svg"
STRICT = "v=DMARC1; p=reject; rua=mailto:dmarc@example.org"
MILD = STRICT.replace("reject", "none")


def zones(*, tls=TLS, bimi=(), dmarc=()):
    found = {"_smtp._tls.example.org": tls, "_smtp._tls.news.example.org": TLS}
    found["default._bimi.example.org"] = Zone(txt=bimi)
    found["_dmarc.example.org"] = Zone(txt=dmarc)
    return found


def check(question, there):
    return looked(check_extras, question, there)


@pytest.mark.parametrize(
    ("question", "there"),
    [
        (OWN, zones()),
        (
            OWN,
            zones(tls=Zone(txt=("v=TLSRPTv1;rua=https://a.test/x,mailto:a@b.test",))),
        ),
        (OWN, zones(bimi=(LOGO,), dmarc=(STRICT,))),
        (OWN, zones(bimi=("v=BIMI1; l=;",))),
        (BELOW, zones(bimi=(LOGO,), dmarc=(STRICT,))),
        (BELOW, zones(dmarc=(STRICT,))),
    ],
)
def test_what_is_there_and_good_passes(question, there):
    """
    A logo is nobody's duty.
    """
    found = check(question, there)
    assert [one.grade for one in found] == [Grade.PASS, Grade.PASS]
    assert [one.what for one in found] == ["TLS reports", "BIMI"]


TESTED = STRICT.replace("p=reject", "p=reject; t=y")
FAULTS = [
    (OWN, "there is no TLS-RPT record", zones(tls=Zone(txt=("hello",)))),
    (OWN, "there are 2 TLS-RPT", zones(tls=Zone(txt=(*TLS.txt, "v=TLSRPTv1;")))),
    (OWN, "rua= must have", zones(tls=Zone(txt=("v=TLSRPTv1; rua=tls@a.test",)))),
    (
        OWN,
        "rua= must have",
        zones(tls=Zone(txt=("v=TLSRPTv1; rua=mailto:a@b.test x",))),
    ),
    (OWN, "there are 2 BIMI records", zones(bimi=(LOGO, LOGO + "2"), dmarc=(STRICT,))),
    (OWN, "l= must be", zones(bimi=(LOGO.replace("https", "http"),), dmarc=(STRICT,))),
    (OWN, "l= must be", zones(bimi=("v=BIMI1; a=https://x.test",), dmarc=(STRICT,))),
    (OWN, "until DMARC has p=", zones(bimi=(LOGO,), dmarc=(MILD,))),
    (OWN, "until DMARC has p=", zones(bimi=(LOGO,), dmarc=(TESTED,))),
    (BELOW, "DMARC has sp=", zones(bimi=(LOGO,), dmarc=(f"{STRICT}; sp=none",))),
]


@pytest.mark.parametrize(("question", "words", "there"), FAULTS)
def test_each_fault_is_a_warning_and_its_advice_mends_it(question, words, there):
    """
    No mail is refused for it.
    """
    found = [one for one in check(question, there) if one.grade is not Grade.PASS]
    assert [one.grade for one in found] == [Grade.WARN]
    assert words in found[0].reason
    after = published(there, found[0])
    assert {one.grade for one in check(question, after)} == {Grade.PASS}


def test_without_dmarc_there_is_no_logo():
    """
    Its own check says what to publish.
    """
    [_, found] = check(OWN, zones(bimi=(LOGO,)))
    assert found.grade is Grade.WARN
    assert lines(found) == []


@pytest.mark.parametrize(
    ("there", "grades"),
    [
        ({"_smtp._tls.example.org": BROKEN}, ["unknown", "pass"]),
        (zones() | {"default._bimi.example.org": BROKEN}, ["pass", "unknown"]),
        (zones(bimi=(LOGO,)) | {"_dmarc.example.org": BROKEN}, ["pass", "unknown"]),
    ],
)
def test_what_dns_cannot_tell_is_unknown(there, grades):
    """
    Each by itself.
    """
    assert [one.grade for one in check(OWN, there)] == grades
