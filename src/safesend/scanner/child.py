"""Files are opened in a process of their own, which may be killed at any time.

A file may be built to break what opens it. So one child process reads all of them: it
has little memory, no files and no children of its own, and a limited time. Whatever
happens to it, the sender's process goes on and says that the file cannot be read.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from types import TracebackType
from typing import Self

import attrs

from safesend.checks.documents.files import read_file
from safesend.checks.documents.formats import recognised
from safesend.checks.piece import Found, Note, NoteKind, Piece
from safesend.clock import SYSTEM
from safesend.scanner.process import ReaderProcess, Trouble, program

__all__ = ["FileReader", "plain"]

Key = tuple[bytes, str]

_SMALL = 1 << 20
_PLAIN = frozenset(
    f"safesend.checks.documents.{name}:read" for name in ("table", "text")
)
_CACHED_CHARACTERS = 32 << 20
_COST = 200
"""What an item costs besides its text, in characters."""


@attrs.define(kw_only=True, eq=False)
class FileReader:
    """Reads files, one at a time, and never fails because of one.

    A context manager: the process starts with the first file that needs it, serves
    all the others, and ends with the context. `seconds` is what one file may take.
    `command` starts another process than the usual one. Threads may share it; they
    wait for each other.
    """

    seconds: float = 60.0
    command: tuple[str, ...] = ()
    _child: ReaderProcess | None = attrs.field(default=None, init=False)
    _cache: OrderedDict[Key, tuple[Found, ...]] = attrs.field(
        factory=OrderedDict, init=False
    )
    _cached: int = attrs.field(default=0, init=False)
    _turn: threading.RLock = attrs.field(factory=threading.RLock, init=False)
    _owner: int = attrs.field(factory=os.getpid, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one. The next file would start another."""
        with self._in_turn():
            child, self._child = self._child, None
            if child is not None:
                child.end()

    def _in_turn(self) -> threading.RLock:
        """What one thread holds at a time; after a fork, nobody else's."""
        if self._owner != os.getpid():
            self._owner, self._turn = os.getpid(), threading.RLock()
        return self._turn

    def read(self, name: str, data: bytes) -> tuple[Found, ...]:
        """What stands in a file, as `read_file` finds it.

        When the process had to be ended: what it had found by then, and an
        UNREADABLE note. Files that come again are not read again; a plain text has
        nothing to break, and is read here.
        """
        key = (hashlib.sha256(data).digest(), name)
        with self._in_turn():
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
            found = tuple(read_file(name, data)) if plain(name, data) else None
            found = self._ask(name, data) if found is None else found
            self._keep(key, found)
            return found

    def _ask(self, name: str, data: bytes) -> tuple[Found, ...]:
        """The answer of the process; a second time of a new one, if an old one died.

        It may have died between two files, or of what those before had left in it.
        """
        served = self._child is not None
        found: list[Found] = []
        try:
            deadline = SYSTEM.monotonic() + self.seconds
            self._ready().ask(name, data, deadline, found)
        except Trouble as trouble:
            self.close()
            if served and SYSTEM.monotonic() < deadline:
                return self._ask(name, data)
            found.append(Note(kind=NoteKind.UNREADABLE, what=str(trouble)))
        except BaseException:  # Ctrl-C: the answer to this file must not meet the next
            self.close()
            raise
        return tuple(found)

    def _ready(self) -> ReaderProcess:
        if self._child is not None and not self._child.idle():
            self.close()
        if self._child is None:
            self._child = ReaderProcess.start(self.command or program(self.seconds))
        return self._child

    def _keep(self, key: Key, found: tuple[Found, ...]) -> None:
        cost = _cost(found)
        if cost > _CACHED_CHARACTERS:
            return
        self._cache[key] = found
        self._cached += cost
        while self._cached > _CACHED_CHARACTERS:
            _, oldest = self._cache.popitem(last=False)
            self._cached -= _cost(oldest)


def plain(name: str, data: bytes) -> bool:
    """Whether a file is a small text that is read as it stands."""
    if len(data) > _SMALL or b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return _PLAIN.issuperset(recognised(name, data).readers)


def _cost(found: tuple[Found, ...]) -> int:
    texts = sum(len(one.text) for one in found if isinstance(one, Piece))
    return texts + _COST * (len(found) + 1)
