"""What of a domain's publishing is a fault, and how many have it."""

from __future__ import annotations

import attrs
import pytest

from safesend.policies.mta_sts import Mode, Policy
from safesend.preflight import Grade
from safesend.preflight.domain_policies import Dane, Protection, judge_policies

HOSTS = ("mx1.a.test", "mx2.a.test")
TESTING = "by MTA-STS in testing mode"
OPEN = Protection("a.test", HOSTS)


def policy(mode, *mx):
    return Policy(Mode(mode), mx, 86400)


def judged(*found, rows=None, dane_seen=True):
    rows = {one.domain: 2 for one in found} if rows is None else rows
    return list(judge_policies(rows, found, dane_seen=dane_seen))


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (OPEN, "no domain of 1 asks for verified TLS"),
        (
            attrs.evolve(OPEN, policy=policy("none", "nobody.test")),
            "no domain of 1 asks for verified TLS",
        ),
        (
            attrs.evolve(OPEN, policy=policy("enforce", "*.a.test")),
            "verified TLS is asked for by MTA-STS (1 domain), of 1 in all",
        ),
        (
            attrs.evolve(OPEN, policy=policy("testing", "*.a.test")),
            f"verified TLS is asked for {TESTING} (1 domain), of 1 in all",
        ),
        (
            attrs.evolve(OPEN, dane={"mx1.a.test": Dane.GOOD}),
            "verified TLS is asked for by DANE (1 domain), of 1 in all",
        ),
    ],
)
def test_what_is_in_order(seen, told):
    """One finding, which says who asks for what."""
    [found] = judged(seen)

    assert (found.grade, found.reason) == (Grade.PASS, told)


@pytest.mark.parametrize(
    ("change", "grade", "words"),
    [
        (
            {"policy": policy("enforce", "mx.other.test")},
            Grade.FAIL,
            "forbids every mail server",
        ),
        (
            {"policy": policy("enforce", "mx1.a.test")},
            Grade.WARN,
            "forbids some of its mail servers",
        ),
        (
            {"policy": policy("testing", "mx1.a.test")},
            Grade.WARN,
            "policy in testing mode that does not name",
        ),
        ({"missed": "web.test answers 404"}, Grade.WARN, "cannot be had"),
        ({"dane": {"mx1.a.test": Dane.UNUSABLE}}, Grade.WARN, "none can be used"),
        ({"dane": {"mx2.a.test": Dane.SILENT}}, Grade.UNKNOWN, "cannot be asked for"),
        ({"trouble": "silence", "hosts": ()}, Grade.UNKNOWN, "DNS did not answer"),
    ],
)
def test_a_fault(change, grade, words):
    """Each is told by itself, with the domain, and with what its owner may do."""
    fault = judged(attrs.evolve(OPEN, **change))[0]

    assert fault.grade is grade
    assert words in fault.reason
    assert fault.reason.endswith("(2 rows)")
    assert fault.about == "a.test"
    assert fault.publish


def test_dane_goes_before_mta_sts():
    """A server with a good record gets mail, whatever a policy names."""
    seen = attrs.evolve(
        OPEN,
        policy=policy("enforce", "mx.other.test"),
        dane={"mx1.a.test": Dane.GOOD},
    )

    assert judged(seen)[0].grade is Grade.WARN


def test_many_domains_with_one_fault():
    """They are one finding; twenty are named."""
    many = [
        attrs.evolve(OPEN, domain=f"d{n}.test", missed="no page") for n in range(30)
    ]
    fault, rest = judged(*many)

    assert fault.reason.startswith("30 domains, each of which announces")
    assert fault.reason.endswith("(60 rows)")
    assert fault.seen[-1] == "and 10 more"
    assert fault.about == ""
    assert rest.grade is Grade.PASS


def test_what_was_not_looked_at():
    """Without DNSSEC no record of DANE can be believed; a long list is cut."""
    rows = {"a.test": 1, "b.test": 1, "c.test": 1}
    [found] = judged(OPEN, rows=rows, dane_seen=False)

    assert "DANE was not looked at" in found.reason
    assert found.reason.endswith("; 2 domains more, with few rows, not looked at")


def test_domains_without_mail():
    """They are told of elsewhere; that there are no others is said."""
    for rows in (None, {}):
        [found] = judged(*([] if rows == {} else [Protection("a.test")]), rows=rows)
        assert found.grade is Grade.SKIPPED
        assert "no domain of the list takes mail" in found.reason


def test_domains_for_which_there_was_no_time():
    """Nothing is known of any."""
    [found] = judged(rows={"a.test": 1, "b.test": 1})
    assert found.grade is Grade.UNKNOWN
    assert "none of 2 domains was asked for in time" in found.reason
