"""What a receiver would hold against a published key."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as numbers
from hypothesis import given
from hypothesis import strategies as st

from safesend import Dkim
from safesend.errors import Severity
from safesend.message.key_record import KeyFlaw, key_flaws

from .judges import ed25519, pem, rsa

KEY = rsa().record.partition("p=")[2]
OTHER = ed25519().record.partition("p=")[2]


def bare():
    """The RSA key alone (PKCS #1), as RFC 6376 section 3.6.1 writes it."""
    public = serialization.load_pem_private_key(pem(), None).public_key()
    octets = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    "record",
    [
        rsa().record,
        f"p={KEY}",
        f"p={KEY};",
        f" v = DKIM1 ; k=rsa;p={KEY[:90]} {KEY[90:]} ; ",
        f"v=DKIM1; h=sha1:sha256; s=email; t=s; n=hello=you; x_new=1; p={KEY}",
        f"v=DKIM1; s=*; p={KEY}",
        f"v=DKIM1; k=rsa; p={bare()}",
    ],
)
def test_a_good_record_has_no_flaw(record):
    """
    Tags in any order after v=, defaults, blanks, tags that nobody knows.
    """
    assert key_flaws(rsa(), [record]) == []


def test_the_record_of_an_ed25519_key():
    """
    RFC 8463 section 4.
    """
    assert key_flaws(ed25519(), [ed25519().record]) == []


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("", "no list of tags"),
        ("v=spf1 -all", "must begin with v=DKIM1"),
        (f"v=DKIM2; p={KEY}", "must begin with v=DKIM1"),
        (f"p={KEY}; v=DKIM1", "must begin with v=DKIM1"),
        (f"v=DKIM1; p={KEY}; p={KEY}", "no list of tags"),
        (f"v=DKIM1, p={KEY}", "must begin with v=DKIM1"),
        ("v=DKIM1; k=rsa", "the tag p= is missing"),
        ("v=DKIM1; p=", "the key is revoked"),
        (f"v=DKIM1; k=ed25519; p={KEY}", "of the kind k=ed25519, not rsa"),
        (f"v=DKIM1; p={KEY[:-5]}", "it is no base64"),
        (f"v=DKIM1; p={KEY[:200]}", "another key|no base64"),
        (f"v=DKIM1; p={OTHER}", "another key than the one that signs"),
        (f"v=DKIM1; h=sha1; p={KEY}", "the hash h=sha1 only"),
        (f"v=DKIM1; s=tlsrpt; p={KEY}", "the service s=tlsrpt, not for mail"),
    ],
    ids=range(14),
)
def test_what_no_receiver_takes_is_refused(record, words):
    """
    Each in words that say what to mend.
    """
    [flaw] = key_flaws(rsa(), [record])
    assert flaw.severity is Severity.REFUSE
    assert any(word in flaw.reason for word in words.split("|"))


def test_no_record_and_several():
    """
    There must be one.
    """
    [none] = key_flaws(rsa(), [])
    [two] = key_flaws(rsa(), [rsa().record, "hello"])
    assert "there is no TXT record of this name" in none.reason
    assert "there are 2 TXT records" in two.reason


def test_a_key_under_test_is_worth_a_warning():
    """
    t=y: receivers may treat the message as one that is not signed.
    """
    assert key_flaws(rsa(), [f"v=DKIM1; t=y:s; p={KEY}"]) == [
        KeyFlaw(
            Severity.WARN,
            "the record says t=y: while you test, receivers may ignore the signature",
        )
    ]


def test_a_short_key_is_worth_a_warning():
    """
    1024 bits are taken, and 2048 advised.
    """
    octets = numbers.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    short = Dkim("example.org", "s1", octets)
    [flaw] = key_flaws(short, [short.record])
    assert (flaw.severity, flaw.reason) == (Severity.WARN, short.advice)


@given(st.text(max_size=80) | st.text("vkpthsDKIM1=; \t\r\nsha256:y", max_size=60))
def test_whatever_stands_there_is_told(record):
    """
    Somebody else's record has flaws, in words, and is no error.
    """
    flaws = key_flaws(rsa(), [record])
    assert {flaw.severity for flaw in flaws} == {Severity.REFUSE}
