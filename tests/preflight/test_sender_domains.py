"""The domains of the sender, in zones that have each fault."""

from __future__ import annotations

import attrs
import dns.rcode
import dns.rdata
import pytest

from safesend.net.resolver import Answer
from safesend.preflight import Grade, Question
from safesend.preflight.sender_domains import check_sender_domains, look
from servers.dns import Zone

from .zones import looked, published

HOST = Zone(a=("192.0.2.1",), aaaa=("2001:db8::1",))
MX = Zone(mx=((10, "mx.example.org"),))
BROKEN = Zone(rcode=dns.rcode.SERVFAIL)
ONE = Question(sender="example.org", envelope="example.org")
TWO = Question(sender="Example.Org.", envelope="bounces.example.org")
THERE = {
    "mx.example.org": HOST,
    "six.example.org": Zone(aaaa=("2001:db8::2",)),
    "alias.example.org": Zone(cname="mx.example.org"),
    "dangling.example.org": Zone(cname="gone.example.org"),
    "half.example.org": attrs.evolve(HOST, failing=("AAAA",)),
    "silent.example.org": BROKEN,
}


def mx(*hosts, **more):
    """A zone with these MX hosts, the preferred first."""
    return Zone(mx=tuple((10 * n, host) for n, host in enumerate(hosts)), **more)


def check(question, zones):
    return looked(check_sender_domains, question, THERE | zones)


@pytest.mark.parametrize(
    "zone",
    [
        MX,
        mx("mx.example.org", "six.example.org"),
        mx("half.example.org"),
        mx("mx.example.org", "silent.example.org"),
        attrs.evolve(MX, failing=("A",)),
    ],
)
def test_domains_that_take_mail_pass(zone):
    """
    Some host has an address; that is enough.
    """
    [found] = check(ONE, {"example.org": zone})
    assert found.grade is Grade.PASS
    assert found.reason.startswith("its mail goes to ")
    assert found.seen[0].startswith("MX ")


def test_both_domains_are_looked_at():
    """
    One that is both is looked at once.
    """
    found = check(TWO, {"example.org": MX, "bounces.example.org": MX})
    assert [one.about for one in found] == ["example.org", "bounces.example.org"]
    assert len(check(ONE, {"example.org": MX})) == 1


FAULTS = [
    ("fail: there is no such domain", {}),
    ("fail: it says that it takes no mail", mx("")),
    ("fail: it says that it takes no mail", mx("", a=("192.0.2.1",))),
    ("fail: a null MX stands beside", mx("", "mx.example.org")),
    ("fail: it takes no mail: it has neither", Zone(txt=("v=spf1 -all",))),
    ("warn: there is no MX record", HOST),
    ("fail: the MX host gone.test has no address", mx("gone.test")),
    ("fail: the MX host dangling.example.org", mx("dangling.example.org")),
    ("warn: the MX host gone.test", mx("mx.example.org", "gone.test")),
    ("fail: the MX record names an address", mx("192.0.2.1")),
    ("warn: the MX record names an address", mx("192.0.2.1", "six.example.org")),
    ("warn: the MX host alias.example.org is another", mx("alias.example.org")),
]


@pytest.mark.parametrize(("words", "zone"), FAULTS)
@pytest.mark.parametrize("question", [ONE, TWO])
def test_each_fault_is_told_and_its_advice_mends_it(question, words, zone):
    """
    A host is advised that is known to take mail: its own, or our other domain's.
    """
    zones = {question.envelope: zone} if zone else {}
    if question is TWO:
        zones["example.org"] = MX
    found = [one for one in check(question, zones) if one.grade is not Grade.PASS]
    assert f"{found[0].grade}: {found[0].reason}".startswith(words)
    for one in found:
        assert "HOST" not in one.publish or question is ONE
        zones = published(zones, one, {"HOST": "mx.example.org"})
    assert {one.grade for one in check(question, zones)} == {Grade.PASS}


@pytest.mark.parametrize(
    ("zone", "grades"),
    [
        (BROKEN, ["unknown"]),
        (attrs.evolve(MX, failing=("MX",)), ["unknown"]),
        (Zone(failing=("A",)), ["unknown"]),
        (mx("silent.example.org"), ["unknown"]),
        (mx("gone.test", "silent.example.org"), ["warn", "unknown"]),
    ],
)
def test_what_dns_cannot_tell_is_unknown(zone, grades):
    """
    Nothing fails for it.
    """
    found = check(ONE, {"example.org": zone})
    assert [one.grade for one in found] == grades


def test_an_answer_of_no_such_name_to_one_question_is_not_believed():
    """
    Some nameservers say so of every AAAA; the domain has its mail server all the same.
    """
    steps = look(["example.org"])
    mx = dns.rdata.from_text("IN", "MX", "10 mx.example.org.")
    address = dns.rdata.from_text("IN", "A", "192.0.2.1")
    nobody = Answer(exists=False)
    assert len(next(steps)) == 3
    steps.send([Answer((mx,)), Answer((address,)), nobody])
    with pytest.raises(StopIteration) as end:
        steps.send([Answer((address,)), nobody])
    [domain] = end.value.value
    assert domain.exists
    assert [host.name for host in domain.hosts] == ["mx.example.org"]


def test_mail_servers_without_end_are_not_all_asked_for():
    """
    The preferred ones are; a record of others may have a thousand.
    """
    zone = mx(*(f"mx{n}.many.test" for n in range(100)))
    [found] = check(ONE, {"example.org": zone, "*.many.test": HOST})
    assert found.grade is Grade.PASS
    assert len(found.seen) == 30


def test_wildcards_answer_for_names_that_nobody_wrote():
    """
    As DNS has it (RFC 4592).
    """
    [_, found] = check(TWO, {"example.org": MX, "*.example.org": MX})
    assert found.grade is Grade.PASS


def test_a_name_for_examples_is_told_apart():
    """
    The record would mend it; who cannot publish there needs a domain of their own.
    """
    null = Zone(mx=((0, ""),))
    [found] = check(ONE, {"example.org": null})
    assert found.grade is Grade.FAIL
    words = "example.org is a name for examples (RFC 2606): send from a domain of your"
    assert found.publish.startswith(words)
    own = attrs.evolve(ONE, sender="firm.de", envelope="firm.de")
    [found] = check(own, {"firm.de": null})
    assert "examples" not in found.publish
