"""Who works on a ledger, and whether that process is still there."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import glob
import os
from collections.abc import Collection
from pathlib import Path

import attrs

__all__ = [
    "LEASE",
    "Presence",
    "Process",
    "is_over",
    "left_marks",
    "marks_of_runs",
    "marks_path",
    "this_process",
    "this_user",
    "this_version",
]

LEASE = 60.0
"""Seconds for which a run is believed to live without a word from it."""


@attrs.frozen
class Process:
    """One process of one boot of one machine.

    `boot` is "" where the system does not tell it: then nothing but the lease is
    trusted. `space` tells apart the process ids of containers; `born` (ticks after
    the boot) tells a process from a later one that was given its number.
    """

    boot: str
    space: str
    pid: int
    born: int


@attrs.frozen
class Presence:
    """A run as the ledger knows it."""

    run: int
    process: Process
    lease: float


def this_process() -> Process:
    """The process that asks."""
    pid = os.getpid()
    return Process(_boot(), _space(), pid, _born(pid) or 0)


def this_user() -> str:
    """Who runs it, to write down as the one who did something."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number without a name
        return f"user {os.getuid()}"


def this_version() -> str:
    """The safesend that works on it; "" when it runs from a source tree."""
    from importlib import metadata  # noqa: PLC0415 - costs 20 ms

    try:
        return metadata.version("safesend")
    except metadata.PackageNotFoundError:
        return ""


def marks_path(ledger: Path, run: int) -> Path:
    """The file of a run beside its ledger; locked for as long as the run lives."""
    return ledger.with_name(f"{ledger.name}.run-{run}.marks")


def marks_of_runs(ledger: Path) -> dict[int, Path]:
    """The marks that lie beside a ledger, by the runs that they are of."""
    begin = f"{ledger.name}.run-"
    found = {}
    for path in ledger.parent.glob(f"{glob.escape(begin)}*.marks"):
        number = path.name.removeprefix(begin).removesuffix(".marks")
        if number.isdecimal():
            found[int(number)] = path
    return found


def left_marks(ledger: Path, living: Collection[int]) -> list[Path]:
    """Marks that nobody will read: their run ended, and its process died right then.

    `living` are the runs that did not end. To be asked while no run can begin.
    """
    return [
        path
        for run, path in marks_of_runs(ledger).items()
        if run not in living and not _is_locked(path)
    ]


def is_over(who: Presence, here: Process, now: float, marks: Path) -> bool:
    """Whether a run cannot write another byte, as far as can be known from here.

    A lease that ran out proves little on the machine itself: a laptop that slept or a
    stopped process goes on afterwards. So a process that can be seen is asked for.
    """
    if not here.boot or who.process.boot != here.boot:
        return who.lease < now
    other = (who.process.pid, who.process.born) != (here.pid, here.born)
    # Where the system does not tell spaces apart, a number says nothing either.
    known = bool(here.space) and who.process.space == here.space
    if not known or (other and _is_hidden(who.process.pid)):
        return who.lease < now and not _is_locked(marks)
    if other:
        return _born(who.process.pid) != who.process.born
    # A run of this very process: over when its ledger was closed.
    return not _is_locked(marks)


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Held, or a file system without locks: then it cannot be told.
        return True
    finally:
        os.close(descriptor)
    return False


def _boot() -> str:
    # random(4): a new value at every boot, the same for all processes.
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _space() -> str:
    # pid_namespaces(7): equal links, equal numbering of processes.
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _is_hidden(pid: int) -> bool:
    """Whether there is such a process, and /proc does not tell of it.

    proc(5), hidepid: of other users, or of those that changed theirs. So systemd has it
    for a service with ProtectProc=.
    """
    try:
        Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        with contextlib.suppress(ProcessLookupError, OverflowError):
            with contextlib.suppress(PermissionError):
                os.kill(pid, 0)
            return True
    return False


def _born(pid: int) -> int | None:
    """The process's start, or None when it is gone (or waits to be buried)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # proc_pid_stat(5): the name may hold spaces and brackets, so count after the last
    # one; the state is field 3, the start field 22.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])
