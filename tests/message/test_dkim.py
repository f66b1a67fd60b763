"""Dkim: its names, its record, and what is refused."""

from __future__ import annotations

import pytest

from safesend import Dkim
from safesend.errors import ConfigurationError
from safesend.message.dkim import signatures

from .judges import ed25519, pem, rsa


def test_names_are_those_of_dns():
    """
    Lower case, A-labels, and the name under which the key is published.
    """
    one = Dkim("Bücher.Example", "S-1.Mail", pem("ed25519"))
    assert (one.domain, one.selector) == ("xn--bcher-kva.example", "s-1.mail")
    assert one.name == "s-1.mail._domainkey.xn--bcher-kva.example"
    assert one.algorithm == "ed25519-sha256"


def test_the_record_is_what_rfc_8463_has():
    """
    The key of RFC 8463 appendix A, made of its private octets, and its record.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
    import base64

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(raw))
    octets = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    one = Dkim("football.example.com", "brisbane", octets)
    wanted = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert one.record == wanted


@pytest.mark.parametrize(
    ("domain", "selector", "words"),
    [
        ("", "s", "is no domain name"),
        ("a b", "s", "is no domain name"),
        ("[192.0.2.1]", "s", "is no domain name"),
        ("example.org;l=0", "s", "is no domain name"),
        ("example.org", "", "is no selector"),
        ("example.org", "s_1", "is no selector"),
        ("example.org", "s;l=0", "is no selector"),
        ("example.org", "s\r\nBcc: x", "is no selector"),
        ("example.org", "-s", "is no selector"),
        ("example.org", None, "is no selector"),
        ("example.org", "s." * 120 + "s", "too long for DNS"),
    ],
)
def test_what_is_no_name_is_refused(domain, selector, words):
    """
    Nothing that could end a tag, a line or a label gets into a signature.
    """
    with pytest.raises(ConfigurationError, match=words):
        Dkim(domain, selector, pem("ed25519"))


def test_nothing_of_the_key_is_printed():
    """
    The names are no secret.
    """
    assert repr(rsa()) == "Dkim(domain='example.org', selector='r2026')"


def test_a_short_key_is_told_with_its_bits():
    """
    It is used all the same.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa as numbers

    octets = numbers.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert "has 1024 bits; 2048 are advised" in Dkim("x.org", "s", octets).advice
    assert rsa().advice == ed25519().advice == ""


@pytest.mark.parametrize(
    ("sender", "counts"),
    [
        ("example.org", True),
        ("news.example.org", True),
        ("org", True),
        ("notexample.org", False),
        ("example.com", False),
    ],
)
def test_dmarc_counts_the_domain_of_the_sender(sender, counts):
    """
    RFC 9989: aligned is the same domain, or one above or below.
    """
    assert rsa().counts_for(sender) is counts


def test_signatures_are_given_one_by_one_or_several():
    """
    None of them, one, a list; and nothing else.
    """
    assert signatures(None) == signatures([]) == ()
    assert signatures(rsa()) == (rsa(),)
    assert signatures([rsa(), ed25519()]) == (rsa(), ed25519())
    for wrong in ("dkim.pem", ["dkim.pem"], 17):
        with pytest.raises(ConfigurationError, match="dkim= is a Dkim"):
            signatures(wrong)


def test_two_keys_need_two_names():
    """
    DNS can have one key at one name.
    """
    with pytest.raises(ConfigurationError, match=r"share the name r2026\._domainkey"):
        signatures([rsa(), Dkim("EXAMPLE.org", "R2026", pem("ed25519"))])


def test_a_key_that_was_read_signs_for_another_name():
    """
    As it is, without being read again.
    """
    assert Dkim("example.net", "s1", rsa().key).key is rsa().key
