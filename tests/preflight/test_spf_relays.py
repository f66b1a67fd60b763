"""Carriers that everybody knows."""

from __future__ import annotations

import pytest

from safesend.preflight.spf_relays import known_includes


@pytest.mark.parametrize(
    ("relays", "includes"),
    [
        ((), ()),
        (("smtp.example.org",), ()),
        (("smtp.sendgrid.net",), ("sendgrid.net",)),
        (("Email-SMTP.eu-west-1.amazonaws.com.",), ("amazonses.com",)),
        (("ec2-192-0-2-1.compute-1.amazonaws.com",), ()),
        (("smtp.gmail.com", "smtp-relay.gmail.com"), ("_spf.google.com",)),
        (("smtp.sendgrid.net.example.org",), ()),
    ],
)
def test_a_relay_is_known_by_its_host(relays, includes):
    """
    Each include once.
    """
    assert known_includes(relays) == includes
