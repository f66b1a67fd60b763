"""The process that opens files, as far as it can be run inside this one."""

from __future__ import annotations

import io
import os
import resource
import sys

import pytest

from safesend.checks.piece import Note, NoteKind, Piece
from safesend.scanner import worker
from safesend.scanner.wire import HEAD, as_frame, body_length, from_batch


def asked(*files):
    return io.BytesIO(
        b"".join(as_frame(name.encode()) + as_frame(data) for name, data in files)
    )


def answers_of(stream):
    """The answers in a stream, each as what it found."""
    answers, found = [], []
    data = io.BytesIO(stream.getvalue())
    while head := data.read(HEAD):
        batch = from_batch(data.read(body_length(head, 1 << 20)))
        found += batch
        if not batch:
            answers.append(found)
            found = []
    assert not found
    return answers


def in_a_child(action):
    """The exit status of a forked process that does this."""
    child = os.fork()
    if not child:
        status = 99
        try:
            status = action()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_each_question_has_its_answer() -> None:
    """Files are answered in their order, and each begins with a fresh limit."""
    begun = []

    def read(name, data):
        yield Piece(place=name, text=data.decode())

    out = io.BytesIO()
    worker.serve(asked(("a", b"1"), ("b", b"2")), out, read, lambda: begun.append(1))
    assert answers_of(out) == [
        [Piece(place="a", text="1")],
        [Piece(place="b", text="2")],
    ]
    assert begun == [1, 1]


def test_a_reader_that_fails_has_found_what_it_found() -> None:
    """What a file makes a library raise is a note after the pieces before it."""

    def read(name, data):
        yield Piece(text="before")
        raise RecursionError

    out = io.BytesIO()
    worker.serve(asked(("a", b"")), out, read, lambda: None)
    note = Note(kind=NoteKind.UNREADABLE, what=worker.FAILED)
    assert answers_of(out) == [[Piece(text="before"), note]]


def test_a_file_that_eats_the_memory_ends_the_process() -> None:
    """After MemoryError nothing is tried any more."""

    def read(name, data):
        raise MemoryError
        yield

    with pytest.raises(MemoryError):
        worker.serve(asked(("a", b"")), io.BytesIO(), read, lambda: None)


@pytest.mark.parametrize("cut", [2, 4, 5, 7, 9, 11])
def test_a_question_that_ends_early_is_no_question(cut) -> None:
    """When the parent dies while it asks, nothing is read."""
    out = io.BytesIO()
    question = io.BytesIO(asked(("a", b"xyz")).getvalue()[:cut])
    worker.serve(
        question, out, lambda name, data: pytest.fail("it was read"), lambda: None
    )
    assert out.getvalue() == b""


def test_it_gives_up_memory_files_and_children() -> None:
    """After confine() no file can be written, and memory ends at a gigabyte."""

    def action():
        worker.confine()
        assert resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0)
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 32
        assert resource.getrlimit(resource.RLIMIT_AS)[1] <= 1 << 30
        return 5

    assert in_a_child(action) == 5


def test_the_processor_time_is_given_anew_for_each_file() -> None:
    """The limit lies the given seconds after what was used, up to a second more."""

    def action():
        worker._rearm(7)
        soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        left = soft - usage.ru_utime - usage.ru_stime
        return 5 if 6 < left <= 8 else 6

    assert in_a_child(action) == 5


def running(question, limit=None):
    """Runs main() in a child; gives its exit status and what it wrote."""
    asking, asked_by = os.pipe()
    said_to, saying = os.pipe()
    os.write(asked_by, question)
    os.close(asked_by)

    def action():
        os.dup2(asking, 0)
        os.dup2(saying, 1)
        worker.main(30)
        print("nobody sees this", file=sys.__stdout__, flush=True)
        return 0

    status = in_a_child(action)
    os.close(saying)
    with os.fdopen(said_to, "rb") as stream:
        said = stream.read()
    os.close(asking)
    return status, said


def test_it_greets_answers_and_ends_with_its_input() -> None:
    """A whole run: a greeting, the answers, and nothing else on the output."""
    status, said = running(asked(("a.txt", b"hello eve@example.net")).getvalue())
    greeting = as_frame(b"safesend reader 1")
    assert status == 0
    assert said.startswith(greeting)
    [found] = answers_of(io.BytesIO(said[len(greeting) :]))
    assert "eve@example.net" in found[0].text
    assert b"nobody" not in said
