import fcntl
import getpass
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from importlib import metadata

import attrs
import pytest

from safesend.ledger import runs
from safesend.ledger.runs import (
    Presence,
    is_over,
    left_marks,
    marks_path,
    this_process,
    this_user,
    this_version,
)


@pytest.fixture
def marks(tmp_path):
    """The marks of a run, not locked."""
    path = tmp_path / "a.db.run-1.marks"
    path.touch()
    return path


@contextmanager
def locked(path):
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.fixture
def other():
    """Another process that lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def presence(lease=100.0, **changes):
    return Presence(1, attrs.evolve(this_process(), **changes), lease)


def over(who, now, marks, here=None):
    return is_over(who, here or this_process(), now, marks)


def test_this_process_is_described_the_same_twice():
    """
    Boot, space, number and start do not change.
    """
    here = this_process()

    assert here == this_process()
    assert here.pid == os.getpid()
    assert here.born > 0


def test_a_run_of_this_process_lives_while_its_marks_are_locked(marks):
    """
    Also when its lease ran out: the process may have slept.
    """
    with locked(marks):
        assert not over(presence(), 1000.0, marks)

    assert over(presence(), 0.0, marks)


def test_another_process_is_asked_for_itself(other, marks):
    """
    It lives until it is gone, and waiting to be buried is gone.
    """
    who = presence(pid=other.pid, born=runs._born(other.pid))
    assert not over(who, 1000.0, marks)

    os.kill(other.pid, signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)

    assert over(who, 0.0, marks)
    other.wait()
    assert over(who, 0.0, marks)


def test_a_reused_number_is_another_process(other, marks):
    """
    The start tells them apart, also from this very process.
    """
    born = runs._born(other.pid)

    assert over(presence(pid=other.pid, born=born - 1), 0.0, marks)
    assert over(presence(born=this_process().born - 1), 0.0, marks)


@pytest.mark.parametrize("here_boot", ["", "another boot"])
def test_of_another_boot_only_the_lease_is_known(marks, here_boot):
    """
    It may be another machine. Where the boot is unknown, no more is known either.
    """
    here = attrs.evolve(this_process(), boot=here_boot)
    who = presence(boot="" if not here_boot else this_process().boot)

    assert not over(who, 99.0, marks, here)
    assert over(who, 101.0, marks, here)


def test_a_process_of_another_container_lives_by_lease_or_lock(marks):
    """
    Its number means nothing here; one sign of life is enough.
    """
    who = presence(space="pid:[1]")

    assert not over(who, 99.0, marks)
    assert over(who, 101.0, marks)
    assert over(who, 101.0, marks.with_name("gone"))
    with locked(marks):
        assert not over(who, 101.0, marks)


def test_where_spaces_are_not_told_apart_a_number_means_nothing(marks):
    """
    Two containers of one machine count their processes alike, and begin at 1.
    """
    here = attrs.evolve(this_process(), space="")
    who = presence(space="", pid=1, born=1)

    assert not over(who, 99.0, marks, here)
    assert over(who, 101.0, marks, here)


@pytest.fixture(params=["1", "2"])
def hidden(request, other):
    """Asks, as a user to whom /proc hides the processes of others, by lease."""
    if os.getuid() != 0:
        pytest.skip("only root may mount a /proc that hides processes")
    who = attrs.astuple(presence(pid=other.pid, born=runs._born(other.pid)).process)
    mount = f"mount -t proc -o hidepid={request.param} proc /proc"
    ask = (
        "import os; from pathlib import Path; from safesend.ledger import runs;"
        f" who = runs.Presence(1, runs.Process(*{who!r}), 100.0);"
        " here = runs.this_process();"
        " os.setgroups([]); os.setresgid(*[65534] * 3); os.setresuid(*[65534] * 3);"
        " print(*(runs.is_over(who, here, now, Path('none')) for now in (99, 101)))"
    )

    def asked():
        command = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "-"]
        found = subprocess.run(
            [*command, sys.executable, "-c", ask],
            capture_output=True,
            text=True,
            check=False,
        )
        if not found.stdout:
            pytest.skip(f"no /proc that hides processes here: {found.stderr}")
        return found.stdout.split()

    return asked


def test_a_process_that_is_hidden_lives_by_its_lease(hidden, other):
    """
    As systemd has it (ProtectProc=): only one that is gone is taken for dead at once.
    """
    assert hidden() == ["False", "True"]

    other.kill()
    other.wait()

    assert hidden() == ["True", "True"]


def test_a_system_without_proc_tells_nothing(monkeypatch):
    """
    Then nothing is concluded from what it does not say.
    """

    def no_such_file(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(runs.Path, "read_text", no_such_file)
    monkeypatch.setattr(runs.Path, "readlink", no_such_file)

    assert (this_process().boot, this_process().space, this_process().born) == (
        "",
        "",
        0,
    )


def test_marks_lie_beside_their_ledger(tmp_path):
    """
    One file a run, named after both.
    """
    assert marks_path(tmp_path / "a.db", 7) == tmp_path / "a.db.run-7.marks"


def test_marks_that_nobody_will_read_are_found(tmp_path):
    """
    Those of runs that ended; never a living one's, a locked one's or another file.
    """
    ledger = tmp_path / "a[1].db"
    for name in ("a[1].db.run-1.marks", "a[1].db.run-2.marks", "a[1].db.run-3.marks"):
        (tmp_path / name).write_bytes(b"")
    for name in ("a[1].db.run-x.marks", "b.db.run-1.marks", "a1.db.run-1.marks"):
        (tmp_path / name).write_bytes(b"")
    locked = os.open(tmp_path / "a[1].db.run-3.marks", os.O_RDWR)
    fcntl.flock(locked, fcntl.LOCK_EX)
    try:
        found = left_marks(ledger, {2})
    finally:
        os.close(locked)

    assert [path.name for path in found] == ["a[1].db.run-1.marks"]


def test_who_runs_it_is_known_by_name_or_number(monkeypatch):
    """
    A container may run under a number that nobody named.
    """
    assert this_user() == getpass.getuser()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 987_654)
    assert this_user() == "user 987654"


def test_a_source_tree_has_no_version(monkeypatch):
    """
    An installed one says which it is.
    """
    assert this_version() == metadata.version("safesend")
    monkeypatch.setattr(sys, "path", [])
    assert this_version() == ""
