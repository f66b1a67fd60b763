"""A list of whatever kind its name says, in one file or in several of that kind."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.intake.csv import read_csv
from safesend.intake.jsonl import read_jsonl
from safesend.intake.parquet import read_parquet
from safesend.intake.table import TableAudience

__all__ = ["is_csv", "list_files", "read_any"]

_KINDS = {".jsonl": "JSON Lines", ".ndjson": "JSON Lines", ".parquet": "Parquet"}
_CSV = "CSV"
_PATTERN = re.compile(r"[*?\[]")


def read_any(
    files: Path | Sequence[Path],
    *,
    address: str | None = None,
    key: str | None = None,
    skip_invalid: bool = False,
    attachments: str | Iterable[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> TableAudience:
    """The recipients of JSON Lines, Parquet or CSV, told by the ends of the names.

    `encoding` and `delimiter` are for CSV. Raises `ConfigurationError`, also for files
    of several kinds.
    """
    paths = [files] if isinstance(files, Path) else list(files)
    others = [path for path in paths if _kind(path) != _kind(paths[0])]
    if others:
        raise ConfigurationError(
            f"{paths[0]} is {_kind(paths[0])} and {others[0]} is {_kind(others[0])}; a"
            " list lies in files of one kind"
        )
    if is_csv(paths[0]):
        return read_csv(
            paths,
            address=address,
            key=key,
            skip_invalid=skip_invalid,
            attachments=attachments,
            encoding=encoding,
            delimiter=delimiter,
        )
    if _kind(paths[0]) == _KINDS[".parquet"]:
        return read_parquet(
            paths,
            address=address,
            key=key,
            skip_invalid=skip_invalid,
            attachments=attachments,
        )
    return read_jsonl(
        paths,
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        attachments=attachments,
    )


def is_csv(path: Path) -> bool:
    """Whether that is taken for CSV, as everything is that says nothing else."""
    return _kind(path) == _CSV


def list_files(folder: Path, written: str) -> list[Path]:
    """The files that a path means, which counts from a folder, or a pattern.

    "people/part-*.csv" is all of them in natural order: part-2 before part-10. None
    where there is none.
    """
    file = folder / written
    if file.is_file():
        return [file]
    if not _PATTERN.search(written):
        return []
    pattern = os.path.join(glob.escape(str(folder)), written)  # noqa: PTH118
    found = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207
    return sorted((one for one in found if one.is_file()), key=_natural)


def _kind(path: Path) -> str:
    return _KINDS.get(path.suffix.lower(), _CSV)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Numbers by what they are, and all else as text between them."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part) if place % 2 else 0, part) for place, part in enumerate(parts)]
