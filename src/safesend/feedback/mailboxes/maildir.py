"""Mails in a Maildir, or in one folder of it.

A file lies in `new`, or in `cur` with flags behind its name (":2,RS"). Whoever reads it
moves it and changes its flags, also while we look; the part before the colon stays.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes.base import LONGEST, Mail
from safesend.feedback.mailboxes.files import beginning_of

__all__ = ["Maildir"]

_INFO = ":2,"
_SEEN, _TRASHED = "S", "T"
_PARTS = "new", "cur"


@attrs.define
class Maildir:
    """The unread mails of a Maildir, or all of them.

    A folder of a Maildir (Maildir++: `.Bounces` in it) is a Maildir itself.
    """

    path: Path
    everything: bool = False
    longest: int = LONGEST
    expected: int | None = attrs.field(init=False, default=None)
    passed_over: int = attrs.field(init=False, default=0)
    files: bool = attrs.field(init=False, default=True)

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.path)

    def mails(self) -> Iterator[Mail]:
        """The mails; one that somebody moves meanwhile comes the next time."""
        wanted = [*self._wanted()]
        self.expected = len(wanted)
        for base, file in wanted:
            with contextlib.suppress(FileNotFoundError):
                yield Mail(str(file), beginning_of(file, self.longest), base)

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        self.passed_over = 0
        for base, file in self._found().items():
            flags = _flags(file.name)
            if _TRASHED in flags or (_SEEN in flags and not self.everything):
                self.passed_over += _TRASHED not in flags
            else:
                yield base, file

    def _found(self) -> dict[str, Path]:
        """Every mail by the part of its name that stays, oldest first."""
        return {
            file.name.partition(_INFO)[0]: file
            for part in _PARTS  # what is moved to cur while we look is seen there
            for file in sorted((self.path / part).iterdir())
            if not file.name.startswith(".") and file.is_file()
        }

    def filed(self, handles: Sequence[object], folder: str | None) -> None:
        """Give them the flag S in `cur`, here or in a folder beside it."""
        goal = self.path if folder is None else self._folder(folder)
        found = self._found()
        for handle in handles:
            if (file := found.get(str(handle))) is None:
                continue
            flags = "".join(sorted({*_flags(file.name), _SEEN}))
            with contextlib.suppress(FileNotFoundError):
                file.rename(goal / "cur" / f"{handle}{_INFO}{flags}")

    def must_move(self, folder: str) -> None:
        """Raises `ConfigurationError` for what is no name of a folder."""
        name = folder
        if not name.strip(".") or name.startswith(".") or "/" in name or "\0" in name:
            raise ConfigurationError(
                f"{name!r} is no name of a folder of a Maildir: letters, as in 'Done',"
                " or 'Bounces.Done' for one in another"
            )

    def _folder(self, name: str) -> Path:
        """A folder as Maildir++ has it: ".Name" in the Maildir, made if it is new."""
        self.must_move(name)
        top = self.path.resolve()
        if top.name.startswith(".") and (top.parent / "cur").is_dir():
            top = top.parent
        folder = top / f".{name}"
        if not (folder / "cur").is_dir():
            _make(folder, top.stat())
        return folder

    def close(self) -> None:
        """Nothing is open."""


def _flags(name: str) -> str:
    return name.partition(_INFO)[2]


def _make(folder: Path, like: os.stat_result) -> None:
    """A folder that belongs to whom the Maildir belongs: root may read for others.

    Who owns the Maildir may have put a link there: none is followed, and what was there
    before is given to nobody.
    """
    if folder.is_symlink() or folder.is_file():
        raise ConfigurationError(f"{folder}: it is a link or a file, and no folder")
    for path in (folder, *(folder / part for part in ("tmp", *_PARTS))):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
            _give(path, like)
    marker = folder / "maildirfolder"
    with contextlib.suppress(FileExistsError):
        marker.touch(exist_ok=False)
        _give(marker, like)


def _give(path: Path, like: os.stat_result) -> None:
    with contextlib.suppress(PermissionError):
        os.chown(path, like.st_uid, like.st_gid, follow_symlinks=False)
