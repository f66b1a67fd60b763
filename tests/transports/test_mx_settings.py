"""URLs and nameservers are read strictly."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError
from safesend.transports.mx_settings import (
    Nameservers,
    check_dnssec,
    read_mx_url,
    read_nameservers,
)


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("mx://?helo=mail.example.org", {"helo": "mail.example.org"}),
        (
            "mx:?helo=a.b&port=2525&timeout=4.5",
            {"helo": "a.b", "port": 2525, "timeout": 4.5},
        ),
        (
            "mx:///?tls=dane,opportunistic&floor=none",
            {"tls": "dane,opportunistic", "floor": "none"},
        ),
        (
            "mx://?max_messages=7&source_address=::1",
            {"max_messages": 7, "source_address": "::1"},
        ),
        ("mx://?nameservers=127.0.0.1", {"nameservers": "127.0.0.1"}),
        ("mx://?trust_ad=1&notify=none", {"trust_ad": True, "notify": None}),
        ("mx://?trust_ad=0&notify=never", {"trust_ad": False, "notify": "never"}),
    ],
)
def test_options_stand_behind_a_question_mark(url, settings):
    """Each with the kind of value that it has."""
    assert read_mx_url(url) == settings


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mx://mail.example.org", "no host"),
        ("mx://ada@?helo=a.b", "no host"),
        ("mx:///path?helo=a.b", "no host"),
        ("mx://?helo=a.b#x", "no host"),
        ("mx://[?helo=a.b", "direct delivery is"),
        ("mx://?hello=a.b", "no option is called 'hello'"),
        ("mx://?helo=a.b&helo=c.d", "exactly one value"),
        ("mx://?helo=", "exactly one value"),
        ("mx://?port=x", "'port' is a number"),
        ("mx://?require_tls_path=yes", "'require_tls_path' is a number"),
    ],
)
def test_what_cannot_be_meant_is_refused(url, words):
    """Saying what is wrong, and what such a URL is like."""
    with pytest.raises(ConfigurationError, match=words):
        read_mx_url(url)


@pytest.mark.parametrize(
    ("given", "addresses", "port", "near"),
    [
        (None, None, 53, False),
        ("192.0.2.53", ("192.0.2.53",), 53, False),
        ("127.0.0.1", ("127.0.0.1",), 53, True),
        ("::1", ("::1",), 53, True),
        ("[::1]:5353", ("::1",), 5353, True),
        ("127.0.0.1:5353, 192.0.2.53:5353", ("127.0.0.1", "192.0.2.53"), 5353, False),
        (["127.0.0.1", "::1"], ("127.0.0.1", "::1"), 53, True),
        (Nameservers(("127.0.0.1",)), ("127.0.0.1",), 53, True),
    ],
)
def test_nameservers_are_addresses(given, addresses, port, near):
    """With a port behind, if it is another; near ones are on this machine."""
    found = read_nameservers(given)
    assert (found.addresses, found.port, found.near) == (addresses, port, near)


@pytest.mark.parametrize(
    "given",
    ["", [], "ns.example.org", "127.0.0.1:x", ["127.0.0.1", "127.0.0.1:54"], [7]],
)
def test_other_nameservers_are_refused(given):
    """Names would have to be looked up themselves."""
    with pytest.raises(ConfigurationError, match="nameservers are IP addresses"):
        read_nameservers(given)


@pytest.mark.parametrize(
    ("addresses", "near"),
    [
        (("127.0.0.1",), True),
        (("::1", "127.0.0.1"), True),
        (("127.0.0.1", "192.0.2.53"), False),
        (None, False),
    ],
)
def test_nameservers_are_near_where_all_are_named_and_on_this_machine(addresses, near):
    """
    What the system asks may be a mere forwarder, whatever its address.
    """
    assert Nameservers(addresses).near is near


def test_a_floor_without_any_proof_is_said_so():
    """
    With the names that were given.
    """
    check_dnssec(("dane", "opportunistic"), verified=False)
    check_dnssec(("mta-sts",), verified=True)
    with pytest.raises(ConfigurationError, match="tls='dane' needs DNSSEC"):
        check_dnssec(("dane",), verified=False)
    with pytest.raises(ConfigurationError, match="with a verified floor"):
        check_dnssec(("dane", "opportunistic"), verified=True)
