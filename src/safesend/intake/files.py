"""The files of one row: named in a cell, found below one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from safesend.errors import AttachmentError
from safesend.message.attachment import Attachment
from safesend.message.values import Value

__all__ = ["FileProblem", "personal_files"]


_OUTSIDE = (
    "the path leads out of the folder of the list; move the file, or say"
    " attachments_dir="
)


class FileProblem(ValueError):
    """A cell that names no file to attach; the text says why, not what it named."""


def personal_files(folder: Path, cell: Value) -> Iterator[Attachment]:
    """The files that a cell names, relative to `folder`, several with ";" between.

    In JSON the cell may be a list. An empty one names none. Raises `FileProblem` for
    a path that leads out of the folder, and for what is no file there.
    """
    for text in _paths(cell):
        path = Path(os.path.normpath(folder / text))
        if not path.is_relative_to(folder):
            raise FileProblem(_OUTSIDE)
        if not _is_file(path):
            raise FileProblem("the file that is named here is missing, or is no file")
        # With links followed: a link that leads out is a way out as well.
        if not path.resolve().is_relative_to(folder.resolve()):
            raise FileProblem(_OUTSIDE)
        yield _attachment(path)


def _paths(cell: Value) -> list[str]:
    if cell is None:
        return []
    if isinstance(cell, str):
        return [path for part in cell.split(";") if (path := part.strip())]
    items = cell if isinstance(cell, tuple) else (cell,)
    paths = [item for item in items if isinstance(item, str)]
    if len(paths) != len(items):
        raise FileProblem("the paths of files are text, or a list of texts")
    return paths


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # A folder on the way that may not be entered.
        return False


def _attachment(path: Path) -> Attachment:
    try:
        return Attachment.from_path(path)
    except AttachmentError as error:
        # The name of the file stands before the reason, and may name a person.
        reason = str(error).rpartition(": ")[2]
        raise FileProblem(f"the file cannot be attached: {reason}") from None
