"""Domains of a list, asked for in DNS: rows that cannot arrive, and rows misspelt."""

from __future__ import annotations

import asyncio

import attrs
import dns.rcode
import pytest

from safesend.net.resolver import Resolver
from safesend.policies.providers import builtin
from safesend.preflight import Grade, Question
from safesend.preflight.recipients import check_recipients
from servers.dns import Zone, run_dns

from .zones import looked

MX = Zone(mx=((10, "mx.example.org"),))
ZONES = {
    "example.org": MX,
    "gmail.com": MX,
    "web.de": Zone(a=("192.0.2.1",)),
    "six.de": Zone(aaaa=("2001:db8::1",)),
    "null.de": Zone(mx=((0, ""),)),
    "two.de": Zone(mx=((0, ""), (10, "mx.example.org"))),
    "text.de": Zone(txt=("hello",)),
    "silent.de": Zone(rcode=dns.rcode.SERVFAIL),
    "half.de": Zone(failing=("AAAA",)),
}
QUESTION = Question(sender="example.org", envelope="example.org")


def check(rows, zones=ZONES):
    return looked(check_recipients, attrs.evolve(QUESTION, recipients=rows), zones)


def graded(found):
    return [(one.grade, one.reason) for one in found]


def test_a_list_in_order():
    """MX, or an address in its place (RFC 5321 section 5.1); a null MX beside another
    is a mistake, and no refusal."""
    rows = {"gmail.com": 10, "web.de": 2, "six.de": 1, "two.de": 1}

    assert graded(check(rows)) == [(Grade.PASS, "4 domains, with 14 rows, take mail")]
    assert graded(check({"gmail.com": 1})) == [
        (Grade.PASS, "1 domain, with 1 row, takes mail")
    ]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("nobody.de", "1 row of 1 domain that does not exist fails at once"),
        ("null.de", "1 row of 1 domain that takes no mail (null MX) fails at once"),
        ("text.de", "neither a mail server nor an address"),
    ],
)
def test_a_domain_without_mail(domain, words):
    """Said by number and name; once it is out of the list, all is well."""
    rows = {"gmail.com": 100, domain: 1}
    fault, rest = check(rows)

    assert fault.grade is Grade.WARN
    assert words in fault.reason
    assert fault.seen == (f"{domain}: 1 row",)
    assert "take them out" in fault.publish
    del rows[domain]
    assert graded(check(rows)) == graded([rest])


def test_many_domains_without_mail():
    """The first twenty with the most rows are named, the others counted."""
    rows = {f"n{n}.de": n for n in range(1, 31)} | {"gmail.com": 100_000}
    fault = check(rows)[0]

    assert fault.reason == "465 rows of 30 domains that do not exist fail at once"
    assert fault.seen[0] == "n30.de: 30 rows"
    assert fault.seen[-1] == "and 10 more"
    assert len(fault.seen) == 21


def test_an_old_list():
    """More than a twentieth of its rows leads nowhere, and not only two or three."""
    old = check({"gmail.com": 94, "nobody.de": 4, "null.de": 2})
    assert [one.grade for one in old].count(Grade.FAIL) == 1
    assert "6 of 100 rows (6%)" in old[2].reason

    for rows in (
        {"gmail.com": 1, "nobody.de": 4},
        {"gmail.com": 95, "nobody.de": 5},
    ):
        assert Grade.FAIL not in {one.grade for one in check(rows)}


def test_people_of_an_example():
    """They are no old list, for nobody wrote to them; DNS has the last word."""
    rows = {"gmail.com": 1, "example.com": 4, "mail.example.net": 3}
    zones = ZONES | {"example.com": Zone(mx=((0, ""),))}
    fault, rest = check(rows, zones)

    assert fault.grade is Grade.WARN
    assert fault.reason.startswith("2 domains, with 7 rows, have names for examples")
    assert fault.seen == ("example.com: 4 rows", "mail.example.net: 3 rows")
    assert fault.publish == "put people of your own into the list"
    assert rest.reason == "1 domain, with 1 row, takes mail"
    known = zones | {"example.com": MX, "mail.example.net": MX}
    assert [one.grade for one in check(rows, known)] == [Grade.PASS]


def test_silence_counts_for_nothing():
    """What DNS does not tell is unknown; the rest is judged without it."""
    found = check({"gmail.com": 2, "silent.de": 3, "half.de": 1})

    assert graded(found) == [
        (Grade.UNKNOWN, "DNS could not tell of 2 domains of 3, with 4 rows"),
        (Grade.PASS, "1 domain, with 2 rows, takes mail"),
    ]
    assert found[0].seen == ("silent.de: 3 rows", "half.de: 1 row")


@pytest.mark.parametrize("sender", [None, Zone(rcode=dns.rcode.SERVFAIL)])
def test_a_network_that_knows_nobody(sender):
    """Where not even the sender's domain exists, nobody is taken for dead."""
    zones = {} if sender is None else {"example.org": sender}
    [found] = check({"a.test": 1, "b.test": 1}, zones)

    assert found.grade is Grade.UNKNOWN
    words = "DNS knows nothing of 2 domains of 2, with 2 rows, nor of the sender's"
    assert found.reason.startswith(words)


def test_misspelt_domains():
    """Whether they exist or not: whoever owns them gets the mail."""
    rows = {"gmail.com": 100, "gmial.com": 2, "hotmial.com": 1}
    found = check(rows, ZONES | {"gmial.com": MX})
    [fault] = [one for one in found if one.what == "Spelling"]

    assert fault.grade is Grade.WARN
    assert fault.seen == (
        "gmial.com (2 rows): gmail.com?",
        "hotmial.com (1 row): hotmail.com?",
    )
    assert "gmial.com -> gmail.com" in fault.publish
    corrected = {"gmail.com": 102, "hotmail.com": 1}
    assert check(corrected, ZONES | {"hotmail.com": MX})[-1].grade is Grade.PASS


def test_providers_of_ones_own():
    """Their domains are known as well, and what is close to one is a mistake."""
    question = attrs.evolve(QUESTION, recipients={"cuncil.example": 1})
    known = builtin().extended({"council": ["council.example"]})

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10)
        return await check_recipients(question, resolver, providers=known)

    with run_dns({"example.org": MX, "cuncil.example": MX}) as server:
        found = asyncio.run(main(server.port))
    assert found[-1].seen == ("cuncil.example (1 row): council.example?",)


def test_more_domains_than_are_asked_for():
    """Those with the most rows are, each once, and that is said."""
    rows = {f"d{n}.test": n for n in range(1, 501)}

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10)
        question = attrs.evolve(QUESTION, recipients=rows)
        return await check_recipients(question, resolver, most=300)

    zones = {"example.org": MX, "*.test": MX}
    with run_dns(zones) as server:
        [found] = asyncio.run(main(server.port))
        asked = {name for name, _ in server.questions}
    assert asked == {f"d{n}.test" for n in range(201, 501)}
    assert found.reason.endswith(
        "; 200 domains with 20100 rows were not asked for: the list has too many, or"
        " DNS is slow"
    )


def test_slow_nameservers_do_not_hold_up_a_long_list():
    """After a time no further domain is asked for; what was learnt is told."""
    rows = {f"d{n}.test": n for n in range(1, 401)}

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        question = attrs.evolve(QUESTION, recipients=rows)
        return await check_recipients(question, resolver, longest=0.2)

    with run_dns({"example.org": MX, "*.test": attrs.evolve(MX, delay=0.3)}) as server:
        [found] = asyncio.run(main(server.port))
        asked = {name for name, _ in server.questions}
    # A machine that is held up meanwhile asks for fewer.
    assert asked <= {f"d{n}.test" for n in range(301, 401)}
    assert not asked or "not asked for: the list has too many" in found.reason


def test_an_empty_list():
    """Nothing is asked; that is said, and why."""
    [found] = check({})
    assert found.grade is Grade.SKIPPED
    assert "nobody in the list" in found.reason


def test_a_list_for_which_there_was_no_time():
    """Nothing is known of it, and nothing is well."""

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        question = attrs.evolve(QUESTION, recipients={"web.de": 1})
        return await check_recipients(question, resolver, longest=-1.0)

    with run_dns(ZONES) as server:
        [found] = asyncio.run(main(server.port))
    assert found.grade is Grade.UNKNOWN
    assert "none of 1 domain was asked for in time" in found.reason
