"""Servers of a few lines: one that forgets no recipient, one that plays a script."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

__all__ = ["Lax", "keeping", "playing"]

Script = Callable[[socket.socket, BinaryIO], None]


class Lax:
    """What a server noted that delivers to everybody it ever heard of since a RSET."""

    def __init__(self, *, pipelining: bool) -> None:
        self.greeting = b"250-lax\r\n"
        self.greeting += b"250-PIPELINING\r\n" if pipelining else b""
        self.greeting += b"250 8BITMIME\r\n"
        self.recipients: list[bytes] = []
        self.delivered: list[tuple[tuple[bytes, ...], bytes]] = []

    def answer(self, line: bytes, file: BinaryIO) -> bytes:
        """The reply to one command."""
        word = line[:4].upper()
        if word == b"EHLO":
            return self.greeting
        if word == b"RSET":
            self.recipients.clear()
        if word == b"RCPT":
            self.recipients.append(line[9:-3])
            if b"nobody" in line:  # refused, and kept all the same
                return b"550 no such user\r\n"
        return b"250 ok\r\n" if word != b"QUIT" else b"221 bye\r\n"

    def serve(self, line: socket.socket, file: BinaryIO) -> None:
        """One connection."""
        line.sendall(b"220 lax\r\n")
        for command in file:
            if command[:4].upper() != b"DATA":
                line.sendall(self.answer(command, file))
                continue
            line.sendall(b"354 go on\r\n")
            content = b"".join(iter(file.readline, b".\r\n"))
            if content:
                self.delivered.append((tuple(self.recipients), content))
            line.sendall(b"250 taken\r\n")


@contextlib.contextmanager
def playing(script: Script) -> Iterator[int]:
    """The port of a server that plays the script for the one who connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            with contextlib.suppress(OSError):
                line, _ = listener.accept()
                with line, line.makefile("rb") as file:
                    script(line, file)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(60)


@contextlib.contextmanager
def keeping(*, pipelining: bool) -> Iterator[tuple[int, Lax]]:
    """A server that keeps recipients until RSET (L25)."""
    lax = Lax(pipelining=pipelining)
    with playing(lax.serve) as port:
        yield port, lax
