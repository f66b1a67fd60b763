"""The SQL of ledger and suppression list: it lies in .sql files, named, explained."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["migrations", "named_queries"]

_FOLDER = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def named_queries(folder: Path = _FOLDER) -> dict[str, str]:
    """The statements of the files without a number by their names, without comments."""
    files = sorted(folder.glob("[a-z]*.sql"))
    text = "\n".join(path.read_text("utf-8") for path in files)
    parts = _NAME.split(text)[1:]
    return {
        name: _COMMENT.sub("", f"{body}\n").strip().rstrip(";")
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def migrations(folder: Path = _FOLDER) -> list[str]:
    """The numbered files in order: the n-th makes schema n out of schema n - 1."""
    return [path.read_text("utf-8") for path in sorted(folder.glob("[0-9]*.sql"))]
