"""What signatures cover, of our own and of worse makers."""

from __future__ import annotations

import pytest

from message.judges import DOMAIN, ed25519, rsa
from safesend.preflight import Grade, Question
from safesend.preflight.dkim_plan import check_dkim_plan, plan_findings

NAMES = "from:to:subject:date:message-id:mime-version:content-type"
HEADERS = "".join(f"{name}: x\r\n" for name in NAMES.split(":"))
LEAVE = "List-Unsubscribe: <https://example.org/1>\r\nList-Unsubscribe-Post: x\r\n"
BOTH = "list-unsubscribe:list-unsubscribe-post"


def asked(*keys, unsubscribe=None):
    return Question(sender=DOMAIN, envelope=DOMAIN, dkim=keys, unsubscribe=unsubscribe)


@pytest.mark.parametrize("link", [None, f"https://{DOMAIN}/u/{{token}}"])
def test_our_own_signatures_cover_all(link):
    """
    Read from a letter that was signed, the links to leave among its headers.
    """
    found = check_dkim_plan(asked(rsa(), ed25519(), unsubscribe=link))
    assert [one.grade for one in found] == [Grade.PASS, Grade.PASS]
    assert [one.about for one in found] == [rsa().name, ed25519().name]
    names = found[0].seen[0].partition("h=")[2].partition(";")[0]
    assert "list-unsubscribe-post" in names


def test_an_international_domain_can_be_signed_for():
    """
    It has the form that DNS knows.
    """
    question = Question(
        sender="xn--mller-kva.example", envelope="b.example", dkim=(rsa(),)
    )
    [found] = check_dkim_plan(question)
    assert found.grade is Grade.WARN
    assert "does not count for xn--mller-kva.example" in found.reason


@pytest.mark.parametrize(
    ("tags", "more", "grade", "words"),
    [
        (f"h={NAMES}:{NAMES}; l=100", "", "fail", "has l="),
        (f"h={NAMES.replace('subject:', '')}", "", "fail", "not signed: Subject"),
        (f"h={NAMES}:{NAMES}", LEAVE, "fail", "not signed: List-Unsubscribe, List-"),
        (f"h={NAMES}:{NAMES}:{BOTH}", LEAVE, "warn", "List-Unsubscribe-Post"),
        (f"h={NAMES}", "", "warn", "a second one could be added"),
        (f"h={NAMES}:{NAMES}; l=1; l=2", "", "fail", "cannot be read"),
    ],
)
def test_each_fault_of_a_signature_is_told(tags, more, grade, words):
    """
    Whoever made it.
    """
    headers = f"DKIM-Signature: v=1; d={DOMAIN};\r\n s=s1; {tags}\r\n{HEADERS}{more}"
    found = plan_findings(headers, DOMAIN, "s2026")
    told = [one for one in found if words in one.reason]
    assert [one.grade for one in told] == [grade]
    assert all(one.publish for one in found)


@pytest.mark.parametrize(
    ("domain", "counts"),
    [
        (DOMAIN, True),
        (f"news.{DOMAIN}", True),
        (DOMAIN.partition(".")[2], True),
        (f"x{DOMAIN}", False),
        ("relay.test", False),
    ],
)
def test_who_signs_is_to_be_the_sender(domain, counts):
    """
    Or one above or below; DMARC says the rest.
    """
    headers = f"DKIM-Signature: v=1; d={domain}; s=s1; h={NAMES}:{NAMES}\r\n{HEADERS}"
    [found] = plan_findings(headers, DOMAIN, "s2026")
    assert found.grade is (Grade.PASS if counts else Grade.WARN)


def test_where_nothing_signs_the_relay_must_cover_the_same():
    """
    That can be seen in a letter only.
    """
    [found] = check_dkim_plan(asked(unsubscribe="https://example.org/{token}"))
    assert found.grade is Grade.WARN
    assert "List-Unsubscribe-Post" in found.publish
    [found] = check_dkim_plan(asked())
    assert "has From" in found.publish
