"""The power fails in the middle of a mailing: no second letter, nobody lost."""

from __future__ import annotations

import signal

import attrs
import pytest

from end_to_end.crashes import (
    copies,
    crowd,
    dice,
    keep_watch,
    letter,
    nobody_twice_nobody_lost,
    say,
    start,
)
from end_to_end.power import Disk, Left
from safesend.engine.dispatcher import BATCH

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 3000
_SLOW = "600/s"
"""So slow that it is killed long before it is done, though its killer comes late."""
_LANES = 8
_HOUR = 3600


@attrs.define
class _Machine:
    """One disk with ledger and key on it, and all letters that were ever sent."""

    environment: object
    set_home: object
    new_sink: object
    people: object
    place: object
    sinks: list = attrs.field(factory=list)
    marks: dict = attrs.field(factory=dict)

    def crash(self, call, times, letters, *, boot="before", ago=_HOUR):
        """Send, and lose everything but the disk and the log of it.

        It dies so many letters after so many calls of the ledger; without a letter it
        stands still at that call until it does. Its clock is `ago` seconds behind ours,
        as if the power came back after that time.
        """
        (self.place / "disk" / "home").mkdir(parents=True)
        world = self.environment(
            folder=self.place / "disk",
            log=self.place / "log",
            later=-ago,
            **({"boot": boot} if boot else {}),
        )
        world = {**world, "XDG_DATA_HOME": str(self.place / "disk" / "home")}
        sink = self.new_sink()
        self.sinks = [sink]
        ledger = self.place / "disk" / "power.db"
        with start(
            self.people,
            ledger,
            sink.url,
            lanes=_LANES,
            throttle=_SLOW,
            environment=world,
            stops=("", 0) if letters else (call, times),
        ) as sender:
            assert sender.until(call, times)
            self._look_at_marks()
            if letters:
                sender.until_kept(sink, letters)
            assert sender.kill() == -signal.SIGKILL
        self._look_at_marks()

    def disk(self, **options):
        disk = self.place / "disk"
        there = [disk / "home"]
        return Disk.of(disk, self.place / "log", there=there, **options)

    def resume(self, disk, left, chance):
        """Start again from what is left on the disk; the report and all copies."""
        came_back = self.place / left
        disk.left(came_back, left, chance, self.marks)
        self.set_home(str(came_back / "home"))
        self.sinks.append(sink := self.new_sink())
        ledger = came_back / "power.db"
        report = letter(self.people).send(sink.url, ledger=ledger, lanes=_LANES)
        return report, copies(self.sinks[0], sink)

    def _look_at_marks(self):
        for file in (self.place / "disk").glob("*.marks"):
            self.marks.setdefault(file.name, []).append(file.read_bytes())


@pytest.fixture
def computer(machine, smtp_sink, tmp_path, monkeypatch):
    def set_home(path):
        monkeypatch.setenv("XDG_DATA_HOME", path)

    return _Machine(
        machine, set_home, smtp_sink, crowd(tmp_path, _PEOPLE), tmp_path / "machine"
    )


@pytest.mark.parametrize(
    ("call", "times", "letters"),
    [
        ("< enrol", 3, (0, 0)),
        ("> go_live", 1, (0, 0)),
        ("> claim", 1, (0, 0)),
        ("< claim", 1, (1, 300)),
        ("< claim", 2, (1, 300)),
        ("< claim", 1, (800, 1200)),
        ("< claim", 1, (1500, 2000)),
        ("> end_run", 1, (0, 0)),
    ],
)
def test_nobody_has_two_letters_after_a_power_cut(computer, call, times, letters):
    """
    Whatever is left of what was not synced: one copy for everybody accepted, at most
    one for those in doubt, and they are no more than one batch.
    """
    chance = dice()
    computer.crash(call, times, chance.randint(*letters))
    disk = computer.disk()
    for left in Left:
        keep_watch()
        report, came = computer.resume(disk, left, chance)
        doubtful = nobody_twice_nobody_lost(report, computer.people, came)
        say(f"{left}: {doubtful} in doubt, {report.sent_now} sent after it")
        assert report.recipients == _PEOPLE
        assert doubtful <= BATCH


def test_a_machine_that_is_back_within_a_minute(computer, machine):
    """
    Its own run of before cannot be told from one on another machine: its rows are left
    alone until the lease is over, and only then in doubt.
    """
    computer.crash("< claim", 2, 200, ago=0)
    report, came = computer.resume(computer.disk(), Left.ALL, dice())
    assert report.in_doubt == 0
    assert report.waiting > 0
    assert max(came.values()) == 1

    with start(
        computer.people,
        report.ledger,
        computer.sinks[-1].url,
        environment=machine(later=_HOUR),
    ) as sender:
        assert sender.finish() == 0
    settled = letter(computer.people).send(computer.sinks[-1].url, ledger=report.ledger)
    came = copies(*computer.sinks)
    doubtful = nobody_twice_nobody_lost(settled, computer.people, came)
    assert doubtful == report.waiting


def test_a_disk_that_lies_about_syncs_is_found_out(computer):
    """The simulation bites: a ledger that was not synced sends everything again."""
    computer.crash("< claim", 2, 200)
    disk = computer.disk(syncs_count=False)
    assert disk.syncs > 10
    _, came = computer.resume(disk, Left.NONE, dice())
    assert max(came.values()) == 2


def test_marks_that_were_believed_after_a_reboot_would_lie(computer):
    """
    The simulation bites: without another boot id old marks say "never begun".
    """
    computer.crash("< claim", 2, 200, boot=None)
    for seen in computer.marks.values():
        del seen[1:]
    _, came = computer.resume(computer.disk(), Left.ALL, dice())
    assert max(came.values()) == 2
