"""What DNS has of a key, asked of a nameserver of the tests' own."""

from __future__ import annotations

import asyncio

import dns.rcode
import pytest

from message.judges import ed25519, rsa
from safesend.errors import Severity, TransportError
from safesend.net.dkim import check_key, published
from servers.dns import Zone, run_dns


def zone(record: str) -> Zone:
    """As a zone file has it: several texts of up to 255 characters."""
    parts = [record[start : start + 255] for start in range(0, len(record), 255)]
    return Zone(txt=('" "'.join(parts),))


def checked(key, zones, timeout=10.0):
    with run_dns(zones) as server:
        place = {"nameservers": ["127.0.0.1"], "port": server.port}
        return asyncio.run(check_key(key, timeout=timeout, **place))


@pytest.mark.parametrize("key", [rsa(), ed25519()], ids=["rsa", "ed25519"])
def test_what_is_published_is_the_key_that_signs(key):
    """
    A record of several texts is one.
    """
    assert checked(key, {key.name: zone(key.record)}) == []


def test_an_alias_is_followed():
    """
    As providers ask for: a CNAME to a record of theirs.
    """
    zones = {rsa().name: Zone(cname="k.provider.example")}
    zones["k.provider.example"] = zone(rsa().record)
    assert checked(rsa(), zones) == []


@pytest.mark.parametrize(
    "zones", [{}, {rsa().name: Zone()}, {rsa().name: Zone(mx=((10, "mx.example"),))}]
)
def test_what_is_not_there_is_told(zones):
    """
    No such name, or one without a TXT record.
    """
    [flaw] = checked(rsa(), zones)
    assert flaw.severity is Severity.REFUSE
    assert "there is no TXT record" in flaw.reason


def test_another_key_is_told():
    """
    The one that somebody forgot to replace.
    """
    [flaw] = checked(rsa(), {rsa().name: zone(ed25519().record)})
    assert "k=ed25519, not rsa" in flaw.reason


@pytest.mark.parametrize(
    "broken", [Zone(rcode=dns.rcode.SERVFAIL), Zone(silent=True), Zone(junk=b"x")]
)
def test_what_nobody_could_tell_is_no_flaw(broken):
    """
    It is said that DNS gave no answer; another time it may.
    """
    with pytest.raises(TransportError, match="DNS could not tell") as caught:
        checked(rsa(), {rsa().name: broken}, timeout=1.0)
    assert not caught.value.permanent


def test_records_are_given_as_they_stand():
    """
    Whatever they hold.
    """
    with run_dns({"x.example": Zone(txt=("hello", "v=spf1 -all"))}) as server:
        place = {"nameservers": ["127.0.0.1"], "port": server.port}
        told = asyncio.run(published("x.example", **place))
    assert sorted(told) == ["hello", "v=spf1 -all"]
