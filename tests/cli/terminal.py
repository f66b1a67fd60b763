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
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr)


def at_terminal(*words: str | Path, prompt: str, typed: str, **more: str) -> Ended:
    """Run a command at a (pseudo) terminal; `typed` answers the prompt, if it comes."""
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
        # Not before: a password prompt throws away what was typed too early.
        asked = _read(ours, until=prompt)
        if prompt in asked:
            os.write(ours, typed.encode())
        text = asked + _read(ours, until=None)
    os.close(ours)
    return Ended(child.returncode, text.replace("\r\n", "\n"))


def _read(terminal: int, until: str | None) -> str:
    read = bytearray()
    while until is None or until.encode() not in read:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the last process closed it
            piece = b""
        if not piece:
            break
        read += piece
    return read.decode("utf-8", "replace")
