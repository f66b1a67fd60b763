"""Texts that hide in a text: encoded, escaped, spelt out, written backwards."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["APART", "hinted", "undone"]

APART = "written apart"


def hinted(text: str) -> bool:
    """Whether there may be an address in the text at all."""
    return "@" in text


def undone(text: str) -> Iterator[tuple[str, int, str]]:
    """Texts that hide in a text, where each stood, and how it was hidden."""
    yield from ()
