"""A gallery of innocent mails and files: none of them is ever refused.

The audience are people of the sender's own domain, of the reader's domain and of the
domains that provide mail for everybody.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def _said(leaks: list[Leak]) -> list[str]:
    return [str(leak) for leak in leaks]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_an_innocent_mail_passes(path: Path, watch: Watch) -> None:
    """A mail that names nobody but its sender and its reader is not refused."""
    assert _said(watch.inspect(_octets(path), READER)) == []


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
