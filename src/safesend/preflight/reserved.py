"""Domains that nobody can have: they stand in examples and tests (pure)."""

from __future__ import annotations

__all__ = ["RESERVED", "is_reserved"]

RESERVED = "RFC 2606"
_SECOND = frozenset({"example.com", "example.net", "example.org"})
_TOP = frozenset({"example", "invalid", "localhost", "test"})


def is_reserved(domain: str) -> bool:
    """Whether it is one of them, or below one (RFC 2606, RFC 6761 section 6)."""
    labels = domain.split(".")
    return labels[-1] in _TOP or ".".join(labels[-2:]) in _SECOND
