"""Macros, by the examples of RFC 7208 section 7.4 and by their grammar."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight.spf_macros import (
    Sender,
    depends_on_mail,
    expand,
    is_domain_spec,
    is_macro_string,
)

DOMAIN = "email.example.com"
V4 = Sender(
    domain=DOMAIN,
    ip=ipaddress.ip_address("192.0.2.3"),
    helo="mta.example.org",
    local="strong-bad",
)
V6 = Sender(domain=DOMAIN, ip=ipaddress.ip_address("2001:db8::cb01"), helo="h.test")
NIBBLES = "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{h}.a.test.", "mta.example.org.a.test"),
        ("%{p}.a.test", "unknown.a.test"),
        ("%%%_%-.a.test", "% %20.a.test"),
        ("%{S}.a.test", "strong-bad%40email.example.com.a.test"),
    ],
)
def test_the_examples_of_the_standard(text, name):
    """
    Section 7.4.
    """
    assert is_macro_string(text)
    assert expand(text, DOMAIN, V4) == name


def test_an_address_of_ipv6_is_nibbles():
    """
    The dots are for splitting.
    """
    reversed_nibbles = ".".join(reversed(NIBBLES.split(".")))
    assert expand("%{i}.a.test", DOMAIN, V6) == f"{NIBBLES}.a.test"
    assert expand("%{ir}.%{v}.test", DOMAIN, V6) == f"{reversed_nibbles}.ip6.test"


def test_no_person_is_asked_about():
    """
    Whoever writes: the part before the @ is nobody's.
    """
    assert expand("%{l}.a.test", DOMAIN, V6) == "postmaster.a.test"


def test_a_long_name_loses_labels_on_the_left():
    """
    Section 7.3.
    """
    name = expand("x" * 60 + "." + "%{d}." * 12 + "test", DOMAIN, V4)
    assert len(name) <= 253
    assert name.endswith("email.example.com.test")
    assert not name.startswith("x")


@pytest.mark.parametrize(
    ("text", "depends"),
    [("a.test", False), ("%{d}.a.test", False), ("%{o}.%%.test", False)]
    + [(f"%{{{letter}}}.a.test", True) for letter in "slihpvI"],
)
def test_some_names_are_known_before_the_mail(text, depends):
    """
    Those of the domain only.
    """
    assert depends_on_mail(text) is depends
    if not depends:
        assert expand(text, DOMAIN, None) == expand(text, DOMAIN, V4)


@given(st.text("%{}dilsohpv123r.-_/,ab", max_size=40))
def test_what_is_a_domain_can_be_expanded(text):
    """
    Whatever comes of it.
    """
    if is_domain_spec(text):
        assert is_macro_string(text)
        assert len(expand(text, DOMAIN, V4)) <= 253 or "." not in expand(
            text, DOMAIN, V4
        )
