import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.digests import digest_runs, digests_of
from safesend.message.address import Address

ADA = Address.parse("ada@example.org")
NAMES = ("md5", "sha1", "sha256")


def test_an_address_has_three_digests():
    """MD5, SHA-1 and SHA-256 in hex."""
    assert digests_of(ADA) == tuple(
        hashlib.new(name, b"ada@example.org").hexdigest() for name in NAMES
    )


def test_capitals_make_three_more():
    """As written first, then in lower case, as most programs do it."""
    found = digests_of(Address.parse("Ada@Example.ORG"))

    assert found[:3] == tuple(
        hashlib.new(name, b"Ada@example.org").hexdigest() for name in NAMES
    )
    assert found[3:] == digests_of(ADA)


def test_letters_that_are_not_ascii_are_hashed_as_utf_8():
    """So do programs that know no other way."""
    address = Address.parse("j\u00f6rg@b\u00fccher.example")

    assert hashlib.md5(address.wire.encode()).hexdigest() in digests_of(address)


FORMS = {
    "hex": bytes.hex,
    "HEX": lambda octets: octets.hex().upper(),
    "base64": lambda octets: base64.b64encode(octets).decode(),
    "bare base64": lambda octets: base64.b64encode(octets).decode().rstrip("="),
    "base64url": lambda octets: base64.urlsafe_b64encode(octets).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@given(
    octets=st.sampled_from((16, 20, 32)).flatmap(
        lambda n: st.binary(min_size=n, max_size=n)
    )
)
def test_a_digest_is_found_in_a_link(form, octets):
    """In hex, base64 and base64url, padded or not."""
    text = f"https://x.example/?u={FORMS[form](octets)}&v=1"

    assert octets.hex() in [digest for digest, _ in digest_runs(text)]


def test_the_offset_is_where_the_run_begins():
    """In characters of the text."""
    digest = digests_of(ADA)[0]

    assert list(digest_runs(f"id {digest}")) == [(digest, 3)]


@pytest.mark.parametrize(
    "text",
    ["", "ada", "a" * 31, "a" * 33, "0" * 41, "0" * 63, "0" * 65, "x" * 26, "/" * 50],
)
def test_runs_of_other_lengths_are_no_digests(text):
    """Exactly 32, 40 or 64 digits."""
    assert list(digest_runs(text)) == []


@given(st.text("0123456789abcdefXYZ+/=-_ ", max_size=120) | st.text())
def test_no_text_raises(text):
    """Each digest is lower-case hex of a known length."""
    for digest, offset in digest_runs(text):
        assert len(digest) in {32, 40, 64}
        assert bytes.fromhex(digest).hex() == digest
        assert 0 <= offset < len(text)
