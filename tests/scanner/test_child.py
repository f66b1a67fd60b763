"""Files read in a process of their own, and what hostile ones do to it."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

import safesend
from safesend.checks.piece import NoteKind, Piece
from safesend.scanner.child import FileReader, plain

TABLE = b"name;mail\nEve;eve@example.net\n"
SOURCES = str(Path(safesend.__file__).parents[1])


def zipped(data, name="a.txt"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def texts(found):
    return "\n".join(one.text for one in found if isinstance(one, Piece))


def notes(found):
    return [one.what for one in found if not isinstance(one, Piece)]


@pytest.fixture
def reader():
    with FileReader(seconds=120) as reader:
        yield reader


def test_a_file_is_read_in_another_process(reader) -> None:
    """What stands in an archive comes back, by a process that serves all files."""
    assert "eve@example.net" in texts(reader.read("a.zip", zipped(TABLE)))
    first = reader._child
    assert "bob@example.org" in texts(reader.read("b.zip", zipped(b"bob@example.org")))
    assert reader._child is first
    assert first is not None


def test_a_plain_text_needs_no_process(reader) -> None:
    """Nothing is started for a small text or table."""
    assert "eve@example.net" in texts(reader.read("a.csv", TABLE))
    assert "eve@example.net" in texts(reader.read("a.txt", b"eve@example.net"))
    assert reader._child is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"a\0b"),
        ("a.csv", b"\xff\xfea"),
        ("a.csv", b"a" * (1 << 20) + b"a"),
        ("a.txt", b"%PDF-1.7"),
        ("a.txt", b"<html><body>x</body></html>"),
        ("a.txt", b"From: a@b.example\nTo: c@d.example\nSubject: x\n\nx"),
        ("a.xml", b"<?xml version='1.0'?><a/>"),
        ("a.json", b"{}"),
    ],
)
def test_what_has_a_format_is_not_plain(name, data) -> None:
    """Only what is read as it stands is read in this process."""
    assert not plain(name, data)


def test_the_same_file_is_read_once(reader) -> None:
    """A file that comes again is remembered, under the same name only."""
    found = reader.read("a.zip", zipped(TABLE))
    reader.close()
    assert reader.read("a.zip", zipped(TABLE)) is found
    assert reader._child is None
    assert reader.read("b.zip", zipped(TABLE)) == found
    assert reader._child is not None


def test_what_is_remembered_has_a_bound(reader) -> None:
    """The oldest files are forgotten first; a huge one is not kept at all."""
    for number in range(50):
        reader.read("a.txt", b"%d" % number + b"a" * 1_000_000)
    assert reader._cached < 34 << 20
    assert 30 <= len(reader._cache) <= 34
    first = next(iter(reader._cache))
    data = b"%d" % (50 - len(reader._cache)) + b"a" * 1_000_000
    reader.read("a.txt", data)
    assert next(iter(reader._cache)) != first


def test_a_huge_answer_is_not_kept(reader) -> None:
    """What one file says does not push everything else out."""
    reader.read("a.txt", b"a")
    reader.read("b.bin", b"a" * (33 << 20))
    assert len(reader._cache) == 1


def test_a_zip_bomb_is_told_and_the_next_file_is_read(reader) -> None:
    """What swells without measure is unreadable, and harms nobody."""
    bomb = zipped(b"\0" * (300 << 20))
    found = reader.read("a.zip", bomb)
    assert any(one.kind is NoteKind.UNREADABLE for one in found)
    assert "eve@example.net" in texts(reader.read("b.zip", zipped(TABLE)))


@pytest.mark.parametrize("trouble", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_dies_or_hangs_is_replaced(trouble) -> None:
    """A file in whose midst the process ends is unreadable, the next is read."""
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(9000):
            archive.writestr(f"{number}.html", "<p>a</p>" * 1000)
    with FileReader(seconds=6.0) as reader:
        reader.read("a.zip", zipped(b"first"))
        pid = reader._child._popen.pid
        timer = threading.Timer(0.1, os.kill, (pid, trouble))
        start = time.perf_counter()
        timer.start()
        found = reader.read("b.zip", many.getvalue())
        assert time.perf_counter() - start < 40
        timer.join()
        assert notes(found)[-1] in {
            "it made the reader fail (damaged or hostile)",
            "it took too long to read",
        }
        assert "eve@example.net" in texts(reader.read("c.zip", zipped(TABLE)))
        assert reader._child._popen.pid != pid


def test_a_process_killed_between_files_is_not_missed(reader) -> None:
    """The next file starts another, and is read."""
    reader.read("a.zip", zipped(b"first"))
    os.kill(reader._child._popen.pid, signal.SIGKILL)
    assert "eve@example.net" in texts(reader.read("b.zip", zipped(TABLE)))


def test_a_file_larger_than_the_memory_is_unreadable() -> None:
    """What does not fit into the limit of the process is told, not tried."""
    hog = (
        "from safesend.scanner import worker\n"
        "worker._read_file = lambda name, data: [bytearray(1 << 40)]\n"
        "worker.main(9)"
    )
    start = f"import sys; sys.path[:] = {sys.path!r}; {hog}".replace("\n", ";")
    with FileReader(command=(sys.executable, "-I", "-c", start)) as reader:
        found = reader.read("a.zip", zipped(TABLE))
    assert notes(found) == ["it needs more memory than one file may have"]


def test_threads_may_share_a_reader(reader) -> None:
    """Each thread gets the answer to its own files."""
    wrong = []

    def read(thread: int) -> None:
        for number in range(20):
            name = f"person{thread}.{number}@example.net"
            if name not in texts(reader.read("a.zip", zipped(name.encode()))):
                wrong.append(name)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_leaves_the_turns_of_other_threads_behind(reader) -> None:
    """The thread that held the reader does not exist in the new process."""
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with reader._in_turn():
            held.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        found = reader.read("a.zip", zipped(TABLE))
        os._exit(0 if "eve@example.net" in texts(found) else 1)
    assert os.waitpid(pid, 0)[1] == 0
    over.set()
    thread.join()


def test_without_a_python_nothing_is_read() -> None:
    """A program without an interpreter says so for each file."""
    with FileReader(command=("/nonexistent",)) as reader:
        assert notes(reader.read("a.zip", zipped(TABLE))) == [
            "there is no Python to read it with"
        ]
        assert texts(reader.read("a.txt", b"eve@example.net"))


def test_an_interrupt_ends_the_process_too() -> None:
    """After Ctrl-C no old answer is taken for the next file's."""
    with FileReader() as reader:
        reader.read("a.zip", zipped(b"first"))
        child = reader._child
        child._popen.send_signal(signal.SIGSTOP)
        main = threading.main_thread().ident
        timer = threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            reader.read("b.zip", zipped(b"second"))
        timer.join()
        assert reader._child is None
        assert "eve@example.net" in texts(reader.read("c.zip", zipped(TABLE)))


PROGRAM = """
import io, os, sys, zipfile
from safesend.scanner.child import FileReader
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as archive:
    archive.writestr("a.txt", "eve@example.net")
with FileReader() as reader:
    found = reader.read("a.zip", out.getvalue())
os._exit(0 if any("eve@" in getattr(one, "text", "") for one in found) else 1)
"""


def run(prefix="", env=None, cwd=None, *options, **more):
    search = os.pathsep.join([SOURCES, *(entry for entry in sys.path if entry)])
    env = {"PYTHONPATH": search, **(env or {})}
    command = [sys.executable, *options, "-c", prefix + PROGRAM]
    return subprocess.run(
        command, env=env, cwd=cwd, check=False, capture_output=True, text=True, **more
    )


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "import os; [os.close(fd) for fd in (0, 1, 2)]",
        "import os; os.close(0)",
        # Python 3.13.0 itself cannot import a codec where the directory is gone.
        """
import os, tempfile, safesend.scanner.child
b"x".decode("cp1252"); d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)
""",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))",
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "import sys; sys.path.insert(0, '')",
    ],
)
def test_it_works_however_the_program_was_started(prefix) -> None:
    """Closed streams, a lost folder, few files: the child starts all the same."""
    done = run(prefix + "\n")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "7"},
        {"PYTHONDEVMODE": "1"},
        {"PYTHONVERBOSE": ""},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONUNBUFFERED": "1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
)
def test_variables_of_the_interpreter_do_not_reach_it(variables) -> None:
    """The child is the same whatever the environment says."""
    done = run(env=variables)
    assert (done.returncode, done.stderr) == (0, "")


def test_modules_in_the_current_directory_are_not_its_modules(tmp_path) -> None:
    """A file called zipfile.py beside the letters is not run by the child."""
    for name in ("zipfile", "json", "struct"):
        (tmp_path / f"{name}.py").write_text("open('/dev/stdout').write('run')")
    search = os.pathsep.join([SOURCES, *(entry for entry in sys.path if entry)])
    command = (sys.executable, "-P", "-c", PROGRAM)
    done = subprocess.run(
        command,
        env={"PYTHONPATH": search},
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_child_ends_with_its_parent() -> None:
    """A parent that is killed leaves no process behind."""
    prefix = "import atexit\n"
    program = PROGRAM.replace(
        "    found = reader.read",
        "    reader.read('b.zip', out.getvalue());"
        " print(reader._child._popen.pid, flush=True);"
        " os.kill(os.getpid(), 9)\n    found = reader.read",
    )
    search = os.pathsep.join([SOURCES, *(entry for entry in sys.path if entry)])
    done = subprocess.run(
        [sys.executable, "-c", prefix + program],
        env={"PYTHONPATH": search},
        check=False,
        capture_output=True,
    )
    child = Path("/proc", done.stdout.decode().strip())
    for _ in range(1200):
        try:
            state = (child / "stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            return
        if state in b"ZX":
            return
        time.sleep(0.05)
    pytest.fail("the child lives on")


def test_the_limits_are_those_of_the_child_only(reader) -> None:
    """The sender's own process may still write files and use memory."""
    reader.read("a.zip", zipped(TABLE))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
