"""A gallery of innocent mails and files: none of them is ever refused.

The audience are people of the sender's own domain, of the reader's domain and of the
domains that provide mail for everybody.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.planting.innocent import FILES
from checks.planting.office import INNOCENT, OfficeFile
from safesend.errors import Leak
from safesend.message.recipient import Recipient
from safesend.scanner.inspection import Watch

MAILS = sorted((Path(__file__).parent / "innocent").glob("*.eml"))
READER = "ada.lindqvist@recipients.example"
DOMAINS = (
    "recipients.example",
    "rowing-club.example",
    "garden.example",
    "kanzlei.example",
    "shop.example",
    "verein.example",
    "mail.gmail.com",
    "gmail.com",
    "outlook.com",
)
NAMES = ("bob", "eve", "x", "a", "info2", "media", "member", "png", "s", "m", "jonas")


def _audience() -> Iterator[Recipient]:
    """People with names, cities and account numbers, the reader among them."""
    yield Recipient(READER, name="Ada Lindqvist", city="Seestadt", account="DE4711-001")
    for number, (name, domain) in enumerate((n, d) for n in NAMES for d in DOMAINS):
        yield Recipient(
            f"{name}@{domain}",
            name=f"{name.title()} Person{number}",
            city="Seestadt",
            account=f"DE4711-{number + 100}",
        )


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """The audience; the sender's colleague is known to everybody."""
    with Watch(_audience()) as looking:
        yield looking


def _octets(path: Path) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", path.read_bytes())


def _with_file(name: str, content: bytes) -> bytes:
    encoded = base64.encodebytes(content).decode()
    return (
        (
            "From: Rowing Club <news@rowing-club.example>\n"
            f"To: {READER}\nSubject: Prices\nMessage-ID: <1f3c@rowing-club.example>\n"
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="edge"\n\n'
            "--edge\nContent-Type: text/plain; charset=utf-8\n\n"
            "Dear Ada, please find the prices attached.\n"
            "--edge\nContent-Type: application/octet-stream\n"
            "Content-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="{name}"\n\n'
            f"{encoded}\n--edge--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def _signed() -> bytes:
    """A mail with an S/MIME signature (RFC 8551), as OpenSSL makes it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    key = ec.generate_private_key(ec.SECP256R1())
    sender = "news@rowing-club.example"
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Rowing Club"),
            x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, sender),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
        .sign(key, hashes.SHA256())
    )
    body = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"Content-Type: text/plain\r\n\r\nDear Ada, open again.\r\n")
        .add_signer(certificate, key, hashes.SHA256())
        .sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    )
    head = f"From: {sender}\r\nTo: {READER}\r\nSubject: Open again\r\n"
    return head.encode() + re.sub(rb"\r?\n", b"\r\n", body)


def _said(leaks: list[Leak]) -> list[str]:
    return [str(leak) for leak in leaks]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_an_innocent_mail_passes(path: Path, watch: Watch) -> None:
    """A mail that names nobody but its sender and its reader is not refused."""
    assert _said(watch.inspect(_octets(path), READER)) == []


def test_a_signed_mail_passes(watch: Watch) -> None:
    """The certificate in a signature names the sender, and is no secret file."""
    assert _said(watch.inspect(_signed(), READER)) == []


@pytest.mark.parametrize("name", FILES)
def test_an_innocent_file_passes(name: str, watch: Watch) -> None:
    """Nor is one with a file that libraries wrote."""
    message = _with_file(name, FILES[name]())
    assert _said(watch.inspect(message, READER)) == []


@pytest.mark.parametrize(
    ("source", "kind"), [(s, kind) for s, kinds in INNOCENT.items() for kind in kinds]
)
def test_what_libreoffice_wrote_passes(
    source: str, kind: str, office_file: OfficeFile, watch: Watch
) -> None:
    """Nor is one with a document of LibreOffice, and nothing in it counts as hidden."""
    path = office_file(source, kind)
    message = _with_file(path.name, path.read_bytes())
    assert _said(watch.inspect(message, READER)) == []


TOKENS = st.binary(min_size=1, max_size=60).flatmap(
    lambda octets: st.sampled_from(
        [
            base64.b64encode(octets).decode(),
            base64.urlsafe_b64encode(octets).decode().rstrip("="),
            octets.hex(),
            "".join(f"%{octet:02X}" for octet in octets),
            hashlib.sha256(octets).hexdigest(),
            hashlib.md5(octets).hexdigest(),
        ]
    )
)


@given(tokens=st.lists(TOKENS, max_size=5), words=st.text(max_size=80))
def test_tokens_and_words_are_nobody(
    tokens: list[str], words: str, watch: Watch
) -> None:
    """Random tokens and any text, which only chance could make an address."""
    links = " ".join(f"https://s.example/t/{token}" for token in tokens)
    head = f"From: news@rowing-club.example\r\nTo: {READER}\r\nSubject: Open\r\n\r\n"
    message = f"{head}{words}\r\n{links}\r\n".encode("utf-8", "replace")
    assert [leak for leak in watch.inspect(message, READER) if leak.check == "I3"] == []
    message = f"{head}Hello Ada\r\n{links}\r\n".encode()
    assert _said(watch.inspect(message, READER)) == []
