"""One child process: how it is started, asked and ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from safesend.clock import SYSTEM
from safesend.scanner.process import (
    NO_PYTHON,
    ReaderProcess,
    Trouble,
    interpreter,
    program,
)

GREET = (
    "import sys,struct,time,os,signal; out=sys.stdout.buffer\n"
    "def frame(b): out.write(struct.pack('>I',len(b))+b); out.flush()\n"
    "frame(b'safesend reader 1')\n"
    "def question():\n"
    "  for _ in range(2):\n"
    "    n,=struct.unpack('>I',sys.stdin.buffer.read(4)); sys.stdin.buffer.read(n)\n"
)
NOTE = b'[["note","","","hidden","x"]]'


def speaking(code):
    """A program that greets as a reader does, then runs this code."""
    return (sys.executable, "-I", "-S", "-c", GREET + code)


def asked(child, seconds=120.0, data=b"x"):
    found = []
    try:
        child.ask("a", data, SYSTEM.monotonic() + seconds, found)
    except Trouble as trouble:
        return found, str(trouble)
    finally:
        child.end()
    return found, ""


@pytest.mark.parametrize(
    "command",
    [
        ("/nonexistent/python",),
        ("/bin/true",),
        ("/bin/echo", "safesend"),
        (sys.executable, "-c", "print('safesend is not a reader, but it talks')"),
    ],
)
def test_what_does_not_greet_is_no_reader(command) -> None:
    """A program that is missing, silent or says another thing is not asked."""
    with pytest.raises(Trouble, match=NO_PYTHON):
        ReaderProcess.start(command)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("question(); frame(b'[]')", ""),
        ("question(); sys.exit(0)", "it made the reader fail"),
        ("question(); sys.exit(3)", "more memory"),
        ("question(); os.kill(os.getpid(), signal.SIGKILL)", "made the reader fail"),
        ("question(); os.kill(os.getpid(), signal.SIGXCPU)", "took too long"),
        ("question(); frame(b'{}')", "made the reader fail"),
        ("question(); frame(b'x'*9)", "made the reader fail"),
        ("question(); out.write(b'\\xff'*4); out.flush(); time.sleep(9)", "holds more"),
        ("sys.exit(0)", "made the reader fail"),
        ("out.close(); os.close(1); time.sleep(9)", "made the reader fail"),
    ],
)
def test_every_end_has_its_meaning(code, says) -> None:
    """Whatever becomes of the child is a clause about the file."""
    _, trouble = asked(ReaderProcess.start(speaking(code)))
    assert says in trouble
    assert bool(says) == bool(trouble)


def test_what_was_found_before_the_end_is_kept() -> None:
    """A child that dies after a part of its answer has found that part."""
    code = f"question(); frame({NOTE!r}); sys.exit(1)"
    found, trouble = asked(ReaderProcess.start(speaking(code)))
    assert [note.what for note in found] == ["x"]
    assert trouble


@pytest.mark.parametrize("data", [b"x", b"x" * 5_000_000])
def test_silence_ends_at_the_deadline(data) -> None:
    """A child that neither reads nor answers costs no more than the deadline."""
    child = ReaderProcess.start(speaking("time.sleep(60)"))
    start = time.perf_counter()
    _, trouble = asked(child, 0.3, data)
    assert "too long" in trouble
    assert time.perf_counter() - start < 40


def test_an_answer_without_end_is_cut() -> None:
    """What says more than a quarter of a gigabyte is ended."""
    code = f"question()\nwhile True: frame(b'[' + b' ' * (1 << 24) + {NOTE[1:]!r})"
    _, trouble = asked(ReaderProcess.start(speaking(code)), 300)
    assert "more than can be looked at" in trouble


def test_a_child_that_speaks_unasked_is_not_idle() -> None:
    """A frame that nobody asked for would be taken for the next answer."""
    child = ReaderProcess.start(speaking("frame(b'[]'); time.sleep(99)"))
    for _ in range(1200):
        if not child.idle():
            break
        time.sleep(0.05)
    assert not child.idle()
    child.end()


def test_a_dead_child_is_not_idle() -> None:
    """What was killed in between is found out before it is asked."""
    child = ReaderProcess.start(program(5))
    assert child.idle()
    os.kill(child._popen.pid, signal.SIGKILL)
    child._popen.wait()
    assert not child.idle()
    child.end()


def test_a_fork_does_not_use_or_kill_the_child_of_its_parent() -> None:
    """Two processes never talk to one child."""
    child = ReaderProcess.start(program(5))
    forked = os.fork()
    if not forked:
        idle = child.idle()
        child.end()
        os._exit(idle)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert child.idle()
    assert asked(child)[1] == ""


def test_it_has_a_session_of_its_own_and_nothing_of_ours() -> None:
    """Ctrl-C does not reach it; it has no variables of ours and no files."""
    os.environ["SAFESEND_SECRET"] = "hush"
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        child = ReaderProcess.start(program(5))
    finally:
        del os.environ["SAFESEND_SECRET"]
    pid = child._popen.pid
    proc = Path(f"/proc/{pid}")
    assert b"hush" not in (proc / "environ").read_bytes()
    assert os.getsid(pid) == pid
    assert (proc / "cwd").readlink() == Path("/")
    pipe = Path(f"/proc/self/fd/{writing}").readlink()
    files = [link.readlink() for link in (proc / "fd").iterdir()]
    assert pipe not in files
    child.end()
    os.close(reading)
    os.close(writing)


def test_more_than_four_gigabytes_are_not_asked_for() -> None:
    """A file of a size that no frame holds needs too much memory anyway."""

    class Huge(bytes):
        def __len__(self):
            return 1 << 33

    assert "more memory" in asked(ReaderProcess.start(program(5)), data=Huge())[1]


@pytest.mark.parametrize("name", ["python", "python3.11", "pypy3", ".python-wrapped"])
def test_a_python_is_known_by_its_name(name) -> None:
    """The interpreter that runs us is the one that reads."""
    assert interpreter(f"/usr/bin/{name}") == f"/usr/bin/{name}"


@pytest.mark.parametrize("executable", [None, "", "/usr/sbin/uwsgi"])
def test_inside_another_program_its_python_is_looked_for(executable) -> None:
    """Not the program itself is started, but what belongs to its library."""
    assert interpreter(executable) in {
        "",
        f"{sys.exec_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}",
    }
