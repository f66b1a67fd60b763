"""What the starters share: free ports, waiting for a port, ending a process."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

__all__ = [
    "Daemon",
    "MissingServer",
    "ServerFailed",
    "folder",
    "free_port",
    "program",
    "started",
]


class MissingServer(Exception):
    """A server's program is not there; the text says what to install."""


class ServerFailed(Exception):
    """A server did not come up; the text holds the end of its log."""


@attrs.frozen
class Daemon:
    """A running server of our own, in a process group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End it politely, then for good."""
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait(3)

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)
        self.process.wait(3)

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
    """A loopback port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def started(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    patience: float = 10.0,
    host: str = "127.0.0.1",
) -> Daemon:
    """Start a server in the foreground of its own group; return when it answers."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
        )
    daemon = Daemon(process, log)
    try:
        _wait_for(daemon, (host, port), patience)
    except BaseException:
        daemon.stop()
        raise
    return daemon


def _wait_for(daemon: Daemon, place: tuple[str, int], patience: float) -> None:
    end = time.monotonic() + patience
    while not _answers(place):
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
