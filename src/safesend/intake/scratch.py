"""An anonymous file: nobody else can open it, and it is gone with the process."""

from __future__ import annotations

import io
import os
import weakref

__all__ = ["Scratch"]


class Scratch:
    """Octets that are appended once and read from the start as often as wanted.

    The file has mode 0600 and no name (`tempfile.TemporaryFile`). Readers do not
    disturb one another, nor the writer.
    """

    def __init__(self) -> None:
        import tempfile  # noqa: PLC0415  brings shutil and random, and few lists need it

        with tempfile.TemporaryFile(buffering=0) as file:
            self._handle = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._handle)
        self._pending: list[bytes] = []
        self._held = 0

    def append(self, data: bytes) -> None:
        """Add octets to the end; small pieces are written together."""
        self._pending.append(data)
        self._held += len(data)
        if self._held >= io.DEFAULT_BUFFER_SIZE:
            self._flush()

    def reader(self, place: int = 0) -> io.BufferedReader:
        """A new reader, `place` octets after the start."""
        return io.BufferedReader(_Window(self, place))

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to so many octets from there; none at the end."""
        self._flush()
        return os.pread(self._handle, size, offset)

    def _flush(self) -> None:
        waiting = memoryview(b"".join(self._pending))
        self._pending.clear()
        self._held = 0
        while waiting:
            waiting = waiting[os.write(self._handle, waiting) :]


class _Window(io.RawIOBase):
    """One reader's own place in the file."""

    def __init__(self, scratch: Scratch, place: int) -> None:
        self._scratch = scratch
        self._place = place

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._scratch.read_at(self._place, len(target))
        target[: len(data)] = data
        self._place += len(data)
        return len(data)
