"""One child process that reads files: its pipes, its limits in time, and its death."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import attrs

from safesend.checks.piece import Found
from safesend.clock import SYSTEM
from safesend.scanner.wire import (
    END,
    GREETING,
    HEAD,
    BadFrame,
    as_frame,
    as_head,
    body_length,
    from_batch,
)
from safesend.scanner.worker import FAILED, OUT_OF_MEMORY

__all__ = ["NO_PYTHON", "ReaderProcess", "Trouble", "interpreter", "program"]

NO_PYTHON = "there is no Python to read it with"
TOO_LONG = "it took too long to read"
TOO_MUCH = "it holds more than can be looked at"
TOO_BIG = "it needs more memory than one file may have"

_START_SECONDS = 30.0
_ANSWER = 256 << 20
_CHUNK = 1 << 20
_MILLISECOND = 0.001

_WORKER = "safesend.scanner.worker"
_STARTER = (
    f"import sys; sys.path[:] = sys.argv[2:]; import {_WORKER} as worker;"
    " worker.main(int(sys.argv[1]))"
)
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH")


class Trouble(Exception):
    """The child cannot answer; the text says what that means for the file."""


@attrs.define(eq=False)
class ReaderProcess:
    """A child that has said its greeting, and who started it."""

    _popen: subprocess.Popen[bytes]
    _owner: int = attrs.field(factory=os.getpid)
    _rest: bytearray = attrs.field(factory=bytearray)

    @classmethod
    def start(cls, command: Sequence[str]) -> Self:
        """A running child; Trouble when the command does not start a reader.

        It has a session of its own, so that Ctrl-C in the terminal reaches only the
        parent, and neither the parent's files nor its environment.
        """
        try:
            popen = subprocess.Popen(  # noqa: S603 - our own program
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={k: os.environ[k] for k in _KEPT_VARIABLES if k in os.environ},
                start_new_session=True,
            )
        except OSError as error:
            raise Trouble(NO_PYTHON) from error
        child = cls(popen)
        child._greet()
        return child

    def _greet(self) -> None:
        os.set_blocking(self._questions, False)
        os.set_blocking(self._answers, False)
        deadline = SYSTEM.monotonic() + _START_SECONDS
        try:
            if self._receive(HEAD + len(GREETING), deadline) == as_frame(GREETING):
                return
        except Trouble:
            pass
        except BaseException:
            self.end()
            raise
        self.end()
        raise Trouble(NO_PYTHON)

    @property
    def _questions(self) -> int:
        assert self._popen.stdin is not None
        return self._popen.stdin.fileno()

    @property
    def _answers(self) -> int:
        assert self._popen.stdout is not None
        return self._popen.stdout.fileno()

    def idle(self) -> bool:
        """Whether it is ours, alive, and says nothing that nobody asked for."""
        return (
            self._owner == os.getpid()
            and self._popen.poll() is None
            and not self._rest
            and not _ready(self._answers, select.POLLIN, 0)
        )

    def end(self) -> None:
        """Kill it and forget it; after a fork, leave it to the process it is of."""
        if self._owner == os.getpid():
            self._popen.kill()
            self._popen.wait()
        else:
            self._popen.returncode = 0
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()

    def ask(self, name: str, data: bytes, deadline: float, found: list[Found]) -> None:
        """Add what a file holds to `found`, as it comes.

        Trouble when the child dies, is silent at the deadline (of SYSTEM.monotonic)
        or says what no reader says: then it must be ended.
        """
        try:
            size = as_head(len(data))
        except BadFrame as error:
            raise Trouble(TOO_BIG) from error
        self._send(as_frame(name.encode("utf-8", "surrogatepass")) + size, deadline)
        self._send(data, deadline)
        left = _ANSWER
        while (body := self._answer(left, deadline)) != END:
            left -= len(body)
            try:
                found += from_batch(body)
            except BadFrame as error:
                raise Trouble(FAILED) from error

    def _answer(self, limit: int, deadline: float) -> bytes:
        head = self._receive(HEAD, deadline)
        try:
            length = body_length(head, limit)
        except BadFrame as error:
            raise Trouble(TOO_MUCH) from error
        return self._receive(length, deadline)

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._questions, rest[:_CHUNK]) :]
            except BlockingIOError:
                _await(self._questions, select.POLLOUT, deadline)
            except BrokenPipeError as error:
                raise Trouble(self._end_of_it()) from error

    def _receive(self, length: int, deadline: float) -> bytes:
        while len(self._rest) < length:
            try:
                data = os.read(self._answers, _CHUNK)
            except BlockingIOError:
                _await(self._answers, select.POLLIN, deadline)
                continue
            if not data:
                raise Trouble(self._end_of_it())
            self._rest += data
        received = bytes(self._rest[:length])
        del self._rest[:length]
        return received

    def _end_of_it(self) -> str:
        """Why it ended, from its exit status."""
        try:
            status = self._popen.wait(1)
        except subprocess.TimeoutExpired:
            return FAILED
        if status == OUT_OF_MEMORY:
            return TOO_BIG
        return TOO_LONG if status == -signal.SIGXCPU else FAILED


def _await(descriptor: int, event: int, deadline: float) -> None:
    left = deadline - SYSTEM.monotonic()
    if left <= 0 or not _ready(descriptor, event, left):
        raise Trouble(TOO_LONG)


def _ready(descriptor: int, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(seconds / _MILLISECOND))


def program(seconds: float) -> tuple[str, ...]:
    """The command of a reader that may compute for so many seconds per file.

    Isolated (-I) and without `site` (-S): neither PYTHON* variables nor the user's
    folder have a say, and it starts fast. It looks for modules where we do. Trouble
    when the running program is no Python interpreter.
    """
    python = interpreter(sys.executable)
    if not python:
        raise Trouble(NO_PYTHON)
    limit = str(max(1, round(seconds)))
    options = ("-I", "-S", "-B", "-X", "utf8")
    return (python, *options, "-c", _STARTER, limit, *_search_path())


def interpreter(executable: str | None) -> str:
    """The Python that runs us; "" when there is none.

    A program that has Python inside (uwsgi, a frozen application) is started as
    itself, not as Python: then the one that belongs to its library is looked for.
    """
    if getattr(sys, "frozen", False):
        return ""
    name = Path(executable or "").name.lower().lstrip(".")
    if executable and name.startswith(("python", "pypy")):
        return executable
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    beside = Path(sys.exec_prefix, "bin", version)
    return str(beside) if beside.is_file() else ""


def _search_path() -> list[str]:
    """Where modules are found, without the current directory; safesend's home last."""
    home = str(Path(__file__).parents[2])
    found: list[str] = []
    for entry in (*sys.path, home):
        try:
            place = os.path.abspath(entry) if entry else ""  # noqa: PTH100 - no links
        except OSError:  # the current directory is gone or closed to us
            continue
        if place and place not in found:
            found.append(place)
    return found
