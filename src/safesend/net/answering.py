"""A small HTTP server in a thread of its own, for orchestrators that ask how it goes.

It answers GET and HEAD for a few paths, with JSON, and knows nothing of anybody.
"""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError

__all__ = ["Answer", "answering"]

Answer = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well (200, else 503), and the body."""

_MOST = 64
"""Clients at a time; those beyond are hung up on."""


@contextmanager
def answering(
    host: str, port: int, answers: Mapping[str, Answer], *, patience: float = 10.0
) -> Iterator[int]:
    """Answer there, under these paths, for a while; gives the port (0: any free one).

    A client has `patience` seconds to say what it wants and to take the answer.
    Raises `ConfigurationError` where the port cannot be had.
    """

    class Handler(_Handler):
        paths, timeout = answers, patience

    class Server(_Server):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    try:
        server = Server((host, port), Handler, patience)
    except (OSError, OverflowError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"nobody can be answered at {host}:{port}: {said}"
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


class _Server(ThreadingHTTPServer):
    """Whoever is slow, and however many they are, the others get their answer."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        place: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        patience: float,
    ) -> None:
        self._patience = patience
        self._since: dict[Any, float] = {}
        super().__init__(place, handler)

    def server_bind(self) -> None:
        """Bind, without asking DNS for a name of this machine that nobody needs."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def verify_request(self, request: Any, _: Any) -> bool:
        """Whether there is room for one more."""
        if room := len(self._since) < _MOST:
            self._since[request] = SYSTEM.monotonic()
        return room

    def service_actions(self) -> None:
        """Hang up on those who took too long, word by word perhaps."""
        late = SYSTEM.monotonic() - self._patience
        for request, since in list(self._since.items()):
            if since < late:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        """It is over."""
        self._since.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up early is no trouble of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One question."""

    paths: Mapping[str, Answer]
    protocol_version = "HTTP/1.0"  # each line has one question
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
