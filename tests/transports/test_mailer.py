"""A process gets one message; whatever it does, its outcome is not guessed."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent
from safesend.transports.mailer import Mailer

MESSAGE = b"Subject: x\n\n.\n..\nFrom me\n\xff\n" + b"a line of text\n" * 9000


@pytest.fixture
def mailer():
    made = Mailer(150.0)
    yield made
    made.close()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def shell(text: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", text, "mailer")


def test_the_message_is_there_whole(mailer, tmp_path):
    """Octet for octet, at standard input."""
    command = (*shell('cat > "$1"'), str(tmp_path / "got"))

    assert isinstance(mailer.hand_over(command, MESSAGE), Accepted)
    assert (tmp_path / "got").read_bytes() == MESSAGE


def test_it_need_not_be_read(mailer):
    """A process that ends before it reads has its status, and blocks nobody."""
    outcome = mailer.hand_over(shell("exit 75"), MESSAGE)

    assert isinstance(outcome, Deferred)


def test_arguments_are_no_words_of_a_shell(mailer, tmp_path):
    """They arrive as they are."""
    odd = ["$(touch x)", "`id`", "a b", "'\"", "-t", "|", "\\", ""]
    script = 'for one in "$@"; do printf "%s\\n" "$one"; done > "$0"'
    command = ("/bin/sh", "-c", script, str(tmp_path / "got"), *odd)
    mailer.hand_over(command, b"")

    assert (tmp_path / "got").read_text().splitlines() == odd


def test_it_learns_nothing_of_us(mailer, tmp_path, monkeypatch):
    """Only where it finds its settings; passwords of ours are none of its business."""
    monkeypatch.setenv("SAFESEND_PASSWORD", "hunter2")
    monkeypatch.setenv("HOME", str(tmp_path))
    mailer.hand_over((*shell('env > "$1"; pwd >> "$1"'), str(tmp_path / "got")), b"")
    told = (tmp_path / "got").read_text()

    assert "hunter2" not in told
    assert f"HOME={tmp_path}" in told
    assert "LC_ALL=C" in told


def test_no_file_of_ours_is_open_in_it(mailer, tmp_path):
    """Neither the ledger nor a line to somebody else."""
    with (tmp_path / "ledger").open("w"):
        command = (*shell('ls -l /proc/self/fd > "$1"'), str(tmp_path / "got"))
        mailer.hand_over(command, b"")

    assert "/ledger" not in (tmp_path / "got").read_text()


def test_what_it_complains_of_is_told_without_addresses(mailer):
    """On one line, masked, and fit for a terminal."""
    command = shell("printf 'no \\033[31m<ada@example.org>\\n\\n known' >&2; exit 67")
    outcome = mailer.hand_over(command, b"")

    assert "ada@" not in outcome.text
    assert outcome.text.isprintable()
    assert "known" in outcome.text


def test_a_flood_of_complaints(mailer):
    """A gigabyte is read and dropped; a little of it is told."""
    script = "head -c 1000000000 /dev/zero | tr '\\0' x >&2; exit 75"
    outcome = mailer.hand_over(shell(script), MESSAGE)

    assert isinstance(outcome, Deferred)
    assert len(outcome.text) < 500


@pytest.mark.parametrize("ending", ["kill -9 $$", "kill -11 $$", "exit 1", "exit 70"])
def test_an_end_that_says_nothing(mailer, ending):
    """A signal, or a number that any script gives: it may have kept the message."""
    outcome = mailer.hand_over(shell(f"cat > /dev/null; {ending}"), MESSAGE)

    assert isinstance(outcome, InDoubt)


def test_one_that_hangs_is_ended():
    """With everything that it began; the message is in doubt."""
    begun = time.monotonic()
    outcome = Mailer(0.3).hand_over(shell("sleep 100 & sleep 100"), MESSAGE)

    assert isinstance(outcome, InDoubt)
    assert "in time" in outcome.text
    assert time.monotonic() - begun < 50


def test_one_that_will_not_end_is_killed():
    """Politely first."""
    begun = time.monotonic()
    script = "trap '' TERM; while :; do sleep 0.2; done"
    outcome = Mailer(2.0).hand_over(shell(script), b"")

    assert isinstance(outcome, InDoubt)
    assert 7 < time.monotonic() - begun < 60


def test_one_that_leaves_somebody_behind(mailer, tmp_path):
    """Its status counts when it ends; who it left may write on, and is not killed."""
    script = '(sleep 3; echo still here >&2; touch "$1") & exit 0'
    begun = time.monotonic()
    outcome = mailer.hand_over((*shell(script), str(tmp_path / "done")), MESSAGE)

    assert isinstance(outcome, Accepted)
    assert time.monotonic() - begun < 2.5
    patience = time.monotonic() + 60
    while not (tmp_path / "done").exists():
        assert time.monotonic() < patience
        time.sleep(0.05)


def test_many_that_leave_somebody_behind(mailer):
    """Not so many files stay open as there were messages."""
    gc.collect()  # what tests before this one left is not counted
    before = open_files()
    for _ in range(30):
        mailer.hand_over(shell("sleep 3 & exit 0"), b"")

    assert open_files() - before <= 16
    mailer.close()
    assert open_files() <= before


def test_one_that_closes_its_standard_error(mailer):
    """It is waited for all the same."""
    outcome = mailer.hand_over(shell("exec 2>&-; sleep 0.3; exit 75"), b"")

    assert isinstance(outcome, Deferred)


def test_one_that_does_not_start(mailer, tmp_path):
    """Nothing was sent, for nothing ran; no file stays open."""
    gc.collect()
    before = open_files()
    nonsense = tmp_path / "mailer"
    nonsense.write_text("\0")
    nonsense.chmod(0o755)
    for path in tmp_path / "missing", tmp_path, nonsense:
        outcome = mailer.hand_over((str(path),), MESSAGE)
        assert isinstance(outcome, NotSent)

    assert open_files() <= before


def test_ctrl_c_does_not_reach_it(mailer, tmp_path):
    """It is in a session of its own: what it was given it brings to its end."""
    script = 'ps -o sid= -p $$ > "$1"'
    mailer.hand_over((*shell(script), str(tmp_path / "got")), b"")

    assert int((tmp_path / "got").read_text()) != os.getsid(0)


def test_a_hurry_leaves_it_alone(tmp_path):
    """Who cannot wait gets a doubt, and the process its time."""
    mailer, begun = Mailer(60.0), tmp_path / "got.on"

    def hurry() -> None:
        while not begun.exists():
            time.sleep(0.01)
        mailer.hurry()

    threading.Thread(target=hurry, daemon=True).start()
    script = 'touch "$1.on"; sleep 4; cat > "$1"'
    outcome = mailer.hand_over((*shell(script), str(tmp_path / "got")), MESSAGE)

    assert isinstance(outcome, InDoubt)
    end = time.monotonic() + 60
    while not _is(tmp_path / "got", MESSAGE) and time.monotonic() < end:
        time.sleep(0.05)
    assert (tmp_path / "got").read_bytes() == MESSAGE


def _is(file: Path, content: bytes) -> bool:
    return file.exists() and file.read_bytes() == content


def test_a_run_that_is_killed_takes_nothing_back(tmp_path):
    """After kill -9 of ours a mailer that has begun still has the message whole."""
    program = (
        "import sys\n"
        "from safesend.transports.mailer import Mailer\n"
        "command = ('/bin/sh', '-c', 'touch \"$1.on\"; sleep 1; cat > \"$1\"', 'm',"
        " sys.argv[1])\n"
        "Mailer(20.0).hand_over(command, b'a line of text\\n' * 90000)\n"
    )
    target = tmp_path / "got"
    import sys

    ours = subprocess.Popen([sys.executable, "-c", program, str(target)])
    while not (tmp_path / "got.on").exists():
        time.sleep(0.02)
    ours.send_signal(signal.SIGKILL)
    ours.wait()
    end = time.monotonic() + 60
    whole = b"a line of text\n" * 90000
    while not _is(target, whole) and time.monotonic() < end:
        time.sleep(0.05)

    assert target.read_bytes() == whole
