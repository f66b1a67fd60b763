"""Private keys: which are taken, and what is said of the others."""

from __future__ import annotations

import math
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519

from safesend.errors import ConfigurationError
from safesend.message.dkim_key import SigningKey, new_key, read_key
from safesend.redaction import Secret

from .judges import pem

PEM = serialization.Encoding.PEM
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8


def written(key, form=PKCS8, password=None):
    lock = serialization.NoEncryption()
    if password is not None:
        lock = serialization.BestAvailableEncryption(password)
    return key.private_bytes(PEM, form, lock)


def refused(key, words, password=None):
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_key(key, password)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "algorithm", "bits", "length"),
    [("rsa", "rsa-sha256", 2048, 256), ("ed25519", "ed25519-sha256", 256, 64)],
)
def test_a_key_signs_and_verifies(kind, algorithm, bits, length):
    """
    The same digest gives the same signature; another digest does not fit it.
    """
    key = read_key(pem(kind))
    made = key.sign(b"d" * 32)

    assert (key.algorithm, key.kind, key.bits) == (algorithm, kind, bits)
    assert len(made) == key.length == length
    assert made == key.sign(b"d" * 32)
    assert key.verifies(made, b"d" * 32)
    assert not key.verifies(made, b"e" * 32)


def test_a_key_is_given_in_many_ways(tmp_path):
    """
    A path, its text, octets, text, a secret; with lines before it; PKCS #1 as well.
    """
    octets = pem()
    file = tmp_path / "key.pem"
    file.write_bytes(octets)
    old = written(serialization.load_pem_private_key(octets, None), TRADITIONAL)
    ways = [file, str(file), octets, octets.decode(), Secret(octets.decode())]
    ways += [b"Bag Attributes\n" + octets, old]

    assert {read_key(way).public for way in ways} == {read_key(octets).public}


@pytest.mark.parametrize("password", ["pa\u00df", "pa\u00df".encode(), Secret("paß")])
def test_a_locked_key_is_opened(password):
    """
    With its password, however that is given; without, or with another, it is not.
    """
    opened = serialization.load_pem_private_key(pem(), None)
    locked = written(opened, password="paß".encode())

    assert read_key(locked, password).bits == 2048
    assert "is locked: give its password" in refused(locked, "locked")
    told = refused(locked, "the password is wrong", "sesame")
    assert "sesame" not in told
    refused(pem(), "is not locked: it needs no password", "sesame")


@pytest.mark.parametrize("bits", [1024, 3072])
def test_rsa_from_1024_to_4096_bits(bits):
    """
    RFC 8301 section 3.2: what every verifier must take.
    """
    assert read_key(written(rsa.generate_private_key(65537, bits))).bits == bits


def of_mersenne_primes(one, other):
    """A key made at once, however long: 2**one - 1 and 2**other - 1 are primes."""
    p, q, e = 2**one - 1, 2**other - 1, 65537
    d = pow(e, -1, math.lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(e, p * q),
    )
    return written(numbers.private_key())


@pytest.mark.parametrize("primes", [(607, 127), (2281, 2203)])
def test_a_key_that_is_too_short_or_too_long_is_refused(primes):
    """
    RFC 8301 section 3.2: no verifier need take it.
    """
    words = f"has {sum(primes)} bits: receivers take RSA keys of 1024 to 4096"
    refused(of_mersenne_primes(*primes), words)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "EC"),
        (lambda: dsa.generate_private_key(1024), "DSA"),
        (ed448.Ed448PrivateKey.generate, "Ed448"),
        (x25519.X25519PrivateKey.generate, "X25519"),
    ],
    ids=["EC", "DSA", "Ed448", "X25519"],
)
def test_other_kinds_are_named(make, kind):
    """
    Whoever took the wrong key reads which it is.
    """
    refused(written(make()), f"is of the kind {kind}: DKIM knows RSA and Ed25519")


def test_what_is_no_private_key_is_refused(tmp_path):
    """
    A public key, a text, half a key, a file that is not there, a folder, a number.
    """
    public = serialization.load_pem_private_key(pem(), None).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    half = pem()[:400] + pem()[-60:]

    refused(public.public_bytes(PEM, spki), "holds no private key")
    refused(b"hello", "is no PEM")
    assert pem()[100:140].decode() not in refused(half, "it is damaged")
    gone = tmp_path / "gone.pem"
    assert str(gone) in refused(gone, "cannot be read: No such file")
    refused(tmp_path, "cannot be read: Is a directory")
    refused("a\0b", "cannot be read: this is no path")
    refused(17, "not of the type int")


def test_a_key_of_a_kind_that_openssl_lacks_is_told():
    """
    A private key under an object identifier that nobody knows.
    """
    broken = pem("ed25519").replace(b"MC4CAQAwBQYDK2Vw", b"MC4CAQAwBQYDK2V+")
    refused(broken.replace(b"+", b"/"), "cannot be read|of a kind")


def test_nothing_of_a_key_is_printed():
    """
    Neither by its repr nor by its text.
    """
    key = read_key(pem())
    assert repr(key) == str(key) == "SigningKey('rsa-sha256', bits=2048)"
    assert isinstance(key, SigningKey)


def test_a_key_that_passes_for_a_path_is_never_repeated():
    """
    Its base64 alone, as variables have it, or with a BOM, or cut: it is no path.
    """
    for whole in (pem(), pem("ed25519")):
        bare = "".join(whole.decode().splitlines()[1:-1])
        for text in (bare, f" {bare[:70]}", bare.replace("+", "+\n"), f"{bare}\0"):
            assert bare[20:40] not in refused(text, "is no PEM")
        assert read_key(f"\ufeff{whole.decode()}").bits
        path = Path("/there") / bare
        assert bare[20:40] not in refused(path, "the DKIM key cannot be read")


def test_what_is_half_a_character_is_refused_like_any_other():
    """
    A variable that is not UTF-8 holds some: no error of Python's tells them.
    """
    opened = serialization.load_pem_private_key(pem(), None)
    locked = written(opened, password=b"sesame")

    refused(f"{pem().decode()[:200]}\udcff", "it is damaged")
    refused(Secret("\udcff"), "is no PEM")
    refused(locked, "the password is wrong", "sesame\udcff")


def test_no_frame_of_an_error_holds_a_key_or_a_password():
    """
    Tools that print the variables of a traceback find neither.
    """
    opened = serialization.load_pem_private_key(pem(), None)
    locked = written(opened, password=b"sesame").decode()
    with pytest.raises(ConfigurationError) as caught:
        read_key(Secret(locked), Secret("wrongword"))
    traced = caught.value.__traceback__.tb_next
    frames = traceback.TracebackException(
        type(caught.value), caught.value, traced, capture_locals=True
    )
    told = "".join(frames.format())
    assert "wrongword" not in told
    assert locked[200:230] not in told


def test_without_cryptography_it_says_what_to_install():
    """
    `import safesend` works without; the first key tells.
    """
    script = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from safesend import Dkim\n"
        "from safesend.errors import ConfigurationError\n"
        "try:\n    Dkim('example.org', 's', b'-----BEGIN PRIVATE' + b' KEY-----')\n"
        "except ConfigurationError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 'pip install "safesend[dkim]"' in done.stdout


def test_a_new_key_is_another_each_time():
    """
    Ed25519 where that is wanted.
    """
    made = [read_key(new_key(ed25519=True)) for _ in range(2)]
    assert {key.kind for key in made} == {"ed25519"}
    assert made[0].public != made[1].public
