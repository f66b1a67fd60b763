"""Which kind of file somebody imports, by what it begins with."""

from __future__ import annotations

import codecs
import os
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from safesend.errors import AudienceError, Problem
from safesend.intake import TableAudience, read_csv, read_jsonl
from safesend.intake.plain import read_plain
from safesend.suppression.exchange import MARK

__all__ = ["Importable", "Known", "begins", "is_export", "knowable", "people_in"]

Importable = str | os.PathLike[str] | BinaryIO
"""A path, or an open file of octets such as `sys.stdin.buffer`."""

Known = str | os.PathLike[str] | BufferedReader
"""The same, into which one may look without taking from it."""

_ENOUGH = 4096


def knowable(file: Importable) -> Known:
    """The file, so that one may look into it."""
    if isinstance(file, str | os.PathLike | BufferedReader):
        return file
    return BufferedReader(file)  # type: ignore[arg-type]  # any has its readinto


def begins(file: Known) -> str:
    """The first line with something in it, as far as a look at the start tells."""
    octets = file.peek(_ENOUGH) if isinstance(file, BufferedReader) else _start(file)
    wide = octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = octets[:_ENOUGH].decode("utf-16" if wide else "utf-8-sig", "replace")
    return text.strip().partition("\n")[0].strip()


def is_export(first: str) -> bool:
    """Whether that is the first line of an export."""
    return first.startswith("{") and f'"{MARK}"' in first


def people_in(
    file: Known, first: str, *, address: str | None, skip_invalid: bool
) -> TableAudience:
    """The people of a file that begins so: JSON Lines, plain addresses, or CSV.

    One who stands in it twice is no mistake here.
    """
    if first.startswith("{"):
        found = read_jsonl(file, address=address, skip_invalid=skip_invalid)
    elif "@" in first and not set(first) & set(',;|\t"'):
        found = read_plain(file, skip_invalid=skip_invalid)
    else:
        found = read_csv(file, address=address, skip_invalid=skip_invalid)
    return found.with_repeats()


def _start(path: str | os.PathLike[str]) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_ENOUGH)
    except OSError as error:
        problem = Problem(os.fspath(path), 0, "", f"cannot be read: {error.strerror}")
        raise AudienceError([problem], outcome="nothing was imported") from None
