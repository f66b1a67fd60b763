"""A small HTTP server in a thread of its own, for orchestrators that ask how it goes.

It answers GET and HEAD for a few paths, with JSON, and knows nothing of anybody.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from safesend.errors import ConfigurationError

__all__ = ["Answer", "answering"]

Answer = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well (200, else 503), and the body."""

_PATIENCE = 10.0
"""Seconds for a client to say what it wants."""


@contextmanager
def answering(host: str, port: int, answers: Mapping[str, Answer]) -> Iterator[int]:
    """Answer there, under these paths, for a while; gives the port (0: any free one).

    Raises `ConfigurationError` where the port cannot be had.
    """

    class Handler(_Handler):
        paths = answers

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    try:
        server = Server((host, port), Handler)
    except OSError as error:
        raise ConfigurationError(
            f"nobody can be answered at {host}:{port}: {error.strerror or error}"
        ) from None
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One question."""

    paths: Mapping[str, Answer]
    protocol_version = "HTTP/1.0"  # each line has one question
    timeout = _PATIENCE
    server_version, sys_version = "safesend", ""

    def do_GET(self) -> None:
        """Answer with a body."""
        self.wfile.write(self._answered())

    def do_HEAD(self) -> None:
        """Answer without."""
        self._answered()

    def _answered(self) -> bytes:
        answer = self.paths.get(self.path.partition("?")[0])
        if answer is None:
            code, told = 404, {"paths": sorted(self.paths)}
        else:
            well, body = answer()
            code, told = 200 if well else 503, dict(body)
        octets = json.dumps(told).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        return octets

    def log_message(self, *_: object) -> None:
        """Nobody wants a line for each probe."""
