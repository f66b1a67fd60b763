"""Names that networks give by rule, and names that a mail server has."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight import Grade
from safesend.preflight.address_names import (
    Listing,
    NamedAddress,
    is_generic,
    judge_address,
    judge_helo,
    judge_listings,
)

ADDRESS = "203.0.113.25"


@pytest.mark.parametrize(
    "name",
    [
        "203-0-113-25.net.test",
        "25.113.0.203.isp.test",
        "ip-0-113-25.compute.test",
        "static.203.000.113.025.test",
        "h203000113025.cust.test",
        "cb007119.isp.test",
        "dynamic.isp.test",
        "pool-7.isp.test",
        "a.dsl.isp.test.",
        "p25-113-0.isp.test",
    ],
)
def test_names_by_rule(name):
    """The address stands in them in one way or another, or a word for dialling in."""
    assert is_generic(name, ADDRESS)


@pytest.mark.parametrize(
    "name",
    ["mail.example.org", "mx25.example.org", "a113-25.example.org", "dsl.test"],
)
def test_names_of_mail_servers(name):
    """A number or two make no rule; nor does the name of a company."""
    assert not is_generic(name, ADDRESS)


def test_version_six_by_rule():
    """Half of the address in a row."""
    address = "2001:db8:0:1:2:3:4:5"

    assert is_generic("2001-0db8-0000-0001-0002-0003-0004-0005.isp.test", address)
    assert not is_generic("mail6.example.org", address)


@given(st.ip_addresses(v=4), st.sampled_from("-."), st.booleans())
def test_any_address_in_a_name_is_seen(address, between, backwards):
    """Whatever stands between its parts, and in whichever order."""
    parts = str(address).split(".")
    name = between.join(reversed(parts) if backwards else parts)

    assert is_generic(f"{name}.isp.test", str(address))


@given(st.ip_addresses(), st.text("abcdefghij0123456789-.", max_size=60))
def test_any_name_can_be_judged(address, name):
    """Nothing is raised."""
    named = NamedAddress(str(address), {name: (str(address),)})

    assert judge_address(named, "mail.example.org").grade is not Grade.FAIL


def test_addresses_are_equal_however_they_are_written():
    """`2001:DB8::1` is `2001:db8:0::1`."""
    found = judge_helo("mail.example.org", ["2001:db8::1"], ["2001:DB8:0::1"])

    assert found.grade is Grade.PASS
    assert ipaddress.ip_address(found.seen[0])


def test_no_lists_no_findings():
    """Each listing has one finding, in their order."""
    assert list(judge_listings([])) == []
    [found] = judge_listings([Listing(ADDRESS, "list.test", ())])
    assert found.grade is Grade.PASS
    assert found.about == f"{ADDRESS} in list.test"
