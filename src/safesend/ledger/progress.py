"""Marks of a run in a mapped file: they outlive the process, not the machine.

The kernel writes the pages of a process that was killed; so a mark is one store into
memory, and no system call. A mark from before a crash of the machine may be older than
what was done, which is why the file names its boot and is not believed after another.

The file: a header (magic, boot id), then slots of equal size. The octet `mark` of a
slot is stored last and alone: a process that dies between two stores leaves a slot that
says less than happened, and never more.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safesend.delivery import Stage
from safesend.errors import LedgerError
from safesend.ledger.base import Result, State
from safesend.ledger.place import create_private

__all__ = ["RECOVERED", "Marks", "read_marks"]

RECOVERED = "recovered after a crash"
"""Stands where the reply's text was: the marks do not keep it."""

_HEADER = struct.Struct("<8s40s")
_MAGIC = b"ssmarks1"
_SLOT = struct.Struct("<Q4BH2xd12s4x")
_MARK = 8
"""Where in a slot its mark lies, after the row's id."""
_ROW = struct.Struct("<Q")
_DETAILS = struct.Struct("<3BH2xd12s")
_GROWTH = 1024
"""Slots by which the file grows."""

_FREE, _ADMITTED, _TAKEN, _SETTLED = range(4)
_STATES: list[State] = [
    state for state in State if state not in {State.DRAFT, State.SENDING}
]
_STAGES = ["", *(stage.value for stage in Stage)]
_STATE_NUMBERS = {state: number for number, state in enumerate(_STATES)}
_STAGE_NUMBERS = {stage: number for number, stage in enumerate(_STAGES)}


class Marks:
    """The marks of one run of this process; see `Progress`."""

    def __init__(self, path: Path, boot: str) -> None:
        """Make the file, locked until `close`. Raises `LedgerError`.

        To be called in the transaction that gives the run its number.
        """
        self.path = path
        self.asked_for = False
        """Whether somebody promised to mark what is begun."""
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self._size = _HEADER.size
        self._lock = threading.Lock()
        try:
            # Left by a process that died before it committed the run's number.
            path.unlink(missing_ok=True)
            self._file = create_private(path)
        except OSError as error:
            raise _unusable(path, error) from error
        with contextlib.suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            os.pwrite(self._file, _HEADER.pack(_MAGIC, boot.encode()[:40]), 0)
            self._map = self._mapped()
        except OSError as error:
            self.remove()
            raise _unusable(path, error) from error

    def admit(self, ids: Sequence[int]) -> None:
        """These rows were claimed, and nothing was begun."""
        with self._lock:
            while len(self._free) < len(ids):
                self._grow()
            slots, free, octets = self._slots, self._free, self._map
            for row in ids:
                if (slot := slots.get(row)) is None:
                    slot = slots[row] = free.pop()
                else:
                    # It may say "settled" of an earlier try.
                    octets[slot + _MARK] = _FREE
                # What stands behind the mark is read of settled rows only.
                _ROW.pack_into(octets, slot, row)
                octets[slot + _MARK] = _ADMITTED

    def take(self, row: int) -> None:
        """The row is handed to a session: from here on it may be on the wire."""
        # A row without a slot counts as begun already.
        if (slot := self._slots.get(row)) is not None:
            self._map[slot + _MARK] = _TAKEN

    def settle(self, result: Result) -> None:
        """The outcome of a row that was taken."""
        if (slot := self._slots.get(result.id)) is None:
            return
        _DETAILS.pack_into(
            self._map,
            slot + _MARK + 1,
            _STATE_NUMBERS[result.state],
            result.attempt | result.suppress << 1 | result.doubted << 2,
            _STAGE_NUMBERS.get(result.stage, 0),
            result.code or 0,
            result.not_before,
            (result.enhanced or "").encode(),
        )
        self._map[slot + _MARK] = _SETTLED

    def forget(self, ids: Sequence[int]) -> None:
        """These rows are recorded or released: their marks may be used again."""
        with self._lock:
            for row in ids:
                if (slot := self._slots.pop(row, None)) is not None:
                    self._map[slot + _MARK] = _FREE
                    self._free.append(slot)

    def close(self) -> None:
        """Give up the lock; the file stays for whoever recovers the run."""
        if self._file >= 0:
            # The map has a descriptor of its own, which would keep the lock.
            with contextlib.suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """The run ended well: nobody needs its marks."""
        self.path.unlink(missing_ok=True)
        self.close()

    def _grow(self) -> None:
        try:
            # Written rather than cut longer: storing into a hole of a file on a full
            # disk would kill the process (SIGBUS, mmap(2)).
            new, size = self._size, self._size + _GROWTH * _SLOT.size
            _fill(self._file, new, size)
            self._size = size
            # The old map stays good for a store that is under way in another thread.
            self._map = self._mapped()
        except OSError as error:
            raise _unusable(self.path, error) from error
        slots = range(new, self._size, _SLOT.size)
        self._free.extend(reversed(slots))

    def _mapped(self) -> mmap.mmap:
        return mmap.mmap(self._file, self._size)


def read_marks(path: Path, boot: str) -> dict[int, Result | None]:
    """What the marks of a dead run tell: None for a row that was never begun.

    A row that is not named was begun, or is not known of. Gives nothing when the file
    is missing or from another boot.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return {}
    if not boot or content[: _HEADER.size] != _HEADER.pack(_MAGIC, boot.encode()[:40]):
        return {}
    whole = (len(content) - _HEADER.size) // _SLOT.size * _SLOT.size
    slots = content[_HEADER.size : _HEADER.size + whole]
    named: Counter[int] = Counter()
    told: dict[int, Result | None] = {}
    for row, mark, *details in _SLOT.iter_unpack(slots):
        if mark == _FREE:
            continue
        named[row] += 1
        if mark == _ADMITTED:
            told[row] = None
        elif mark == _SETTLED and details[0] < len(_STATES):
            told[row] = _settled(row, details)
    # Never written so; two opinions about one row are none.
    return {row: told[row] for row in told if named[row] == 1}


def _settled(row: int, details: Sequence[Any]) -> Result:
    state, flags, stage, code, not_before, enhanced = details
    return Result(
        row,
        _STATES[state],
        not_before,
        bool(flags & 1),
        _STAGES[stage] if stage < len(_STAGES) else "",
        code or None,
        enhanced.rstrip(b"\0").decode("ascii", "replace") or None,
        RECOVERED,
        bool(flags & 2),
        bool(flags & 4),
    )


def _fill(file: int, at: int, end: int) -> None:
    # A disk that fills up takes a part first, and refuses the rest (write(2)).
    while at < end:
        at += os.pwrite(file, bytes(end - at), at)


def _unusable(path: Path, error: OSError) -> LedgerError:
    return LedgerError(
        f"the progress marks {path} cannot be kept: {error.strerror}; see to the room"
        " and the permissions of that folder, and run again"
    )
