"""A template as a folder: subject.txt, body.txt, body.html, attachments/, inline/."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from safesend.errors import TemplateError
from safesend.message.attachment import Attachment
from safesend.redaction import mask_text

__all__ = ["Folder", "read_folder"]

_KNOWN = frozenset({"body.html", "body.txt", "subject.txt"})
# "~$" are the locks of office programs, "#...#" and "...~" copies of editors.
_BACKUP_ENDS = ("~", "#", ".bak", ".orig", ".swp", ".tmp")
_BACKUP_STARTS = (".", "~$", "#")
_LITTER = frozenset({"desktop.ini", "thumbs.db"})


@attrs.frozen
class Folder:
    """What a folder holds."""

    subject: str = attrs.field(repr=False)
    text: str | None = attrs.field(repr=False)
    html: str | None = attrs.field(repr=False)
    attachments: tuple[Attachment, ...]
    inline: tuple[Attachment, ...]


def read_folder(path: str | os.PathLike[str]) -> Folder:
    """Read a template's folder. TemplateError names the file that is wrong."""
    folder = Path(path)
    if not folder.is_dir():
        raise TemplateError(f"{mask_text(str(folder))} is not a folder")
    _refuse_lookalikes(folder)
    return Folder(
        subject=_subject(folder / "subject.txt"),
        text=_text(folder / "body.txt"),
        html=_text(folder / "body.html"),
        attachments=tuple(map(Attachment.from_path, _files(folder / "attachments"))),
        inline=tuple(
            Attachment.from_path(file, cid=file.name)
            for file in _files(folder / "inline")
        ),
    )


def _refuse_lookalikes(folder: Path) -> None:
    """body.htm or Subject.txt would be left out in silence."""
    for file in _entries(folder):
        stem = file.name.lower().partition(".")[0]
        if stem in ("body", "subject") and file.name not in _KNOWN:
            known = ", ".join(sorted(_KNOWN))
            raise TemplateError(f"{_shown(file)} is not read; the names are {known}")


def _subject(file: Path) -> str:
    text = _text(file)
    if text is None:
        raise TemplateError(f"{_shown(file)} is missing", "subject")
    lines = text.splitlines()
    if len(lines) != 1:
        raise TemplateError(f"{_shown(file)} must hold exactly one line", "subject")
    return lines[0]


def _text(file: Path) -> str | None:
    if not file.exists():
        return None
    if not file.is_file():
        raise TemplateError(f"{_shown(file)} is not a regular file")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 (octet {error.start})"
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    raise TemplateError(f"{_shown(file)} {reason}")


def _files(folder: Path) -> Iterator[Path]:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise TemplateError(f"{_shown(folder)} is not a folder")
    for file in _entries(folder):
        if not file.is_file():
            raise TemplateError(f"{_shown(file)} is not a regular file")
        yield file


def _entries(folder: Path) -> list[Path]:
    """Sorted by name, so that the same folder is the same letter everywhere."""
    return sorted(file for file in folder.iterdir() if not _ignored(file.name))


def _ignored(name: str) -> bool:
    litter = name.lower() in _LITTER
    return litter or name.startswith(_BACKUP_STARTS) or name.endswith(_BACKUP_ENDS)


def _shown(file: Path) -> str:
    return mask_text(str(file))
