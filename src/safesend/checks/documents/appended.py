"""What stands behind the end of a file: programs do not show it, and it travels."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.files import File, read_inner
from safesend.checks.piece import Found

__all__ = ["read_appended"]

_PLACE = "after its end"


def read_appended(file: File, end: int) -> Iterator[Found]:
    """What follows the octet at which the format ends; filling is nothing."""
    rest = file.data[end:].lstrip(b"\0\r\n\t ")
    if rest:
        yield from read_inner(file.inner("", rest), _PLACE)
