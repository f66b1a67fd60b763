"""What is said of a policy."""

from __future__ import annotations

from safesend.preflight import Grade, Question
from safesend.preflight.dmarc_findings import dmarc_findings, policy_record
from safesend.preflight.dmarc_look import look
from safesend.preflight.dmarc_record import read_dmarc

from .tables import answered


def found(text, envelope="example.org"):
    table = {("_dmarc.example.org", "TXT"): (f'"{text}"',)}
    question = Question(sender="example.org", envelope=envelope)
    looked, _ = answered(look(question), table)
    return dmarc_findings(looked)


def test_each_trouble_is_a_finding_of_its_own():
    """
    All of one record are mended by one.
    """
    told = found("v=DMARC1; p=reject; pct=50; t=y; adkim=x")
    assert [one.grade for one in told] == [Grade.WARN] * 4
    assert len({one.publish for one in told}) == 1
    assert all(one.about == "_dmarc.example.org" for one in told)
    assert all((one.check, one.what) == ("P4", "DMARC") for one in told)


def test_a_policy_of_none_is_enough():
    """
    For all who ask for DMARC.
    """
    text = "v=DMARC1; p=none; rua=mailto:d@example.org"
    [one] = found(text)
    assert one.grade is Grade.PASS
    assert one.seen == (text,)


def test_no_address_is_in_a_reason():
    """
    Whoever gets the reports.
    """
    for one in found("v=DMARC1; p=none; rua=mailto:ada@reports.test", "relay.test"):
        assert "@" not in one.reason + one.about


def test_a_policy_may_be_changed_on_the_way():
    """
    As for a logo, which wants a stricter one.
    """
    record = read_dmarc("v=DMARC1; p=none; rua=mailto:d@a.test")
    line = str(policy_record("a.test", record, p="reject"))
    assert line == ('_dmarc.a.test. IN TXT "v=DMARC1; p=reject; rua=mailto:d@a.test"')
