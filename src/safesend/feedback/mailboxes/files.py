"""Mails that are files, one each, or come on standard input; and what they share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import attrs

from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes.base import LONGEST, Mail
from safesend.feedback.wrappings import Unfit

__all__ = ["MailFiles", "PipedMail", "Unmoved", "beginning_of"]

_CHUNK = 1 << 16


class Unmoved:
    """What all mailboxes have in common in which no mail can be marked or moved."""

    __slots__ = ()

    def filed(self, handles: Sequence[object], folder: str | None) -> None:
        """Leave them as they are."""

    def must_move(self, folder: str) -> None:  # noqa: ARG002 - see `Mailbox`
        """Raises `ConfigurationError`."""
        raise ConfigurationError(
            "mails can be moved (--move) in a Maildir or over IMAP only"
        )

    def close(self) -> None:
        """Nothing of ours is open."""


@attrs.define
class MailFiles(Unmoved):
    """A file with one mail, or a folder of files that end in .eml."""

    path: Path
    longest: int = LONGEST
    expected: int | None = attrs.field(init=False, default=None)
    passed_over: int = attrs.field(init=False, default=0)
    files: bool = attrs.field(init=False, default=False)

    @property
    def name(self) -> str:
        """The file or the folder."""
        return str(self.path)

    def mails(self) -> Iterator[Mail]:
        """The mails by the names of their files."""
        files = self._all()
        self.expected = len(files)
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                yield Mail(str(file), beginning_of(file, self.longest))

    def _all(self) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        return sorted(file for file in self.path.glob("*.eml") if file.is_file())


@attrs.define
class PipedMail(Unmoved):
    """One mail on standard input, as a mail server gives it to a command."""

    stream: BinaryIO
    longest: int = LONGEST
    name: str = attrs.field(init=False, default="standard input")
    expected: int | None = attrs.field(init=False, default=1)
    passed_over: int = attrs.field(init=False, default=0)
    files: bool = attrs.field(init=False, default=False)

    def mails(self) -> Iterator[Mail]:
        """The mail, if there is one; the stream is read to its end.

        A server that cannot write all of it takes that for a failure.
        """
        octets = self.stream.read(self.longest)
        while self.stream.read(_CHUNK):
            pass
        # Postfix's local(8) puts the line of an mbox before it.
        if octets.startswith(b"From "):
            octets = octets.partition(b"\n")[2]
        if octets.strip():
            yield Mail(self.name, octets)


def beginning_of(file: Path, longest: int) -> bytes | Unfit:
    """As much of a file as is read of a mail; one that cannot be read stops no other.

    Raises FileNotFoundError where it is not there any more.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(longest)
    except FileNotFoundError:
        raise
    except OSError as error:
        return Unfit("", f"cannot be read: {error.strerror}")
