"""A Redis of our own: port, data and log in one folder.

It forgets everything when it ends, as a cache does, unless it is told to be durable.
Each test has one of its numbered databases. Package: redis-server (no service need
run).
"""

from __future__ import annotations

import contextlib
import itertools
import socket
from collections.abc import Iterator

import attrs

from servers.process import folder, program
from servers.service import Service, lasting_port

__all__ = ["Redis", "run_redis"]

_DATABASES = 2000
_FORGETFUL = ("--appendonly", "no")
_DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@attrs.frozen
class Redis:
    """A Redis, and what may be done to it: see `Service`."""

    service: Service
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, repr=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.service.port

    def database(self) -> str:
        """The URL of a database that nobody has used."""
        return f"redis://127.0.0.1:{self.port}/{next(self._numbers)}"


@contextlib.contextmanager
def run_redis(*, durable: bool = False) -> Iterator[Redis]:
    """Run a Redis with its own everything."""
    redis = program("redis-server", "redis-server")
    with folder("redis") as place:
        port = lasting_port()
        command = [redis, "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--dir", str(place), "--databases", str(_DATABASES), "--save", ""]
        command += _DURABLE if durable else _FORGETFUL
        service = Service(command, port, place / "log", ready=lambda: _answers(port))
        try:
            service.start()
            yield Redis(service)
        finally:
            service.stop()


def _answers(port: int) -> bool:
    """Whether it has read its data: until then it says LOADING."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False
