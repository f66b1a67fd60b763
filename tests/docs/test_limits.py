"""The page of what cannot be seen is right: nothing on it is found, or says more."""

from __future__ import annotations

import base64
import hashlib
import zlib
from pathlib import Path

import pytest

import safesend
from safesend import Recipient

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "what-it-cannot-see.md"
BOB = "bob.smith@example.com"
PEOPLE = [
    Recipient("ada@example.org", name="Ada King"),
    Recipient(
        BOB,
        name="Robert Smith",
        diagnosis="Diabetes mellitus",
        room="K-17",
        born="1980-05-06",
        owed="1,234.56",
        phone="+44 7700 900123",
        account="99887766",
        rate=88776655.5,
    ),
]

# Words of the page, and a text of that kind: nobody is found in it.
UNSEEN = [
    ("initials", "R. Smith says hello"),
    ("a first name alone", "Robert says hello"),
    ("another dot", "bobsmith@example.com"),
    ("Up to five", " ".join(f"{c}.meier@elsewhere.example" for c in "vwxyz")),
    ("shorter ones", "room K-17"),
    ("a diagnosis", "Diabetes mellitus"),
    ("dates and sums", "born on 1980-05-06, owes 1,234.56"),
    ("numbers with a fraction", "88776655.5"),
    ("values in base64", base64.b64encode(b"the account is 99887766").decode()),
    ("cut in two by", "9988\n7766"),
    ("07700 900123", "call 07700 900123"),
    ("one above the other", "bob.smith\n\nexample.com"),
    ("in the middle of a word", "bob.smi\nth@example.com"),
    ("stand\n  apart", " ".join(BOB)),
    ("bob at example dot org", "bob.smith at example dot com"),
    ("base32", base64.b32encode(BOB.encode()).decode()),
    ("base85", base64.b85encode(BOB.encode()).decode()),
    ("numbers for letters", " ".join(str(ord(c)) for c in BOB)),
    ("b0b for bob", "b0b.sm1th@example.com"),
    ("packed octets", base64.b64encode(zlib.compress(BOB.encode())).decode()),
    ("with a salt", hashlib.sha256(f"salt{BOB}".encode()).hexdigest()),
    ("others than MD5", hashlib.sha512(BOB.encode()).hexdigest()),
]

# What the page says is found all the same.
SEEN = [
    ("from six on", " ".join(f"{c}.meier@elsewhere.example" for c in "uvwxyz")),
    ("hyphens", "bob.smith-at-example-dot-com"),
    ("brackets", "bob.smith [at] example [dot] com"),
    ("capitals", "bob.smith AT example DOT com"),
    ("ROT13", "obo.fzvgu@rknzcyr.pbz"),
    ("a full name", "Robert Smith says hello"),
]


def leaks(text: str) -> list[safesend.Leak]:
    """What a message with this text shows Ada of Bob."""
    head = "From: office@example.net\r\nTo: ada@example.org\r\nSubject: Hello\r\n\r\n"
    octets = (head + text.replace("\n", "\r\n") + "\r\n").encode()
    return safesend.inspect(octets, recipient="ada@example.org", audience=PEOPLE)


@pytest.mark.parametrize(("words", "text"), UNSEEN, ids=[words for words, _ in UNSEEN])
def test_what_the_page_says_is_not_seen(words: str, text: str) -> None:
    """Where this fails safesend sees more than the page says: mend the page."""
    assert words in PAGE.read_text("utf-8")
    assert leaks(text) == []


@pytest.mark.parametrize(("words", "text"), SEEN, ids=[words for words, _ in SEEN])
def test_what_the_page_says_is_seen(words: str, text: str) -> None:
    """The page does not promise what is not so."""
    assert words in PAGE.read_text("utf-8")
    assert leaks(text) != []
