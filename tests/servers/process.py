"""What the starters share: free ports, waiting for a port, ending a process."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from servers.keeper import forget, keep

__all__ = [
    "Daemon",
    "MissingServer",
    "ServerFailed",
    "as_owner",
    "folder",
    "free_port",
    "program",
    "started",
]


_PORTS = range(20000, 32000)
"""Below those of outgoing connections (ip_local_port_range) of Linux and the BSDs."""
_CHANCE = random.SystemRandom()
"""Hypothesis gives `random` the same numbers in every process."""


class MissingServer(Exception):
    """A server's program is not there; the text says what to install."""


class ServerFailed(Exception):
    """A server did not come up; the text holds the end of its log."""


@attrs.frozen
class Daemon:
    """A running server of our own, in a process group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(
        self, farewell: signal.Signals = signal.SIGTERM, patience: float = 3.0
    ) -> None:
        """End it politely, then for good."""
        self._signal(farewell)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(30)
        forget(self.process.pid)

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)
        self.process.wait(30)
        forget(self.process.pid)

    def log_tail(self, lines: int = 30) -> str:
        """The end of what it wrote."""
        if not self.log.exists():
            return ""
        text = self.log.read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def program(name: str, package: str) -> str:
    """The path of a server's program, sbin included; raises `MissingServer`."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/lib/postfix/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        raise MissingServer(f"{name} is missing: apt-get install {package}")
    return found


def free_port() -> int:
    """A loopback port that nothing listens on, and that nothing takes meanwhile.

    The system gives none of these by itself: neither to a client of another test, nor
    to a server that asks for any port, while the one that it is for is being set up.
    """
    while True:
        port = _CHANCE.choice(_PORTS)
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port


def started(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    patience: float = 60.0,
    host: str = "127.0.0.1",
    ready: Callable[[], bool] | None = None,
    owner: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Daemon:
    """Start a server in the foreground of its own group; return when it answers.

    It answers when its port takes connections, or when `ready` says so. Root may make
    another account its `owner`.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
            env=environment,
            **as_owner(owner),
        )
    daemon = Daemon(process, log)
    keep(process.pid)
    try:
        _wait_for(daemon, ready or (lambda: _answers((host, port))), patience)
    except BaseException:
        daemon.stop()
        raise
    return daemon


def as_owner(owner: str | None) -> dict[str, Any]:
    """What `subprocess` has to be told to run something as this account."""
    if owner is None:
        return {}
    group = pwd.getpwnam(owner).pw_gid
    return {"user": owner, "group": group, "extra_groups": []}


def _wait_for(daemon: Daemon, ready: Callable[[], bool], patience: float) -> None:
    end = time.monotonic() + patience
    while not ready():
        if daemon.process.poll() is not None or time.monotonic() > end:
            name = Path(str(daemon.process.args[0])).name  # type: ignore[index]
            raise ServerFailed(f"{name} did not start:\n{daemon.log_tail()}")
        time.sleep(0.02)


def _answers(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def folder(name: str) -> Iterator[Path]:
    """A new folder that servers running as another user may walk through."""
    made = Path(tempfile.mkdtemp(prefix=f"safesend-{name}-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
