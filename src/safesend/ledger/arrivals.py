"""Arrival times of throttles (GCRA), in memory or in a file that processes share.

A rate that each process counts for itself is not kept when two of them send. So the one
number that a throttle needs lies in a mapped file beside the ledger, behind a lock that
is held for a few microseconds. What stands in it are seconds of the monotonic clock,
which is one for all processes of a machine until that starts again; hence the boot id.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.flow import BUSY, Paces, Times
from safesend.ledger.place import PRIVATE
from safesend.policies.throttle import free_at, next_arrival

__all__ = ["OwnArrivals", "SharedArrivals", "arrivals_path"]

_HEADER = struct.Struct("<8s40s")
_MAGIC = b"sspace01"
_NAME = 16
_SLOTS = 4096
_NEAR = 64
"""Slots that are tried for a name, from the one that its digest says."""
_TIMES = _HEADER.size + _NAME * _SLOTS
_SIZE = _TIMES + 8 * _SLOTS
_TRIES = 50
"""Tries for the lock: who has it needs it for a few microseconds, unless stopped."""
_MOMENT = 0.02
"""Seconds between two tries, where there is no going on without the lock."""
_NEVER = threading.Event()
_SOON = 0.005
"""Seconds to the next try where another process held the times."""

_FULL = "the disk is full; make room and run again"
_FORBIDDEN = "it cannot be written to; check the permissions of the file and its folder"
_EXPLANATIONS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ELOOP: "it is a link; remove it and run again",
}


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
        """The times by their slots."""
        yield self._times

    def take(self, paces: Paces, now: float) -> int | None:
        """See `Arrivals.take`."""
        return _taken(self._times, paces, now)

    def wait(self, paces: Paces, now: float) -> tuple[float, int]:
        """See `Arrivals.wait`."""
        return _longest(self._times, paces, now)


class SharedArrivals:
    """Of all processes that use a ledger; see `Arrivals`."""

    def __init__(self, path: Path, boot: str) -> None:
        """Open the file, made if need be. Raises `LedgerError`."""
        self._path = path
        self._slots: dict[str, int] = {}
        self._held = False
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(path, flags, PRIVATE)
            try:
                self._map = _mapped(self._file, path, boot)
            except BaseException:
                os.close(self._file)
                raise
        except OSError as error:
            known = _EXPLANATIONS.get(error.errno or 0, error.strerror)
            raise LedgerError(
                f"the pace of the ledger cannot be kept in {path}: {known}"
            ) from error
        # Raw octets as numbers: a store is one aligned word.
        self._times = memoryview(self._map)[_TIMES:].cast("d")

    def slot(self, name: str) -> int:
        """See `Arrivals.slot`. May be asked for while `locked`. Raises `LedgerBusy`."""
        if (found := self._slots.get(name)) is None:
            wanted = hashlib.sha256(name.encode()).digest()
            with _exclusive(self._file, self._path, already=self._held):
                found = self._slots[name] = self._found(wanted)
        return found

    def _found(self, digest: bytes) -> int:
        wanted, first = digest[:_NAME], int.from_bytes(digest[_NAME:])
        for number in range(first, first + _NEAR):
            at = _HEADER.size + number % _SLOTS * _NAME
            name = self._map[at : at + _NAME]
            if name == bytes(_NAME):
                self._map[at : at + _NAME] = name = wanted
            if name == wanted:
                return number % _SLOTS
        # More throttles than anybody has: it shares with another, the slower way.
        return first % _SLOTS

    @contextlib.contextmanager
    def locked(self) -> Iterator[Times | None]:
        """The times, for as long as nobody else can change them.

        None when another process holds them at this moment: try again soon.
        """
        if not any(_has_locked(self._file) for _ in range(_TRIES)):
            yield None
            return
        self._held = True
        try:
            yield self._times
        finally:
            self._held = False
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def take(self, paces: Paces, now: float) -> int | None:
        """See `Arrivals.take`."""
        with self.locked() as times:
            return BUSY if times is None else _taken(times, paces, now)

    def wait(self, paces: Paces, now: float) -> tuple[float, int]:
        """See `Arrivals.wait`."""
        with self.locked() as times:
            return (_SOON, BUSY) if times is None else _longest(times, paces, now)

    def close(self) -> None:
        """Let go of the file, which stays. May be called twice."""
        if self._file >= 0:
            self._times.release()
            self._map.close()
            os.close(self._file)
            self._file = -1


def _taken(times: Times, paces: Paces, now: float) -> int | None:
    arrivals: list[tuple[int, float]] = []
    for slot, pace in paces:
        arrival = next_arrival(times[slot], pace, now)
        if arrival is None:
            return slot
        arrivals.append((slot, arrival))
    for slot, arrival in arrivals:
        times[slot] = arrival
    return None


def _longest(times: Times, paces: Paces, now: float) -> tuple[float, int]:
    return max((free_at(times[slot], pace, now) - now, slot) for slot, pace in paces)


def _mapped(file: int, path: Path, boot: str) -> mmap.mmap:
    os.fchmod(file, PRIVATE)
    with _exclusive(file, path):
        _prepare(file, boot)
        return mmap.mmap(file, _SIZE)


@contextlib.contextmanager
def _exclusive(file: int, path: Path, *, already: bool = False) -> Iterator[None]:
    if already:
        yield
        return
    tries = iter(range(_TRIES))
    while not _has_locked(file):
        if next(tries, None) is None:
            raise LedgerBusy(
                f"another process holds {path} and does not let go, perhaps because it"
                " was stopped; let it go on or end it, then run again"
            )
        _NEVER.wait(_MOMENT)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _has_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _prepare(file: int, boot: str) -> None:
    """Empty the file when it is new, damaged, or from before the machine started."""
    header = _HEADER.pack(_MAGIC, boot.encode()[:40])
    whole = os.fstat(file).st_size >= _SIZE
    known = whole and os.pread(file, _HEADER.size, 0) == header
    if known and boot:
        return
    # Where the system does not tell its boot the times cannot be believed. The names
    # stay: another process may be using them.
    at = _TIMES if known else 0
    # Written rather than cut longer: storing into a hole of a file on a full disk
    # would kill the process (SIGBUS, mmap(2)). The header comes last: who dies before
    # it leaves a file that is emptied again.
    while at < _SIZE:
        at += os.pwrite(file, bytes(_SIZE - at), at)
    os.pwrite(file, header, 0)
