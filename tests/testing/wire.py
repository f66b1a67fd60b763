"""A line without a socket: what the server's dialogue wrote, and did."""

from __future__ import annotations

from collections.abc import Callable

from safesend.testing.dialogue import Dialogue
from safesend.testing.faults import Faults
from safesend.testing.post import Post, Settings

__all__ = ["Talk"]


class Talk:
    """A client that types at a dialogue and reads what comes back."""

    def __init__(
        self, *, faults: Faults | None = None, tls: bool = False, **settings: object
    ) -> None:
        self.faults = faults or Faults()
        self.post = Post(Settings(**settings), self.faults)
        self.written = b""
        self.closed = self.dropped = False
        self.handshakes = 0
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.dialogue = Dialogue(self.post, self, 1, tls=tls)
        self.dialogue.greet()

    def write(self, octets: bytes) -> None:
        self.written += octets

    def close(self) -> None:
        self.closed = True

    def drop(self) -> None:
        self.dropped = True

    def start_tls(self) -> None:
        self.handshakes += 1

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.waiting.append((seconds, call))

    def said(self) -> list[str]:
        """What was written since."""
        lines, self.written = self.written.decode().split("\r\n"), b""
        return [line for line in lines if line]

    def type(self, *lines: str | bytes) -> list[str]:
        """One at a time; the answers to all of them."""
        self.said()
        answers = []
        for line in lines:
            octets = line if isinstance(line, bytes) else line.encode()
            self.dialogue.feed(octets + b"\r\n")
            answers += self.said()
        return answers

    def codes(self, *lines: str | bytes) -> list[int]:
        """The reply codes only; the lines of one reply count once."""
        answers = self.type(*lines)
        return [int(answer[:3]) for answer in answers if answer[3:4] != "-"]

    def group(self, *lines: str) -> list[str]:
        """All at once."""
        self.said()
        self.dialogue.feed("".join(line + "\r\n" for line in lines).encode())
        return self.said()
