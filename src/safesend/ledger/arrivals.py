"""Arrival times of throttles (GCRA), in memory or in a file that processes share.

A rate that each process counts for itself is not kept when two of them send. So the one
number that a throttle needs lies in a mapped file beside the ledger, behind a lock that
is held for a few microseconds. What stands in it are seconds of the monotonic clock,
which is one for all processes of a machine until that starts again; hence the boot id.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from safesend.errors import LedgerError
from safesend.ledger.flow import Times
from safesend.ledger.place import PRIVATE

__all__ = ["OwnArrivals", "SharedArrivals", "arrivals_path"]

_HEADER = struct.Struct("<8s40s")
_MAGIC = b"sspace01"
_NAME = 16
_SLOTS = 4096
_TIMES = _HEADER.size + _NAME * _SLOTS
_SIZE = _TIMES + 8 * _SLOTS
_PATIENCE = 50
"""Tries for the lock: who has it needs it for a few microseconds, unless stopped."""


def arrivals_path(ledger: Path) -> Path:
    """The file beside a ledger."""
    return ledger.with_name(f"{ledger.name}.pace")


class OwnArrivals:
    """Of one process alone; see `Arrivals`."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._times: list[float] = []

    def slot(self, name: str) -> int:
        """See `Arrivals.slot`."""
        if name not in self._names:
            self._names[name] = len(self._times)
            self._times.append(0.0)
        return self._names[name]

    @contextlib.contextmanager
    def locked(self) -> Iterator[Times]:
        """See `Arrivals.locked`."""
        yield self._times


class SharedArrivals:
    """Of all processes that use a ledger; see `Arrivals`."""

    def __init__(self, path: Path, boot: str) -> None:
        """Open the file, made if need be. Raises `LedgerError`."""
        self._slots: dict[str, int] = {}
        try:
            self._file = _opened(path)
            with _exclusive(self._file):
                _prepare(self._file, _HEADER.pack(_MAGIC, boot.encode()[:40]))
                self._map = mmap.mmap(self._file, _SIZE)
        except OSError as error:
            raise LedgerError(
                f"the pace of the ledger cannot be kept in {path}: {error.strerror}"
            ) from error
        # Raw octets as numbers: a store is one aligned word.
        self._times = memoryview(self._map)[_TIMES:].cast("d")

    def slot(self, name: str) -> int:
        """See `Arrivals.slot`."""
        if (found := self._slots.get(name)) is None:
            wanted = hashlib.sha256(name.encode()).digest()[:_NAME]
            with _exclusive(self._file):
                found = self._slots[name] = self._found(wanted)
        return found

    def _found(self, wanted: bytes) -> int:
        begin = _HEADER.size
        for number in range(_SLOTS):
            at = begin + number * _NAME
            name = self._map[at : at + _NAME]
            if name == wanted:
                return number
            if name == bytes(_NAME):
                self._map[at : at + _NAME] = wanted
                return number
        # More throttles than anybody has: the last ones share, which is the slower way.
        return _SLOTS - 1

    @contextlib.contextmanager
    def locked(self) -> Iterator[Times | None]:
        """See `Arrivals.locked`."""
        for _ in range(_PATIENCE):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            break
        else:
            yield None
            return
        try:
            yield self._times
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file, which stays. May be called twice."""
        if self._file >= 0:
            self._times.release()
            self._map.close()
            os.close(self._file)
            self._file = -1


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(path, flags, PRIVATE)
    os.fchmod(file, PRIVATE)
    return file


@contextlib.contextmanager
def _exclusive(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _prepare(file: int, header: bytes) -> None:
    """Empty the file when it is new, damaged, or from before the machine started."""
    whole = os.fstat(file).st_size == _SIZE
    if whole and os.pread(file, _HEADER.size, 0) == header:
        return
    # Written rather than cut longer: storing into a hole of a file on a full disk
    # would kill the process (SIGBUS, mmap(2)).
    at = 0
    empty = header + bytes(_SIZE - len(header))
    while at < _SIZE:
        at += os.pwrite(file, empty[at:], at)
