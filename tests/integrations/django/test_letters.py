"""integrations/django/letters.py: what Django calls a message, as it is read here."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage

from safesend import Address
from safesend.errors import AddressError
from safesend.integrations.django.letters import octets_of, people_of, sender_of


def test_everybody_is_found_once():
    """Of To, Cc and Bcc, names left out, in their order."""
    message = EmailMessage(
        to=["Ada <ada@example.org>"],
        cc=["ben@example.net", "ADA@example.org"],
        bcc=["cyd@example.com"],
    )
    assert [one.wire for one in people_of(message)] == [
        "ada@example.org",
        "ben@example.net",
        "cyd@example.com",
    ]


@pytest.mark.parametrize("given", ["a@b.example, c@d.example", "ada", "a\n@b.example"])
def test_what_is_not_one_mailbox_is_refused(given):
    """As Django refuses it, with a `ValueError`."""
    with pytest.raises(ValueError, match=r".") as caught:
        people_of(EmailMessage(to=["ada@example.org"], bcc=[given]))
    assert isinstance(caught.value, AddressError)


def test_the_octets_have_network_line_ends():
    """As `smtplib` would get them."""
    octets = octets_of(EmailMessage("Größe", "a\nb\n", "shop@example.org", ["a@b.c"]))
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")


def test_the_sender_may_have_a_name():
    """It is the one of the envelope, too."""
    sender = sender_of(EmailMessage(from_email="Shop <shop@example.org>"))
    assert (sender.wire, sender.name) == ("shop@example.org", "Shop")
    assert sender == Address.parse("shop@example.org")
