"""An mbox: all messages in one file, in the mboxrd dialect.

Lines end with LF. A line that begins with `From `, after any number of `>`, gets one
`>` more (mboxrd, which can be undone; readers of the older dialects show it).

The file is locked with fcntl for each batch, as mail readers do. There is no dot-lock
file: a killed run would leave it behind and lock everybody out, while the kernel lets
go of an fcntl lock.

A batch that a crash tore is taken out again. Before a batch is appended, a journal
beside the file (`NAME.safesend`) says durably where it begins and ends and what its
digest is. Whoever opens the file next finds either the whole batch, and keeps it, or
a part, and cuts it off; nobody was told that it was stored. When another program has
appended after the torn part, nothing is cut and the file is refused.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.delivery import Accepted, InDoubt, Outcome
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.transports.base import Limits, Session
from safesend.transports.files import (
    absolute,
    make_folder,
    not_stored,
    open_folder,
    open_session,
    path_in,
    write_all,
)

__all__ = ["MboxTransport"]

_OWN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_PAUSE = 0.05
_BLOCK = 1 << 20

# fcntl locks belong to the process: threads of one process exclude each other here.
_THREADS: dict[Path, threading.Lock] = {}


@attrs.frozen
class MboxTransport:
    """Appends each message to `file`, which is made (0600) when it is not there.

    `patience`: seconds to wait while another program holds the lock of the file.
    Unlike a folder, an mbox cannot replace: a row that is sent again after a doubt
    may stand in it twice.
    """

    file: Path = attrs.field(converter=absolute)
    patience: float = 5.0
    clock: Clock = SYSTEM

    @classmethod
    def from_url(
        cls, url: str, *, password: str | Secret | None = None
    ) -> MboxTransport:
        """From `mbox:out.mbox` or `mbox:///srv/out.mbox`.

        Raises `ConfigurationError`.
        """
        return cls(path_in(url, password))

    @property
    def name(self) -> str:
        """The file, as a URL."""
        return f"mbox:{self.file}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one file for all
        """Always the file."""
        return self.name

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """Make, lock and mend the file. Raises `TransportError`."""
        return await open_session(self.file, lambda: _Mbox(self))

    def limits(self) -> Limits | None:
        """A disk has none that it would tell."""
        return None


class _Mbox:
    def __init__(self, settings: MboxTransport) -> None:
        path = self._path = settings.file
        self._clock, self._patience = settings.clock, settings.patience
        self._journal = _Journal(path.with_name(f"{path.name}.safesend"))
        make_folder(path.parent)
        with _locked(path, self._patience) as file:
            _must_be_mbox(file)
            _mend(file, self._journal.read())

    def write(self, batch: Sequence[Envelope]) -> list[Outcome]:
        octets = b"".join(map(self._entry, batch))
        try:
            with _locked(self._path, self._patience) as file:
                return self._append(file, octets, len(batch))
        except OSError as error:
            return not_stored(error, len(batch))

    def _append(self, file: int, octets: bytes, count: int) -> list[Outcome]:
        begin = _mend(file, self._journal.read())
        octets = _blank_line(file, begin) + octets
        self._journal.write(_Planned.of(begin, octets))
        try:
            os.lseek(file, begin, os.SEEK_SET)
            write_all(file, octets)
            os.fsync(file)
        except OSError as error:
            return _take_back(file, begin, error, count)
        return [Accepted()] * count

    def _entry(self, envelope: Envelope) -> bytes:
        # The envelope sender has no blanks but in a quoted local part.
        sender = re.sub(r"\s", "_", envelope.sender) or "MAILER-DAEMON"
        date = time.asctime(time.gmtime(self._clock.now()))
        text = envelope.content.replace(b"\r\n", b"\n")
        if b"From " in text:
            text = _FROM_LINE.sub(rb">\1", text)
        end = b"\n" if text.endswith(b"\n") else b"\n\n"
        return b"From %b %b\n%b%b" % (sender.encode(), date.encode(), text, end)

    def close(self) -> None:
        with contextlib.suppress(OSError), _locked(self._path, self._patience) as file:
            _mend(file, self._journal.read())
            self._journal.path.unlink()


@attrs.frozen
class _Planned:
    """A batch that is about to be appended: from where to where, and its SHA-256."""

    begin: int
    end: int
    digest: str

    @classmethod
    def of(cls, begin: int, octets: bytes) -> _Planned:
        digest = hashlib.sha256(octets).hexdigest()
        return cls(begin, begin + len(octets), digest)

    def line(self) -> bytes:
        """As the journal holds it, with a digest of its own."""
        plan = f"{self.begin} {self.end} {self.digest}"
        return f"{plan} {hashlib.sha256(plan.encode()).hexdigest()}\n".encode()


@attrs.frozen
class _Journal:
    path: Path

    def read(self) -> _Planned | None:
        """None when nothing was planned.

        Nor was anything when the line is torn: it was not durable yet.
        """
        try:
            line = self.path.read_bytes()
        except FileNotFoundError:
            return None
        match line.split():
            case [begin, end, digest, _] if begin.isdigit() and end.isdigit():
                planned = _Planned(int(begin), int(end), digest.decode("latin-1"))
                return planned if planned.line() == line else None
        return None

    def write(self, planned: _Planned) -> None:
        """Replace what was planned before; durable on return. Raises OSError."""
        new = not self.path.exists()
        file = os.open(self.path, _OWN | os.O_TRUNC, 0o600)
        try:
            write_all(file, planned.line())
            os.fsync(file)
        finally:
            os.close(file)
        if new:
            _sync_folder(self.path.parent)


def _mend(file: int, planned: _Planned | None) -> int:
    """Cut off a torn batch; gives the length of the file. Raises OSError."""
    size = os.fstat(file).st_size
    if planned is None or size <= planned.begin or _is_whole(file, size, planned):
        return size
    if size > planned.end:
        raise OSError(
            errno.EPERM,
            f"an unfinished batch begins at octet {planned.begin} and other mail "
            f"follows it; move the file and its .safesend journal away",
        )
    os.ftruncate(file, planned.begin)
    os.fsync(file)
    return planned.begin


def _is_whole(file: int, size: int, planned: _Planned) -> bool:
    if size < planned.end:
        return False
    digest = hashlib.sha256()
    for begin in range(planned.begin, planned.end, _BLOCK):
        digest.update(os.pread(file, min(_BLOCK, planned.end - begin), begin))
    return digest.hexdigest() == planned.digest


def _take_back(file: int, begin: int, error: OSError, count: int) -> list[Outcome]:
    try:
        os.ftruncate(file, begin)
        os.fsync(file)
    except OSError:
        return [InDoubt(text="the disk failed in the middle of a batch")] * count
    return not_stored(error, count)


def _blank_line(file: int, size: int) -> bytes:
    """What is missing of the blank line that ends the mail before."""
    end = os.pread(file, 2, max(0, size - 2))
    if not end or end == b"\n\n":
        return b""
    return b"\n" if end.endswith(b"\n") else b"\n\n"


@contextlib.contextmanager
def _locked(path: Path, patience: float) -> Iterator[int]:
    """A descriptor of the file; nobody else writes to it meanwhile. Raises OSError."""
    new = not path.exists()
    with _THREADS.setdefault(path, threading.Lock()):
        file = os.open(path, _OWN, 0o600)
        try:
            _lock(file, patience)
            if new:
                _sync_folder(path.parent)
            yield file
        finally:
            os.close(file)  # lets go of the lock, too


def _lock(file: int, patience: float) -> None:
    pause = threading.Event()
    for _ in range(1 + round(patience / _PAUSE)):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # both are in use (POSIX fcntl)
            pause.wait(_PAUSE)
        else:
            return
    raise OSError(errno.EAGAIN, "another program holds its lock")


def _must_be_mbox(file: int) -> None:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise OSError(errno.EPERM, "it is not an ordinary file")
    if os.pread(file, 5, 0) not in {b"", b"From "}:
        raise OSError(errno.EPERM, "it is there and is not an mbox")


def _sync_folder(path: Path) -> None:
    folder = open_folder(path)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
