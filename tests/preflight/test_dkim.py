"""DKIM keys in zones that have each fault."""

from __future__ import annotations

import dns.rcode
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as numbers

from message.judges import ed25519, rsa
from safesend import Dkim
from safesend.preflight import Grade, Question
from safesend.preflight.dkim import check_dkim, new_selector
from servers.dns import Zone

from .zones import looked, parts, published

DOMAIN = rsa().domain
KEY = rsa().record.partition("p=")[2]
BOTH = {one.name: Zone(txt=(parts(one.record),)) for one in (rsa(), ed25519())}


def asked(*keys):
    return Question(sender=DOMAIN, envelope=DOMAIN, dkim=keys, selector="s2026")


def check(question, zones):
    return looked(check_dkim, question, zones)


def test_keys_that_are_published_pass():
    """
    A finding for each, with the record as it was seen.
    """
    found = check(asked(rsa(), ed25519()), BOTH)
    assert [one.grade for one in found] == [Grade.PASS, Grade.PASS]
    assert found[0].seen == (rsa().record,)
    assert found[0].about == rsa().name


@pytest.mark.parametrize(
    ("zone", "grade", "words"),
    [
        (None, "fail", "there is no TXT record"),
        (Zone(a=("192.0.2.1",)), "fail", "there is no TXT record"),
        (Zone(cname="gone.test"), "fail", "there is no TXT record"),
        (Zone(txt=("hello", parts(rsa().record))), "fail", "2 TXT records"),
        (Zone(txt=("v=DKIM1; p=",)), "fail", "revoked"),
        (Zone(txt=(parts(ed25519().record),)), "fail", "k=ed25519, not rsa"),
        (Zone(txt=(parts(f"v=DKIM1; k=rsa; p={KEY[:200]}"),)), "fail", "p="),
        (Zone(txt=("\\200\\255",)), "fail", "no list of tags"),
        (Zone(txt=(parts(f"v=DKIM1; t=y; p={KEY}"),)), "warn", "t=y"),
    ],
)
def test_each_fault_is_told_and_its_advice_mends_it(zone, grade, words):
    """
    What is to be published is the record of the key that signs.
    """
    zones = {rsa().name: zone} if zone else {}
    [found] = check(asked(rsa()), zones)
    assert (found.check, found.grade) == ("P2", grade)
    assert words in found.reason or words in str(found.seen)
    [again] = check(asked(rsa()), published(zones, found))
    assert again.grade is Grade.PASS


def test_what_dns_cannot_tell_is_unknown():
    """
    Whoever else is told of.
    """
    zones = BOTH | {rsa().name: Zone(rcode=dns.rcode.SERVFAIL)}
    found = check(asked(rsa(), ed25519()), zones)
    assert [one.grade for one in found] == [Grade.UNKNOWN, Grade.PASS]


def test_a_short_key_wants_a_new_one():
    """
    No record mends it.
    """
    octets = numbers.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    short = Dkim(DOMAIN, "s1", octets)
    [found] = check(asked(short), {short.name: Zone(txt=(parts(short.record),))})
    assert found.grade is Grade.WARN
    deed = f"safesend dkim new {DOMAIN} s2026 --out dkim-s2026.pem\n"
    assert found.publish.startswith(deed)


def test_ed25519_alone_is_not_enough_for_all():
    """
    Some who verify know RSA only.
    """
    good, alone = check(asked(ed25519()), BOTH)
    assert (good.grade, alone.grade) == (Grade.PASS, Grade.WARN)
    assert "some receivers cannot verify" in alone.reason
    assert check(asked(rsa(), ed25519()), BOTH)[-1].grade is Grade.PASS


def test_where_nothing_signs_the_relay_may():
    """
    That is not seen from here.
    """
    [found] = check(asked(), {})
    assert found.grade is Grade.WARN
    assert found.publish.startswith(f"safesend dkim new {DOMAIN}")


def test_a_new_key_has_a_selector_of_its_own():
    """
    That of the year; what is taken already would break what was signed with it.
    """
    names = []
    for _ in range(27):
        names.append(new_selector(2026, [rsa(), *map(_under, names)]))
    assert names[:3] == ["s2026", "s2026b", "s2026c"]
    assert names[-2:] == ["s2026z", "s2026-new"]


def _under(selector):
    return Dkim(DOMAIN, selector, rsa().key)
