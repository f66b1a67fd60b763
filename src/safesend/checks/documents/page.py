"""HTML files."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File, read_inner
from safesend.checks.html import read_html
from safesend.checks.piece import Found

__all__ = ["read"]


def read(file: File) -> Iterator[Found]:
    """What a page shows, its source, and the files that stand in its URLs."""

    def read_part(name: str, data: bytes) -> Iterator[Found]:
        return read_inner(file.inner(name, data))

    yield from read_html(decoded(file.data), unit="", read_file=read_part)
