"""Tests of armoured octets."""

from __future__ import annotations

import base64

import pytest

from checks.documents.reads import ADA, clauses, seen

ENVELOPED = b"0\x80\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\3\xa0\x80"


def armoured(label: str, data: bytes, head: str = "") -> bytes:
    body = base64.encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{head}{body}-----END {label}-----\n".encode()


KEY = b"\x98\x33\4" + b"\x8f\1" * 40 + b"\xb4\x1dAda <ada@example.org>" + b"\0\1" * 30


@pytest.mark.parametrize(
    "file",
    [
        armoured("PGP PUBLIC KEY BLOCK", KEY, "\n"),
        armoured("PGP PUBLIC KEY BLOCK", KEY, "Comment: x\nVersion: y\n\n"),
        armoured("CERTIFICATE", KEY),
        armoured("CERTIFICATE", KEY).replace(b"\n", b"\r\n"),
    ],
)
def test_the_addresses_in_a_key_are_found(file):
    """A key says whose it is."""
    assert ADA in seen("key.asc", file)
    assert clauses("key.asc", file) == []


@pytest.mark.parametrize(
    "file",
    [
        armoured("PGP MESSAGE", b"\x85\1\2\3", "\n"),
        armoured("AGE ENCRYPTED FILE", b"\x85\1\2\3"),
        armoured("PKCS7", ENVELOPED),
        armoured("CMS", ENVELOPED),
        armoured("ENCRYPTED PRIVATE KEY", b"\1\2\3"),
    ],
)
def test_what_is_encrypted_is_noted(file):
    """Nobody knows what stands in it."""
    assert clauses("a.asc", file) == [("unreadable", "it is encrypted")]


def test_a_signed_text_is_read_and_broken_armour_passes():
    """The text stands in clear."""
    file = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nada@example.org\n"
    assert ADA in seen("a.asc", file)
    assert clauses("a.asc", b"-----BEGIN X-----\n!\n-----END X-----") == []
    assert clauses("a.asc", b"-----BEGIN X-----\nabcde\n") == []
