"""Where a ledger lies: a regular file of its owner, read and written by nobody else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from safesend.errors import LedgerError

__all__ = ["PRIVATE", "create_private", "one_at_a_time", "prepare"]

PRIVATE = 0o600


def prepare(path: Path) -> None:
    """See to it that the file is there and private; refuse what cannot be trusted.

    Raises `LedgerError`.
    """
    if not path.parent.is_dir():
        raise LedgerError(
            f"the folder of the ledger {path} is not there; make it first"
        )
    try:
        found = path.lstat()
    except FileNotFoundError:
        _create(path)
        return
    except OSError as error:
        raise _unusable(path, error) from error
    # Never opened here: closing a second descriptor of a file would drop the locks
    # that SQLite holds on it in this process (fcntl(2), "advisory record locking").
    _check(path, found)


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


def _create(path: Path) -> None:
    try:
        os.close(create_private(path))
    except FileExistsError:
        # Another process was faster; what it made has to pass the same test.
        _check(path, path.lstat())
    except OSError as error:
        raise _unusable(path, error) from error


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise LedgerError(
            f"the ledger {path} is a link or no regular file;"
            " give the path of the file itself"
        )
    if found.st_uid != os.geteuid() and os.geteuid() != 0:
        raise LedgerError(f"the ledger {path} belongs to another user")
    if found.st_mode & 0o022:
        raise LedgerError(
            f"others can write to the ledger {path}, so what it says cannot be trusted;"
            f" if nobody did: chmod 600 {path}"
        )
    if found.st_mode & 0o055:
        path.chmod(PRIVATE)


def _unusable(path: Path, error: OSError) -> LedgerError:
    return LedgerError(
        f"the ledger {path} cannot be used: {error.strerror}; see to the room and the"
        " permissions of its folder"
    )
