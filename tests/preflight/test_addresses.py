"""Our own addresses in zones that have each fault: told apart, and mended by advice."""

from __future__ import annotations

import attrs
import dns.rcode
import pytest

from safesend.preflight import Grade, Question
from safesend.preflight.addresses import check_addresses
from servers.dns import Zone

from .zones import looked, published

HELO, ADDRESS, REVERSE = "mail.example.org", "192.0.2.25", "25.2.0.192.in-addr.arpa"
SIX = "2001:db8::19"
REVERSE_SIX = ".".join("9100000000000000000000008bd01002") + ".ip6.arpa"
QUESTION = Question(
    sender="example.org", envelope="example.org", helo=HELO, addresses=(ADDRESS,)
)
FINE = {REVERSE: Zone(ptr=(HELO,)), HELO: Zone(a=(ADDRESS,))}
SILENT = Zone(rcode=dns.rcode.SERVFAIL)


def check(zones, question=QUESTION):
    return looked(check_addresses, question, zones)


def grades(found):
    return {one.what: one.grade for one in found}


def test_a_machine_in_order():
    """Its address has a name, that name the address, and it is the one in EHLO."""
    assert grades(check(FINE)) == {"PTR": Grade.PASS, "EHLO": Grade.PASS}


def test_version_six_is_no_other():
    """The names of such an address are looked up in another tree."""
    zones = {REVERSE_SIX: Zone(ptr=(HELO,)), HELO: Zone(aaaa=(SIX,))}
    question = attrs.evolve(QUESTION, addresses=(SIX,))

    assert grades(check(zones, question)) == {"PTR": Grade.PASS, "EHLO": Grade.PASS}
    bare = check({}, question)
    assert grades(bare) == {"PTR": Grade.FAIL, "EHLO": Grade.FAIL}
    mended = check(published(published({}, bare[0]), bare[1]), question)
    assert {one.grade for one in mended} == {Grade.PASS}


@pytest.mark.parametrize(
    ("change", "what", "grade", "words"),
    [
        ({REVERSE: Zone()}, "PTR", Grade.FAIL, "has no name"),
        ({REVERSE: Zone(rcode=dns.rcode.NXDOMAIN)}, "PTR", Grade.FAIL, "has no name"),
        (
            {REVERSE: Zone(ptr=("other.test",)), "other.test": Zone(a=("192.0.2.9",))},
            "PTR",
            Grade.FAIL,
            "leads back",
        ),
        (
            {
                REVERSE: Zone(ptr=("192-0-2-25.net.test",)),
                "192-0-2-25.net.test": Zone(a=(ADDRESS,)),
            },
            "PTR",
            Grade.WARN,
            "very many",
        ),
        ({HELO: Zone(a=("192.0.2.9",))}, "EHLO", Grade.FAIL, "other addresses"),
    ],
)
def test_a_fault_and_what_mends_it(change, what, grade, words):
    """Each is told by itself, and is gone once its advice is published."""
    zones = FINE | change
    [fault] = [one for one in check(zones) if one.what == what]

    assert fault.grade is grade
    assert words in fault.reason
    mended = check(published(zones, fault))
    assert [one.grade for one in mended if one.what == what] == [Grade.PASS]


def test_a_name_in_ehlo_that_nobody_knows():
    """Its record is told as well."""
    zones = {
        REVERSE: Zone(ptr=("gate.example.org",)),
        "gate.example.org": Zone(a=(ADDRESS,)),
    }
    found = check(zones)

    assert grades(found) == {"PTR": Grade.PASS, "EHLO": Grade.FAIL}
    assert found[1].publish == f"{HELO}. IN A {ADDRESS}"
    assert grades(check(published(zones, found[1])))["EHLO"] is Grade.PASS


def test_addresses_that_are_not_known():
    """The name in EHLO is looked up, and what is missing is said."""
    question = attrs.evolve(QUESTION, addresses=())
    unknown, helo = check(FINE, question)

    assert unknown.grade is Grade.UNKNOWN
    assert "--address" in unknown.publish
    assert helo.grade is Grade.PASS
    assert check({}, question)[1].publish.startswith(f"{HELO}. IN A")


def test_addresses_of_a_relay():
    """Who does not know them is asked for them; where they are known, they count."""
    relayed = attrs.evolve(QUESTION, helo=None)

    [missing] = check({}, attrs.evolve(relayed, addresses=()))
    assert (missing.check, missing.grade) == ("P6", Grade.SKIPPED)
    assert "--address" in missing.publish
    [fault] = check({}, relayed)
    assert fault.grade is Grade.FAIL
    assert "mail.example.org" in fault.publish


@pytest.mark.parametrize("name", [REVERSE, HELO])
def test_silence_is_not_held_against_anybody(name):
    """SERVFAIL says that DNS is out of order, and nothing of the address."""
    found = check(FINE | {name: SILENT})

    assert Grade.UNKNOWN in grades(found).values()
    assert Grade.FAIL not in grades(found).values()


def test_an_address_inside_of_a_network():
    """It is none that a mail server of others would see."""
    question = attrs.evolve(QUESTION, addresses=("10.0.0.5",))
    found = check({HELO: Zone(a=("10.0.0.5",))}, question)

    assert grades(found)["PTR"] is Grade.UNKNOWN
    assert "inside" in found[0].reason


def test_block_lists_that_the_caller_names():
    """Listed, not listed, and a list that does not tell."""
    lists = ("bad.test", "good.test", "closed.test", "silent.test", "odd.test")
    zones = FINE | {
        "25.2.0.192.bad.test": Zone(a=("127.0.0.2",), txt=("spam seen",)),
        "25.2.0.192.closed.test": Zone(a=("127.255.255.254",)),
        "25.2.0.192.silent.test": SILENT,
        "25.2.0.192.odd.test": Zone(a=("203.0.113.1",)),
    }
    found = check(zones, attrs.evolve(QUESTION, blocklists=lists))
    told = {one.about.partition(" in ")[2]: one for one in found if one.about != HELO}

    assert {name: told[name].grade for name in lists} == {
        "bad.test": Grade.WARN,
        "good.test": Grade.PASS,
        "closed.test": Grade.UNKNOWN,
        "silent.test": Grade.UNKNOWN,
        "odd.test": Grade.UNKNOWN,
    }
    assert told["bad.test"].seen == ("127.0.0.2", "spam seen")
    six = attrs.evolve(QUESTION, addresses=(SIX,), blocklists=("bad.test",))
    name = REVERSE_SIX.removesuffix("ip6.arpa") + "bad.test"
    assert check({name: Zone(a=("127.0.0.3",))}, six)[-1].grade is Grade.WARN
