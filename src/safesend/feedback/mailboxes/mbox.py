"""Mails in an mbox, while mail may be appended to it.

Where it ends is seen under its lock (fcntl, as delivery programs and mail readers
take it), and it is read up to there without: delivery is not held up for as long as
that takes. A mail begins with a line `From ` after an empty line, and of `>From ` one
mark is taken away (mboxrd, and as far as that can be known mboxo).
"""

from __future__ import annotations

import fcntl
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import attrs

from safesend.errors import TransportError
from safesend.feedback.mailboxes.base import LONGEST, Mail
from safesend.feedback.mailboxes.files import Unmoved

__all__ = ["Mbox"]

_FROM = b"From "
_QUOTED = re.compile(rb">+From ")
_PAUSE = 0.05
_CHUNK = 1 << 16


@attrs.define
class Mbox(Unmoved):
    """All mails of an mbox; it is never changed.

    `patience`: seconds to wait while another program holds the lock.
    """

    path: Path
    longest: int = LONGEST
    patience: float = 10.0
    expected: int | None = attrs.field(init=False, default=None)
    passed_over: int = attrs.field(init=False, default=0)
    files: bool = attrs.field(init=False, default=False)

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def mails(self) -> Iterator[Mail]:
        """The mails, with the number of their first line."""
        with self.path.open("rb") as file:
            end = _end(file, self.path, self.patience)
            for number, octets in _split(_lines(file, end), self.longest):
                yield Mail(f"{self.path}:{number}", octets)


def _end(file: BinaryIO, path: Path, patience: float) -> int:
    """Where the file ends when nobody is writing to it. Raises `TransportError`."""
    pause = threading.Event()
    for _ in range(1 + round(patience / _PAUSE)):
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # both are in use (POSIX fcntl)
            pause.wait(_PAUSE)
            continue
        end = file.seek(0, 2)
        fcntl.lockf(file, fcntl.LOCK_UN)
        file.seek(0)
        return end
    raise TransportError(f"{path}: another program holds the lock of this mbox")


def _lines(file: BinaryIO, end: int) -> Iterator[bytes]:
    """The lines up to there; a very long one in pieces."""
    while end > 0 and (line := file.readline(min(_CHUNK, end))):
        end -= len(line)
        yield line


def _split(lines: Iterator[bytes], longest: int) -> Iterator[tuple[int, bytes]]:
    """The beginning of each mail, without its `From ` line."""
    number, begun = 1, 0
    octets = bytearray()
    whole, empty = True, True
    for line in lines:
        if whole and empty and line.startswith(_FROM):
            if begun:
                yield begun, bytes(octets)
            begun, octets = number, bytearray()
        elif len(octets) < longest:
            quoted = whole and _QUOTED.match(line)
            octets += line[bool(quoted) :][: longest - len(octets)]
        empty = whole and not line.strip(b"\r\n")
        whole = line.endswith(b"\n")
        number += whole
    if begun:
        yield begun, bytes(octets)
