"""The process that opens files: it gives up its rights, then reads what it is handed.

Nothing is imported here that a plain file does not need; the readers of formats load
their packages when the first file of that format comes.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from safesend.checks.piece import Found, Note, NoteKind
from safesend.scanner.wire import (
    END,
    GREETING,
    HEAD,
    BadFrame,
    as_frame,
    batches,
    body_length,
)

__all__ = ["FAILED", "OUT_OF_MEMORY", "Read", "confine", "main", "serve"]

Read = Callable[[str, bytes], Iterable[Found]]

OUT_OF_MEMORY = 3
"""Exit status: the file needed more memory than there is for one."""

FAILED = "it made the reader fail (damaged or hostile)"

_ADDRESS_SPACE = 1 << 30
_OPEN_FILES = 32
_LONGEST = (1 << 32) - 1


def main(seconds: int) -> None:
    """Answer on standard output what standard input asks, until that ends.

    `seconds` is the processor time for one file. What a library prints goes nowhere:
    the standard streams are moved to places that only this function knows.
    """
    questions, answers = _own_streams()
    confine()
    answers.write(as_frame(GREETING))
    answers.flush()
    try:
        serve(questions, answers, _read_file, lambda: _rearm(seconds))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (BadFrame, OSError):  # nobody asks or listens any more
        os._exit(1)


def serve(
    questions: BinaryIO, answers: BinaryIO, read: Read, begin: Callable[[], None]
) -> None:
    """Read files, one after the other, until there are no more questions.

    `begin` is called before a file is looked at. MemoryError leaves: what is left of
    the heap is not fit for the next file.
    """
    while (name := _frame(questions)) is not None:
        data = _frame(questions)
        if data is None:
            return
        begin()
        found = _guarded(read, name.decode("utf-8", "surrogatepass"), data)
        for body in batches(found):
            answers.write(as_frame(body))
            answers.flush()
        answers.write(as_frame(END))
        answers.flush()


def _frame(stream: BinaryIO) -> bytes | None:
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    length = body_length(head, _LONGEST)
    body = stream.read(length)
    return body if len(body) == length else None


def _guarded(read: Read, name: str, data: bytes) -> Iterator[Found]:
    try:
        yield from read(name, data)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a library raise
        yield Note(kind=NoteKind.UNREADABLE, what=FAILED)


def confine() -> None:
    """Give up what reading does not need (setrlimit(2)): memory, files, children.

    A limit that the system does not know, or that is lower already, is left alone.
    """
    limits = {
        "RLIMIT_AS": _ADDRESS_SPACE,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NOFILE": _OPEN_FILES,
        "RLIMIT_NPROC": 0,
    }
    for name, limit in limits.items():
        if (number := getattr(resource, name, None)) is not None:
            _, hard = resource.getrlimit(number)
            least = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(number, (least, least))


def _rearm(seconds: int) -> None:
    """Allow so much processor time from now on (SIGXCPU ends this process)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for us alone; the standard streams become nothing."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    return questions, answers


def _read_file(name: str, data: bytes) -> Iterable[Found]:
    from safesend.checks.documents.files import read_file  # noqa: PLC0415

    return read_file(name, data)
