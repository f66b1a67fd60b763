"""HTML files."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.html import read_html
from safesend.checks.piece import Found

__all__ = ["read"]


def read(file: File) -> Iterator[Found]:
    """What a page shows, and its source."""
    yield from read_html(decoded(file.data), unit="")
