import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import LedgerError
from safesend.ledger.vault import PlainVault, SealedVault, can_seal, open_vault

SECRET = bytes(32)
DIGEST = bytes(16)

payloads = st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.binary()))


@pytest.fixture
def bare(monkeypatch):
    """A machine without the package `cryptography`."""
    aead = "cryptography.hazmat.primitives.ciphers.aead"
    monkeypatch.setitem(sys.modules, aead, None)


@given(payloads)
@settings(max_examples=30)
def test_what_goes_in_comes_out(rows):
    """
    Of any payload, in any number, in both kinds of vault.
    """
    for vault in (PlainVault(), SealedVault(SECRET)):
        stored = vault.seal(rows)

        assert len(stored) == len(rows)
        for (digest, payload), kept in zip(rows, stored, strict=True):
            assert vault.unseal(digest, kept) == payload


def test_a_sealed_payload_shows_nothing():
    """
    Neither the text nor whether two are the same.
    """
    vault = SealedVault(SECRET)
    one, other = vault.seal([(DIGEST, b"ada@example.org")] * 2)

    assert b"ada" not in one
    assert one != other


@pytest.mark.parametrize("damage", ["other row", "a bit", "cut", "other key", "empty"])
def test_a_changed_payload_is_refused(damage):
    """
    Nothing is sent to where somebody else wanted it to go.
    """
    vault = SealedVault(SECRET)
    [stored] = vault.seal([(DIGEST, b"ada@example.org")])
    digest = bytes([1] * 16) if damage == "other row" else DIGEST
    changed = {
        "a bit": stored[:-1] + bytes([stored[-1] ^ 1]),
        "cut": stored[:20],
        "empty": b"",
    }
    vault = SealedVault(bytes([1] * 32)) if damage == "other key" else vault

    with pytest.raises(LedgerError, match="changed by another program"):
        vault.unseal(digest, changed.get(damage, stored))


def test_the_vault_is_chosen_by_what_the_ledger_says(bare):
    """
    Without the package a plain ledger works, and a sealed one says what to install.
    """
    assert isinstance(open_vault(SECRET, sealed=False), PlainVault)
    assert not can_seal()
    with pytest.raises(LedgerError, match=r"pip install safesend\[crypto\]"):
        open_vault(SECRET, sealed=True)


def test_the_package_is_noticed():
    """
    Where it is installed, rows are sealed.
    """
    assert can_seal()
    assert isinstance(open_vault(SECRET, sealed=True), SealedVault)
