"""What domains ask of TLS: from DNS and their policies' pages, and from nobody else."""

from __future__ import annotations

import asyncio

import attrs
import dns.rcode
import pytest

from net.pages import policy_page, serving
from net.peer import authority
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.resolver import Resolver
from safesend.preflight import Grade, Question
from safesend.preflight.tls_policies import check_policies
from servers.dns import Zone, run_dns

HOST, WEB = "mx.a.test", "mta-sts.a.test"
GOOD, OTHER = f"3 1 1 {'ab' * 32}", f"1 1 1 {'ab' * 32}"
QUESTION = Question(
    sender="example.org",
    envelope="example.org",
    helo="mail.example.org",
    recipients={"a.test": 3},
)
PLAIN = {"a.test": Zone(mx=((10, HOST),)), HOST: Zone(a=("192.0.2.1",))}
WITH_POLICY = PLAIN | {
    "_mta-sts.a.test": Zone(txt=("v=STSv1; id=1;",)),
    WEB: Zone(a=("127.0.0.1",)),
}
SIGNED = {
    "a.test": Zone(mx=((10, HOST),), secure=True),
    HOST: Zone(a=("192.0.2.1",), secure=True),
}


def check(zones, page=b"", question=QUESTION, *, trusted=True):
    """What is found, and every name and kind that was asked for."""

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10, trust_ad=trusted)
        async with serving(WEB, page) as web:
            shelf = PolicyShelf(resolver, authority().client(), web, timeout=20)
            return await check_policies(question, resolver, shelf=shelf)

    with run_dns(zones) as server:
        return asyncio.run(main(server.port))


def test_a_relay_does_it_itself():
    """Nothing is looked at where a relay passes the mail on, or nobody gets any."""
    for change, words in (
        ({"helo": None}, "nothing is delivered to these domains from here"),
        ({"recipients": {}}, "no domain of the list takes mail"),
    ):
        [found] = check(PLAIN, question=attrs.evolve(QUESTION, **change))
        assert (found.check, found.grade) == ("P10", Grade.SKIPPED)
        assert words in found.reason
        assert found.publish


def test_domains_that_ask_for_nothing():
    """Nor does one without MX, or one that takes no mail."""
    rows = {"a.test": 1, HOST: 1, "null.test": 1, "nobody.test": 1}
    zones = PLAIN | {"null.test": Zone(mx=((0, ""),))}
    [found] = check(zones, question=attrs.evolve(QUESTION, recipients=rows))

    assert found.grade is Grade.PASS
    assert found.reason == "no domain of 2 asks for verified TLS"


@pytest.mark.parametrize(
    ("page", "grade", "words"),
    [
        (policy_page("enforce", "mx.other.test"), Grade.FAIL, "every mail server"),
        (policy_page("testing", "mx.other.test"), Grade.WARN, "testing mode"),
        (b"<html>", Grade.WARN, "cannot be had"),
    ],
)
def test_a_policy_that_is_broken(page, grade, words):
    """It is told; the one that names the servers, on the page, makes it pass."""
    fault = check(WITH_POLICY, page)[0]

    assert fault.grade is grade
    assert words in fault.reason
    assert "tell the postmaster" in fault.publish
    [mended] = check(WITH_POLICY, policy_page("enforce", HOST))
    assert mended.grade is Grade.PASS
    assert "by MTA-STS (1 domain)" in mended.reason


def test_a_page_on_a_host_that_is_not_there():
    """A policy that is announced only is none."""
    zones = WITH_POLICY | {WEB: Zone(rcode=dns.rcode.NXDOMAIN)}

    assert check(zones)[0].grade is Grade.WARN


def test_records_of_dane():
    """Good ones, and one that no mailer may use."""
    record = f"_25._tcp.{HOST}"
    [found] = check(SIGNED | {record: Zone(tlsa=(GOOD,), secure=True)})
    assert "by DANE (1 domain)" in found.reason

    fault = check(SIGNED | {record: Zone(tlsa=(OTHER,), secure=True)})[0]
    assert (fault.what, fault.grade) == ("DANE", Grade.WARN)
    assert fault.seen == (f"a.test: {HOST}",)

    [bare] = check(SIGNED)
    assert bare.reason == "no domain of 1 asks for verified TLS"


def test_without_dnssec():
    """Nobody's records are believed, and that is said."""
    zones = SIGNED | {f"_25._tcp.{HOST}": Zone(tlsa=(GOOD,), secure=True)}
    [found] = check(zones, trusted=False)

    assert "DANE was not looked at" in found.reason


def test_silence():
    """Of records, of the announcement, of the domain: unknown, and no fault."""
    silent = Zone(rcode=dns.rcode.SERVFAIL)
    for zones in (
        SIGNED | {f"_25._tcp.{HOST}": silent},
        PLAIN | {"_mta-sts.a.test": silent},
        PLAIN | {"a.test": silent},
    ):
        assert check(zones)[0].grade is Grade.UNKNOWN


def test_no_mail_server_is_connected_to():
    """Only names are asked for; of a long list those with the most rows."""

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=10)
        question = attrs.evolve(QUESTION, recipients={"a.test": 3, "b.test": 1})
        return await check_policies(question, resolver, most=1)

    with run_dns(PLAIN) as server:
        [found] = asyncio.run(main(server.port))
        asked = set(server.questions)
    assert asked == {("a.test", "MX"), ("_mta-sts.a.test", "TXT")}
    assert "1 domain more" in found.reason


def test_slow_nameservers_do_not_hold_up_a_long_list():
    """After a time no further domain is asked for."""
    rows = {f"d{n}.test": n for n in range(1, 201)}

    async def main(port):
        resolver = Resolver(["127.0.0.1"], port=port, timeout=5)
        question = attrs.evolve(QUESTION, recipients=rows)
        return await check_policies(question, resolver, longest=0.2)

    slow = Zone(mx=((10, HOST),), delay=0.3)
    with run_dns({"*.test": slow}) as server:
        [found] = asyncio.run(main(server.port))
        asked = {name for name, kind in server.questions if kind == "MX"}
    # A machine that is held up meanwhile asks for fewer.
    assert asked <= {f"d{n}.test" for n in range(151, 201)}
    assert not asked or "domains more, with few rows, not looked at" in found.reason
