"""Every flaw has words."""

from __future__ import annotations

from safesend.preflight.tls_words import FLAWS
from safesend.smtp.seen import TlsFlaw


def test_no_flaw_is_without_words():
    """They are told apart by them."""
    assert set(FLAWS) == set(TlsFlaw)
    assert len(set(FLAWS.values())) == len(TlsFlaw)
