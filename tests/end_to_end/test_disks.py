"""A ledger on a bad disk: a plain sentence, nothing lost, and then it goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from end_to_end.crashes import (
    begun,
    copies,
    crowd,
    dice,
    letter,
    nobody_twice_nobody_lost,
    say,
    start,
)
from end_to_end.disks import small_disk
from servers.fixtures import or_skip
from servers.smtp_sink import Sink

pytestmark = pytest.mark.server

_PEOPLE = 1500
_SLOW = "500/s"
"""So slow that its ledger is broken long before it is done, though we come late."""
_TOML = """\
name = "crash"
sender = "Example News <news@example.org>"
list = "people.csv"
via = "{url}"
"""
_FULL = (
    "the disk is full; make room and run again",
    # Of the shared memory beside the log SQLite says no more than this.
    "the disk cannot be read or written; see whether it is full, read-only or failing",
)
_GONE = (
    "was deleted, moved or replaced while it was in use. Put it back before you send"
)
_BUSY = "is held by another process; try again when it is done"
_DAMAGED = (
    "the file is damaged; keep a copy and send nothing until it is restored",
    "it is not a ledger; give the path of another file",
    "is not a ledger; give the campaign folder, or the path",
    "is damaged; nothing of it is sent. Restore the ledger from a copy",
)


@pytest.fixture
def disk(tmp_path):
    with contextlib.ExitStack() as stack:
        with or_skip():
            made = stack.enter_context(small_disk(tmp_path / "disk", "16m"))
        yield made


@attrs.frozen
class _Scene:
    """A campaign folder, the same letter in Python, a sink, and a ledger."""

    folder: Path
    people: Path
    sink: Sink
    ledger: Path

    def sender(self, **options):
        """A sender in its own process, which says what its ledger does."""
        return start(self.people, self.ledger, self.sink.url, **options)

    def begin(self) -> None:
        """Send to some of them, and stop as Ctrl-C does."""
        with self.sender(throttle=_SLOW) as sender:
            assert sender.until("< claim")
            sender.until_kept(self.sink, 200)
            sender.signal(signal.SIGINT)
            sender.finish()

    def fails(self, error: str, *sentences: str) -> None:
        """A run says why it comes to nothing, in Python and as a command."""
        before = begun(self.sink)
        with self.sender() as sender:
            assert sender.finish() == 1
        assert sender.told("error ").startswith(error)
        assert _says(sender.told("error "), *sentences)
        with self.command() as process:
            assert _says(_ended(process), *sentences)
        assert begun(self.sink) == before

    def is_well(self) -> None:
        """The next run writes to everybody who has no letter; nobody is in doubt."""
        report = letter(self.people).send(self.sink.url, ledger=self.ledger)
        came = copies(self.sink)
        assert nobody_twice_nobody_lost(report, self.people, came) == 0

    def command(self) -> subprocess.Popen[str]:
        """`safesend send` without a question."""
        command = [sys.executable, "-m", "safesend", "send", str(self.folder), "--yes"]
        return subprocess.Popen(
            [*command, "--ledger", str(self.ledger), "--rate", _SLOW],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _says(said, *sentences) -> bool:
    """Whether it is one of the sentences that a person can act upon."""
    assert any(re.search(sentence, said) for sentence in sentences), said
    return True


def _ended(process, codes=(2, 3)) -> str:
    """What a command said that could not send: sentences, and a code for them."""
    said = process.communicate()[0]
    assert process.returncode in codes
    assert "Traceback" not in said
    assert "sqlite3." not in said
    return " ".join(said.split())


@pytest.fixture
def scene(smtp_sink, tmp_path) -> Callable[..., _Scene]:
    def make(ledgers: Path = tmp_path / "ledgers") -> _Scene:
        folder = tmp_path / "crash"
        for made in (folder, ledgers):
            made.mkdir(exist_ok=True)
        sink = smtp_sink()
        people = crowd(folder, _PEOPLE)
        (folder / "campaign.toml").write_text(_TOML.format(url=sink.url))
        template = letter(people).template
        (folder / "subject.txt").write_text(template.subject)
        (folder / "body.txt").write_text(template.text)
        return _Scene(folder, people, sink, ledgers / "ledger.db")

    return make


@pytest.mark.parametrize("room", [0, 30_000, 200_000, 900_000])
def test_a_disk_that_is_full_while_the_list_is_read(scene, disk, room):
    """Nothing is sent, wherever the room ends."""
    here = scene(disk.folder)
    disk.fill(room)
    here.fails("LedgerError", *_FULL)
    disk.empty()
    here.is_well()


@pytest.mark.parametrize("room", [0, 50_000, 200_000])
@pytest.mark.parametrize("call", ["< go_live", "< claim"])
def test_a_disk_that_fills_up_under_a_run(scene, disk, call, room):
    """Sending stops; what came in is in the marks, so that nobody is in doubt."""
    here = scene(disk.folder)
    with here.sender(throttle=_SLOW) as sender:
        assert sender.until(call)
        disk.fill(room)
        assert sender.finish() == 1
    assert _says(sender.told("error LedgerError:"), *_FULL)
    assert begun(here.sink) < _PEOPLE
    disk.empty()
    here.is_well()


def test_a_disk_that_fills_up_under_a_command(scene, disk):
    """It says what to do, and how to go on."""
    here = scene(disk.folder)
    with here.command() as process:
        while not begun(here.sink):
            assert process.poll() is None
        disk.fill()
        said = _ended(process, codes=(3,))
    assert "the disk is full; make room and run again" in said
    assert "To go on; nobody gets it twice: safesend send" in said
    disk.empty()
    here.is_well()


def test_a_read_only_disk(scene, disk):
    """Neither a new ledger nor one that is there already can be used."""
    here = scene(disk.folder)
    disk.set_writable(yes=False)
    here.fails("LedgerError", "cannot be used: Read-only file system; see to")
    disk.set_writable(yes=True)
    here.begin()
    disk.set_writable(yes=False)
    here.fails("LedgerError", "it cannot be opened; check that its disk is")
    disk.set_writable(yes=True)
    here.is_well()


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fails_under_a_run(scene, machine, tmp_path, number):
    """Every write and sync fails from one moment on, as after a remount read-only."""
    here = scene()
    trouble = tmp_path / "trouble"
    world = machine(folder=here.ledger.parent, refuse=trouble)
    with here.sender(throttle=_SLOW, environment=world) as sender:
        assert sender.until("< claim")
        sender.until_kept(here.sink, 100)
        trouble.with_name("new").write_text(str(number))
        trouble.with_name("new").rename(trouble)
        assert sender.finish() == 1
    assert _says(sender.told("error LedgerError:"), *_FULL)
    assert begun(here.sink) < _PEOPLE
    here.is_well()


def _scribbled(content, chance):
    octets = bytearray(content)
    for _ in range(400):
        at = chance.randrange(len(octets) - 16)
        octets[at : at + 16] = chance.randbytes(16)
    return bytes(octets)


def _without_a_page(content, chance):
    at = 4096 * chance.randrange(1, len(content) // 4096)
    return content[:at] + bytes(4096) + content[at + 4096 :]


_DAMAGE = {
    "first page zeroed": lambda content, _: bytes(4096) + content[4096:],
    "half": lambda content, _: content[: len(content) // 2],
    "last page gone": lambda content, _: content[:-4096],
    "cut anywhere": lambda content, chance: content[: chance.randrange(200, 9**5)],
    "another file": lambda content, _: b"hello, world\n" * 1000,
    "scribbled over": _scribbled,
}


def test_a_damaged_ledger(scene):
    """It is not believed: nobody is written to until it is restored."""
    chance = dice()
    here = scene()
    here.begin()
    good = here.ledger.read_bytes()
    for kind, damaged in _DAMAGE.items():
        say(kind)
        here.ledger.write_bytes(damaged(good, chance))
        here.fails("LedgerError", *_DAMAGED)
    here.ledger.write_bytes(good)
    here.is_well()


def test_damage_that_is_not_seen_at_once(scene):
    """
    A page zeroed anywhere: it may be empty, or found late; nobody has two letters.
    """
    here = scene()
    here.begin()
    here.ledger.write_bytes(_without_a_page(here.ledger.read_bytes(), dice()))
    with here.sender() as sender:
        code = sender.finish()
    assert code == 0 or _says(sender.told("error LedgerError:"), *_DAMAGED)
    assert max(copies(here.sink).values()) == 1


@contextlib.contextmanager
def _held(ledger, *, alone=False):
    """Another program holds the ledger."""
    other = sqlite3.connect(ledger, isolation_level=None)
    with contextlib.closing(other):
        if alone:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("PRAGMA user_version").fetchone()
        yield


@pytest.mark.slow
@pytest.mark.parametrize("alone", [False, True])
def test_a_ledger_that_another_program_holds(scene, alone):
    """After ten seconds that is said, and nothing was sent."""
    here = scene()
    here.begin()
    before = begun(here.sink)
    with (
        _held(here.ledger, alone=alone),
        here.command() as command,
        here.sender() as sender,
    ):
        assert _says(_ended(command), _BUSY)
        assert sender.finish() == 1
    assert _says(sender.told("error LedgerBusy:"), _BUSY)
    assert begun(here.sink) == before
    here.is_well()


@pytest.mark.slow
def test_a_ledger_that_another_program_takes_under_a_run(scene):
    """Sending stops when outcomes cannot be recorded, and they are not lost."""
    here = scene()
    with here.sender(throttle="100/s") as sender:
        assert sender.until("< claim")
        with contextlib.ExitStack() as stack:
            stack.enter_context(_held(here.ledger))
            # The first one fails, the second one is part of the wind-up.
            assert sender.until("> record", 2)
        assert sender.finish() == 1
    assert _says(sender.told("error LedgerBusy:"), _BUSY)
    here.is_well()


def test_a_ledger_that_is_moved_away_under_a_run(scene):
    """The run ends; put back, the ledger knows everything."""
    here = scene()
    aside = here.ledger.with_name("aside.db")
    with here.sender(throttle=_SLOW) as sender:
        assert sender.until("< claim")
        here.ledger.rename(aside)
        assert sender.finish() == 1
    assert _says(sender.told("error LedgerError:"), _GONE)
    assert begun(here.sink) < _PEOPLE
    aside.rename(here.ledger)
    here.is_well()


def test_a_ledger_that_is_replaced_under_a_command(scene):
    """An older copy under the same name is not taken for it."""
    here = scene()
    here.begin()
    aside = here.ledger.with_name("aside.db")
    before = begun(here.sink)
    with here.command() as process:
        while begun(here.sink) == before:
            assert process.poll() is None
        here.ledger.rename(aside)
        shutil.copy2(aside, here.ledger)
        said = _ended(process, codes=(3,))
    assert _GONE in said
    aside.rename(here.ledger)
    here.is_well()


@pytest.mark.parametrize("run", [1, 2])
def test_marks_that_cannot_be_written(scene, run):
    """Without them a crash would leave many in doubt: nothing is sent."""
    here = scene()
    in_the_way = here.ledger.with_name(f"{here.ledger.name}.run-{run}.marks")
    in_the_way.mkdir()
    here.fails("LedgerError", "cannot be kept: Is a directory; see to the room")
    in_the_way.rmdir()
    here.is_well()


def _keys():
    return Path(os.environ["XDG_DATA_HOME"]) / "safesend" / "keys"


def _the_key(ledger):
    with contextlib.closing(sqlite3.connect(ledger)) as book:
        [(name,)] = book.execute("SELECT value FROM meta WHERE name = 'id'")
    return _keys() / f"{name.decode()}.key"


_KEYS = {
    "missing": (Path.unlink, r"is missing; looked for the file .*are not set"),
    "another": (lambda key: key.write_text("ab" * 32), "this is not the key of"),
    "broken": (lambda key: key.write_text("ab" * 30), "holds no key: 32 octets as"),
    "readable": (lambda key: key.chmod(0o644), "if nobody did: chmod 600 "),
    "a folder": (lambda key: (key.unlink(), key.mkdir(0o700)), "Is a directory|no key"),
}


def test_a_key_that_is_not_the_one(scene):
    """Without it nobody could be told from those who have the letter."""
    here = scene()
    here.begin()
    key = _the_key(here.ledger)
    good = key.read_bytes()
    for kind, (harm, sentence) in _KEYS.items():
        say(kind)
        harm(key)
        here.fails("LedgerKeyError", sentence)
        if key.is_dir():
            key.rmdir()
        key.write_bytes(good)
        key.chmod(0o600)
    here.is_well()


def test_a_key_in_the_environment_that_is_not_the_one(scene, monkeypatch):
    """The variable goes before the file, and is named."""
    here = scene()
    here.begin()
    monkeypatch.setenv("SAFESEND_KEY", "cd" * 32)
    here.fails("LedgerKeyError", "not the key of .*the variable SAFESEND_KEY")
    monkeypatch.delenv("SAFESEND_KEY")
    here.is_well()
