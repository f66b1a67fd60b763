"""Where a preview is written: one page, or a folder with a page and its messages.

All of it holds personal data: nobody but its owner may read it. What a preview did not
write is not overwritten.
"""

from __future__ import annotations

import os
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.preview.look import Preview
from safesend.preview.page import GENERATOR, page

__all__ = ["check_folder", "check_page", "write_folder", "write_page"]

_PAGE = "index.html"
_MESSAGES = "message-*.eml"
_BEGINNING = 4096
_MARK = f'<meta name="generator" content="{GENERATOR}">'
_ONLY_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def check_page(file: Path) -> None:
    """Raise `ConfigurationError` where a file lies that no preview made."""
    if file.exists() and not _is_ours(file):
        raise ConfigurationError(
            f"{file} is there already and was not made by a preview; give another name,"
            " or --force to replace it"
        )


def check_folder(folder: Path) -> None:
    """Raise `ConfigurationError` for a folder that holds anything but a preview."""
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder / _PAGE):
        raise ConfigurationError(
            f"{folder} holds files that no preview made; give another folder with"
            " --out, or --force to write into this one"
        )


def write_page(preview: Preview, file: Path, *, force: bool = False) -> Path:
    """Write one page that needs nothing else; gives it back.

    Raises what `check_page` does, unless `force` says that anything may be replaced.
    """
    if not force:
        check_page(file)
    _write(file, page(preview).encode())
    return file


def write_folder(preview: Preview, folder: Path, *, force: bool = False) -> Path:
    """Write a folder: `index.html` and each message as a file; gives the page back.

    What an earlier preview left there is replaced. Raises what `check_folder` does,
    unless `force` says that other files may lie beside.
    """
    if not force:
        check_folder(folder)
    index = folder / _PAGE
    if _is_ours(index):
        for old in folder.glob(_MESSAGES):
            old.unlink()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = [
        f"message-{look.number:03}.eml" if look.message else ""
        for look in preview.looks
    ]
    for name, look in zip(names, preview.looks, strict=True):
        if name:
            content = preview.rehearsal.message(look.recipient).content
            _write(folder / name, content)
    _write(index, page(preview, names).encode())
    return index


def _is_ours(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as octets:
        return _MARK.encode() in octets.read(_BEGINNING)


def _write(file: Path, octets: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, _ONLY_NEW, 0o600), "wb") as opened:
        opened.write(octets)
    draft.replace(file)
