"""Cuts what comes in into lines, contents and chunks, wherever it was split."""

from __future__ import annotations

__all__ = ["Reader"]


class Reader:
    """The octets that were read and not taken yet."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = self._scanned = 0

    @property
    def pending(self) -> int:
        """How many octets wait."""
        return len(self._buffer) - self._at

    def feed(self, octets: bytes | memoryview) -> None:
        """What came in."""
        self._buffer += octets

    def line(self) -> bytes | None:
        """The next line without its end; None while it has none."""
        end = self._buffer.find(b"\r\n", self._at)
        if end < 0:
            return None
        line = bytes(self._buffer[self._at : end])
        self._scanned = self._at = end + 2
        return line

    def content(self) -> bytes | None:
        """A content up to its dot, as it was before dot-stuffing; None without dot."""
        buffer, begin = self._buffer, self._at
        if buffer.startswith(b".\r\n", begin):
            content, self._at = b"", begin + 3
        else:
            end = buffer.find(b"\r\n.\r\n", max(begin, self._scanned))
            if end < 0:
                self._scanned = max(begin, len(buffer) - 4)
                return None
            content, self._at = bytes(buffer[begin : end + 2]), end + 5
        self._scanned = self._at
        if b"\r\n." in content or content.startswith(b"."):
            return (b"\r\n" + content).replace(b"\r\n.", b"\r\n")[2:]
        return content

    def octets(self, most: int) -> bytes:
        """What is there, but no more than so many octets (RFC 3030 chunks)."""
        taken = bytes(self._buffer[self._at : self._at + most])
        self._scanned = self._at = self._at + len(taken)
        return taken

    def tidy(self) -> None:
        """Let go of what was taken."""
        del self._buffer[: self._at]
        self._scanned = max(0, self._scanned - self._at)
        self._at = 0
