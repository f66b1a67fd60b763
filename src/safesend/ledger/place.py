"""Where a ledger lies: a regular file of its owner, read and written by nobody else.

What else is kept as a ledger is lies so too: what is said of it is its `Kind`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import attrs

from safesend.errors import LedgerError

__all__ = [
    "LEDGER",
    "PRIVATE",
    "Kind",
    "begin_file",
    "check_folder",
    "create_private",
    "end_file",
    "is_there",
    "one_at_a_time",
    "private_folder",
    "sync_folder",
]

PRIVATE = 0o600


@attrs.frozen
class Kind:
    """What a file of ours holds: its mark, and how errors speak of it.

    `mark` is the application id in its header, so that another program's file is not
    taken; `others` are the people of whom nobody knows without it.
    """

    name: str
    mark: int
    others: str


LEDGER = Kind("ledger", 0x53534E44, "those who have the message already")

_HEADER = 100
"""Octets that a database begins with (https://sqlite.org/fileformat2.html)."""

_TAILS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database that is in use."""


def check_folder(path: Path, kind: Kind = LEDGER) -> None:
    """Raise `LedgerError` where a ledger's folder is not there."""
    if not path.parent.is_dir():
        raise LedgerError(
            f"the folder of the {kind.name} {path} is not there; make it first"
        )


def is_there(path: Path, kind: Kind = LEDGER) -> bool:
    """Whether the file is there; it is private then. Refuses what cannot be trusted.

    To be asked while nobody else opens it (`one_at_a_time`). Raises `LedgerError`.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        _refuse_remains(path, kind)
        return False
    except OSError as error:
        raise _unusable(path, kind, error) from error
    # Never opened here: closing a second descriptor of a file would drop the locks
    # that SQLite holds on it in this process (fcntl(2), "advisory record locking").
    _check(path, kind, found)
    return True


def begin_file(path: Path, kind: Kind = LEDGER) -> Path:
    """A new, private file beside the ledger, to become it when it is complete."""
    new = path.with_name(f"{path.name}.new")
    try:
        for left in (new, *(Path(f"{new}{tail}") for tail in _TAILS)):
            left.unlink(missing_ok=True)
        os.close(create_private(new))
    except OSError as error:
        raise _unusable(path, kind, error) from error
    return new


def end_file(new: Path, path: Path, kind: Kind = LEDGER) -> None:
    """Give the finished file its name, on the disk when this returns.

    A ledger is there whole or not at all: one that is empty was emptied by somebody.
    """
    try:
        if path.exists():
            # Where a file system has no locks another process may have been faster.
            _check(path, kind, path.lstat())
            new.unlink()
        else:
            new.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _unusable(path, kind, error) from error


def private_folder(folder: Path) -> Path:
    """A folder of the user's own, made if need be. Raises `LedgerError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"the folder {folder} cannot be made: {error.strerror}; see to the"
            " permissions, or set XDG_DATA_HOME to a folder that can be written"
        ) from error
    return folder


def sync_folder(folder: Path) -> None:
    """The name of a new file is durable when its folder is (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other processes from opening a ledger of this folder meanwhile.

    SQLite does not wait for others while it changes to a write-ahead log: of two
    processes that make a ledger at once, one would fail.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Without locks in this file system the worst is an error and a second try.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create_private(path: Path) -> int:
    """Make a new file (0600, whatever the umask says); gives its descriptor."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE)
    os.fchmod(descriptor, PRIVATE)
    return descriptor


def _refuse_remains(path: Path, kind: Kind) -> None:
    """A log without its ledger: that was deleted or moved, and knew who has the mail.

    SQLite removes the log when the last process lets go of a ledger.
    """
    for tail in _TAILS:
        log = Path(f"{path}{tail}")
        if log.exists():
            raise LedgerError(
                f"the {kind.name} {path} is not there, but a part of it is"
                f" ({log.name}): it was deleted or moved away. Put it back; without it"
                f" nobody can be told from {kind.others}. To begin anew delete"
                f" {log.name} too"
            )


def _check(path: Path, kind: Kind, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise LedgerError(
            f"the {kind.name} {path} is a link or no regular file;"
            " give the path of the file itself"
        )
    if found.st_size < _HEADER:
        raise LedgerError(
            f"the {kind.name} {path} is empty: somebody or something emptied it."
            " Restore it from a copy; without it nobody can be told from"
            f" {kind.others}. If no mailing was ever begun with it, delete it"
        )
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        raise LedgerError(f"the {kind.name} {path} belongs to another user")
    if found.st_mode & 0o022:
        raise LedgerError(
            f"others can write to the {kind.name} {path}, so what it says cannot be"
            f" trusted; if nobody did: chmod 600 {path}"
        )
    if found.st_mode & 0o055:
        path.chmod(PRIVATE)


def _unusable(path: Path, kind: Kind, error: OSError) -> LedgerError:
    return LedgerError(
        f"the {kind.name} {path} cannot be used: {error.strerror}; see to the room and"
        " the permissions of its folder"
    )
