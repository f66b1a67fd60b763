"""Running the command line in a process of its own, with and without a terminal."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import termios
from pathlib import Path

import attrs

import safesend

__all__ = ["Ended", "at_terminal", "command", "environment", "run"]

_SOURCE = str(Path(safesend.__file__).parents[1])


@attrs.frozen
class Ended:
    """How a command ended and what it printed."""

    code: int
    text: str


def command(*words: str | Path) -> list[str]:
    """The words of a safesend command."""
    return [sys.executable, "-m", "safesend", *map(str, words)]


def environment(**more: str) -> dict[str, str]:
    """An environment that finds the library under test."""
    return {**os.environ, "PYTHONPATH": _SOURCE, "TERM": "dumb", **more}


def run(*words: str | Path, cwd: Path | None = None, **more: str) -> Ended:
    """Run a command without a terminal; standard error follows standard output."""
    done = subprocess.run(
        command(*words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**more),
        cwd=cwd,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def at_terminal(*words: str | Path, typed: str = "", **more: str) -> Ended:
    """Run a command at a (pseudo) terminal at which `typed` is typed."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command(*words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(**more),
        start_new_session=True,
        # Password prompts open the controlling terminal.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    ) as child:
        os.close(theirs)
        os.write(ours, typed.encode())
        text = _read_all(ours)
    os.close(ours)
    return Ended(child.returncode, text.replace("\r\n", "\n"))


def _read_all(terminal: int) -> str:
    read = bytearray()
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the last process closed it
            piece = b""
        if not piece:
            return read.decode("utf-8", "replace")
        read += piece
