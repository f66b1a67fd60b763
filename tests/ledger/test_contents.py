"""ledger/contents.py: how parts are named, and what of them is not sound."""

from __future__ import annotations

import hashlib

import pytest

from safesend.errors import LedgerError
from safesend.ledger.contents import digest_of, missing, place_of, sound

KEY = b"k" * 32


def test_a_part_has_the_name_of_its_octets():
    """
    Its SHA-256, from which only the key of a ledger leads to its place.
    """
    assert digest_of(b"map") == hashlib.sha256(b"map").digest()
    assert place_of(KEY, digest_of(b"map")) != place_of(b"K" * 32, digest_of(b"map"))
    assert place_of(KEY, digest_of(b"map")) != digest_of(b"map")


def test_what_lies_in_the_wrong_place_is_refused():
    """
    Whoever can write into the file cannot put one part in another's place.
    """
    place = place_of(KEY, digest_of(b"map"))
    assert sound(KEY, place, b"map") == b"map"
    with pytest.raises(LedgerError, match="damaged"):
        sound(KEY, place, b"plan")


def test_a_part_that_is_missing_is_named_shortly():
    """
    Enough to find it, in an error of the ledger.
    """
    assert digest_of(b"map").hex()[:16] in str(missing(digest_of(b"map")))
