"""A certificate is recognised by its record, and by nothing else."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.dane import Tlsa, fits, public_key, usable

KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def certificate(kind="ec"):
    """A certificate (DER) signed by itself, and the key in it."""
    key = KEYS[kind]()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x" * 40)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2001, 2, 1, tzinfo=dt.UTC))
        .sign(key, None if kind == "ed25519" else hashes.SHA256())
    )
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return made.public_bytes(serialization.Encoding.DER), spki


DER, SPKI = certificate()
OTHER, _ = certificate()
DIGESTS = {0: bytes, 1: lambda b: hashlib.sha256(b).digest()} | {
    2: lambda b: hashlib.sha512(b).digest()
}


def record(usage, selector, matching):
    """A record that fits `DER`."""
    return Tlsa(usage, selector, matching, DIGESTS[matching]([DER, SPKI][selector]))


@pytest.mark.parametrize("kind", KEYS)
def test_the_key_of_a_certificate(kind):
    """As another library reads it, whatever kind of key it is."""
    der, spki = certificate(kind)

    assert public_key(der) == spki


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_a_record_fits_one_certificate(selector, matching):
    """Whole or by key, as it stands or by digest; and never another's."""
    one = record(3, selector, matching)

    assert usable([one]) == (one,)
    assert fits([one], DER)
    assert not fits([one], OTHER)
    assert not fits([one], None)


def test_any_one_of_several_records_is_enough():
    """As a key is changed, two stand there for a while (RFC 7671 section 8)."""
    old = Tlsa(3, 1, 1, bytes(32))

    assert fits([old, record(3, 1, 1)], DER)
    assert not fits([], DER)


@pytest.mark.parametrize(
    "unusable",
    [
        record(0, 0, 1),
        record(1, 1, 1),
        record(2, 0, 1),
        Tlsa(3, 2, 1, bytes(32)),
        Tlsa(3, 1, 3, bytes(32)),
        Tlsa(3, 1, 1, bytes(31)),
        Tlsa(3, 1, 2, bytes(32)),
        Tlsa(3, 1, 0, b""),
        Tlsa(255, 255, 255, b""),
    ],
)
def test_what_is_not_understood_is_not_usable(unusable):
    """Other usages (RFC 7672 section 3.1), kinds not known, digests cut short."""
    assert usable([unusable]) == ()


def test_only_the_strongest_digest_counts():
    """RFC 7671 section 9; the whole always does, and each selector for itself."""
    key256, key512, whole = record(3, 1, 1), record(3, 1, 2), record(3, 1, 0)
    other = record(3, 0, 1)

    assert usable([key256, key512, whole, other]) == (key512, whole, other)


@given(st.binary(max_size=200))
def test_no_octets_can_do_harm(octets):
    """What is no certificate has no key, and fits nothing."""
    with pytest.raises(ValueError):
        public_key(octets)
    assert not fits([Tlsa(3, 1, 0, b"x")], octets)


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_certificate_with_one_octet_changed(place, octet):
    """It is read or refused, and fits only where the key's place is untouched."""
    changed = bytearray(DER)
    changed[place] = octet
    if fits([record(3, 1, 0)], bytes(changed)):
        assert SPKI in bytes(changed)
    with contextlib.suppress(ValueError):
        public_key(bytes(changed))


@given(st.integers(0, len(DER) - 1))
def test_a_certificate_cut_short(length):
    """It is none."""
    with pytest.raises(ValueError):
        public_key(DER[:length])


def test_a_certificate_with_too_few_parts():
    """A sequence in a sequence is not enough."""
    with pytest.raises(ValueError, match="without a key"):
        public_key(bytes([0x30, 2, 0x30, 0]))
    with pytest.raises(ValueError, match="not a certificate"):
        public_key(bytes([0x02, 2, 0x30, 0]))
