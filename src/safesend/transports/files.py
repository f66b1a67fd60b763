"""What the carriers that write files share: one thread, batches, durable files.

A batch is written whole before its first outcome is given: an outcome never comes
before the octets are on the disk. What was not stored is `NotSent`, so the row goes
again; since a message always gets the same file name, going again replaces a file
and never adds a second one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import attrs

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome, Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.message.envelope import Envelope
from safesend.redaction import Secret

__all__ = [
    "BATCH",
    "BatchSession",
    "NewFile",
    "Store",
    "absolute",
    "in_thread",
    "make_folder",
    "not_stored",
    "opaque_name",
    "open_folder",
    "open_session",
    "path_in",
    "publish",
    "write_all",
]

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 64
"""Envelopes taken, written and synced at a time; each costs one open descriptor."""

_ENOUGH = 8 << 20
"""Octets after which a batch is full before that: it is held in memory."""

_ONLY_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OPAQUE = re.compile(r"<([a-z0-9]{16,64})@")
_HOPELESS = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    }
)


class Store(Protocol):
    """The blocking side of a session. Called in one thread, one call at a time."""

    def write(self, batch: Sequence[Envelope]) -> list[Outcome]:
        """One outcome each, in order. Accepted ones are durable. Raises no OSError."""

    def close(self) -> None:
        """Let go. Raises no OSError."""


async def in_thread(
    pool: Executor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """The one way in which a blocking call is made from the event loop."""
    work = functools.partial(call, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(pool, work)


class BatchSession:
    """A session that hands its envelopes to a `Store`, a batch at a time."""

    security = "written to files on this machine"

    def __init__(self, pool: Executor, store: Store) -> None:
        self._pool = pool
        self._store = store
        self._closed = False
        self._usable = True

    @property
    def usable(self) -> bool:
        """False after a disk's error, and when closed."""
        return self._usable

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome each, in order; takes up to `BATCH` envelopes ahead."""
        waiting = iter(envelopes)
        while self._usable and (batch := _next_batch(waiting)):
            outcomes = await in_thread(self._pool, self._store.write, batch)
            self._usable &= all(isinstance(one, Accepted) for one in outcomes)
            for outcome in outcomes:
                yield outcome

    async def close(self) -> None:
        """Wait for a write that is under way, then let go."""
        self._usable = False
        if not self._closed:
            self._closed = True
            await in_thread(self._pool, self._store.close)
            self._pool.shutdown(wait=False)


def _next_batch(waiting: Iterator[Envelope]) -> list[Envelope]:
    batch: list[Envelope] = []
    octets = 0
    for envelope in waiting:
        batch.append(envelope)
        octets += envelope.size
        if len(batch) == BATCH or octets >= _ENOUGH:
            break
    return batch


async def open_session(path: Path, make: Callable[[], Store]) -> BatchSession:
    """A session over what `make` opens, in a thread of its own.

    Raises `TransportError` naming the path; permanent when trying again is no use.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="safesend-files")
    try:
        return BatchSession(pool, await in_thread(pool, make))
    except OSError as error:
        pool.shutdown(wait=False)
        raise TransportError(
            f"cannot write to {path}: {_reason(error)}",
            stage=Stage.CONNECT,
            permanent=error.errno in _HOPELESS,
        ) from error
    except BaseException:
        pool.shutdown(wait=False)
        raise


@attrs.frozen
class NewFile:
    """A file to be: written as `draft` in the scratch folder, then renamed.

    `folder` is the descriptor of the folder in which it ends up as `name`.
    """

    draft: str
    folder: int
    name: str
    octets: bytes = attrs.field(repr=False)


def publish(files: Sequence[NewFile], scratch: int) -> list[Outcome]:
    """Store all of them, or as many of the first as can be; one outcome each.

    Drafts are written, then synced, then renamed over what had their name, then the
    folders are synced: at no moment is there half a message under a real name.
    """
    unique = list({file.name: file for file in files}.values())
    opened: list[int] = []
    drafted, no_draft = _until_error(
        lambda file: _write_draft(file, scratch, opened), unique
    )
    synced, no_sync = _until_error(os.fsync, opened[:drafted])
    named, no_name = _until_error(lambda file: _rename(file, scratch), unique[:synced])
    folders = sorted({file.folder for file in unique[:named]})
    _, no_folder = _until_error(os.fsync, folders)
    _clear(unique[named:], scratch, opened)
    # A name that may be lost with the power: neither stored nor not.
    stored = InDoubt(text=_reason(no_folder)) if no_folder else Accepted()
    outcomes: list[Outcome] = [stored] * named
    error = no_draft or no_sync or no_name
    outcomes += not_stored(error, len(unique) - named) if error else []
    by_name = dict(zip((file.name for file in unique), outcomes, strict=True))
    return [by_name[file.name] for file in files]


def not_stored(error: OSError, count: int) -> list[Outcome]:
    """What becomes of envelopes that were taken and could not be written."""
    return [NotSent(Stage.CONTENT, text=f"cannot write: {_reason(error)}")] * count


def _until_error(
    step: Callable[[T], None], things: Sequence[T]
) -> tuple[int, OSError | None]:
    for done, thing in enumerate(things):
        try:
            step(thing)
        except OSError as error:
            return done, error
    return len(things), None


def _write_draft(file: NewFile, scratch: int, opened: list[int]) -> None:
    try:
        descriptor = os.open(file.draft, _ONLY_NEW, 0o600, dir_fd=scratch)
    except FileExistsError:  # left behind by a run that was killed
        os.unlink(file.draft, dir_fd=scratch)
        descriptor = os.open(file.draft, _ONLY_NEW, 0o600, dir_fd=scratch)
    opened.append(descriptor)
    write_all(descriptor, file.octets)


def _rename(file: NewFile, scratch: int) -> None:
    os.rename(file.draft, file.name, src_dir_fd=scratch, dst_dir_fd=file.folder)


def _clear(drafts: Sequence[NewFile], scratch: int, opened: Sequence[int]) -> None:
    for descriptor in opened:
        os.close(descriptor)
    for file in drafts:
        with contextlib.suppress(OSError):
            os.unlink(file.draft, dir_fd=scratch)


def write_all(descriptor: int, octets: bytes) -> None:
    """Write everything, however many calls that takes. Raises OSError."""
    rest = memoryview(octets)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def make_folder(path: Path) -> None:
    """A folder for its owner only, and its entry durable. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    parent = open_folder(path.parent)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def open_folder(path: Path, access: int = os.F_OK) -> int:
    """A descriptor of a folder that may be used as asked. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if not os.access(
        path, access, effective_ids=os.access in os.supports_effective_ids
    ):
        os.close(descriptor)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return descriptor


def opaque_name(message_id: str) -> str:
    """A file name for a message: the same every time, and nobody's address.

    The left part of our own Message-IDs is a keyed digest; of any other Message-ID,
    which might spell an address, a digest is taken.
    """
    if ours := _OPAQUE.match(message_id):
        return ours[1]
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]


def absolute(path: str | os.PathLike[str]) -> Path:
    """The path as it is meant now, whatever the current folder is later."""
    return Path(path).absolute()


def path_in(url: str, password: str | Secret | None) -> Path:
    """The path of a file URL: `eml:out`, `eml:/srv/out` or `eml:///srv/out`.

    It is taken as it is written (no %-decoding), but for a leading `~`.
    """
    scheme, _, path = url.partition(":")
    if password is not None:
        raise ConfigurationError(f"{scheme}: writes files and takes no password")
    if path.startswith("//"):
        path = path[2:]
        if not path.startswith("/"):
            raise ConfigurationError(
                f"{scheme}://... needs an absolute path ({scheme}:///srv/out); "
                f"for a relative one write {scheme}:out"
            )
    if not path or "\0" in path:
        raise ConfigurationError(f"{scheme}: needs a path, for example {scheme}:out")
    return absolute(Path(path).expanduser())


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
