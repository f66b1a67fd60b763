"""A machine whose power can be cut: what its disk holds afterwards.

`power.c`, preloaded into a process, writes down what is done to the files of a folder.
`Disk` reads that and keeps apart what was synced, which survives, from what was not, of
which anything may be left: whole, in part, or nothing. A name survives when its folder
was synced after it was made or removed (fsync(2)).
"""

from __future__ import annotations

import enum
import random
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from servers.process import program

__all__ = ["Disk", "Left", "built"]

_SOURCE = Path(__file__).with_name("power.c")
_HEAD = struct.Struct("<BIQQ")
_SECTOR = 512
"""Octets that a disk writes whole or not at all."""
_PAGE = 4096
"""Octets of mapped memory that the kernel writes at a time."""


class Left(enum.StrEnum):
    """What is left of that which was not synced."""

    NONE = "none"
    ALL = "all"
    SOME = "some"


def built(folder: Path) -> Path:
    """The library to preload, compiled into the folder. Raises `MissingServer`."""
    compiler = program("gcc", "gcc libc6-dev")
    library = folder / "power.so"
    options = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror"]
    command = [compiler, *options, "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


@attrs.frozen
class _Change:
    """Octets written at a place; or, without octets, the length cut or grown to it."""

    at: int
    data: bytes | None


@attrs.define(eq=False)
class _File:
    """A regular file; folders have none of its content."""

    synced: bytes = b""
    since: list[_Change] = attrs.field(factory=list)

    def sync(self) -> None:
        """Everything is on the disk."""
        self.synced, self.since = _changed(self.synced, self.since), []


_FOLDER = _File()
"""Stands for every folder: only its name matters."""


@attrs.define
class Disk:
    """The files below a folder, as far as they are known to be on the disk."""

    folder: str
    syncs_count: bool = True
    """Without it a sync is not worth more than a write: a disk that lies."""
    _names: dict[str, _File] = attrs.field(factory=dict)
    _kept: dict[str, _File] = attrs.field(factory=dict)
    _moves: list[tuple[str, _File | None]] = attrs.field(factory=list)
    syncs: int = 0

    @classmethod
    def of(
        cls,
        folder: Path,
        log: Path,
        *,
        there: Iterable[Path] = (),
        syncs_count: bool = True,
    ) -> Disk:
        """The disk when the log ends; the folders `there` were on it long before."""
        disk = cls(str(folder), syncs_count)
        disk._kept.update({str(path): _FOLDER for path in there})
        for what, path, at, data in _records(log.read_bytes()):
            disk._do(what, path, at, data)
        return disk

    def left(
        self,
        into: Path,
        left: Left,
        chance: random.Random,
        mapped: Mapping[str, Sequence[bytes]] | None = None,
    ) -> None:
        """Write what is left after a power cut into another folder.

        `mapped`: what processes saw in files that they had mapped, by name, at one
        time or another; the kernel may have written each of its pages or not.
        """
        names = dict(self._kept)
        for path, file in _some_moves(self._moves, left, chance):
            if file is None:
                names.pop(path, None)
            else:
                names[path] = file
        into.mkdir(mode=0o700)
        for path in sorted(names):
            target = into / Path(path).relative_to(self.folder)
            if not target.parent.is_dir():
                continue
            if names[path] is _FOLDER:
                target.mkdir(mode=0o700)
                continue
            content = _left_of(names[path], left, chance)
            seen = (mapped or {}).get(target.name, ())
            if seen and left is not Left.NONE:
                content = _mapped([content, *seen], left, chance)
            target.write_bytes(content)
            target.chmod(0o600)

    def _do(self, what: str, path: str, at: int, data: bytes) -> None:
        doing: Mapping[str, Callable[[], None]] = {
            "M": lambda: self._name(path, _File()),
            "D": lambda: self._name(path, _FOLDER),
            "U": lambda: self._name(path, None),
            "R": lambda: self._rename(path, data.decode()),
            "W": lambda: self._change(path, _Change(at, data)),
            "C": lambda: self._change(path, _Change(at, None)),
            "S": lambda: self._sync(path),
        }
        doing[what]()

    def _name(self, path: str, file: _File | None) -> None:
        if file is None:
            self._names.pop(path, None)
        else:
            self._names[path] = file
        self._moves.append((path, file))

    def _rename(self, path: str, new: str) -> None:
        file = self._names[path]
        self._name(path, None)
        self._name(new, file)

    def _change(self, path: str, change: _Change) -> None:
        # A file that has no name any more is not found again.
        if (file := self._names.get(path)) is not None:
            file.since.append(change)

    def _sync(self, path: str) -> None:
        self.syncs += 1
        if not self.syncs_count:
            return
        file = self._names.get(path, _FOLDER)
        if file is not _FOLDER:
            file.sync()
            return
        here = [move for move in self._moves if str(Path(move[0]).parent) == path]
        self._moves = [move for move in self._moves if move not in here]
        for name, moved in here:
            if moved is None:
                self._kept.pop(name, None)
            else:
                self._kept[name] = moved


def _records(log: bytes) -> Iterator[tuple[str, str, int, bytes]]:
    at = 0
    while at + _HEAD.size <= len(log):
        what, named, offset, length = _HEAD.unpack_from(log, at)
        at += _HEAD.size
        path = log[at : at + named].decode()
        data = log[at + named : at + named + length]
        at += named + length
        if at <= len(log):
            yield chr(what), path, offset, data


def _changed(content: bytes, changes: Iterable[_Change]) -> bytes:
    octets = bytearray(content)
    for change in changes:
        octets.extend(bytes(max(0, change.at - len(octets))))
        if change.data is None:
            del octets[change.at :]
        else:
            octets[change.at : change.at + len(change.data)] = change.data
    return bytes(octets)


def _left_of(file: _File, left: Left, chance: random.Random) -> bytes:
    if left is Left.NONE:
        return file.synced
    changes: Iterable[_Change] = file.since
    if left is Left.SOME:
        changes = [part for change in changes for part in _torn(change, chance)]
    return _changed(file.synced, changes)


def _torn(change: _Change, chance: random.Random) -> Iterator[_Change]:
    """What is left of a change: nothing, everything, or some sectors of it."""
    likely = chance.choice([0.0, 1.0, 0.5])
    if change.data is None:
        if chance.random() < likely:
            yield change
        return
    end = change.at + len(change.data)
    at = change.at
    while at < end:
        rest = min(end, (at // _SECTOR + 1) * _SECTOR)
        if chance.random() < likely:
            yield _Change(at, change.data[at - change.at : rest - change.at])
        at = rest


def _some_moves(
    moves: Sequence[tuple[str, _File | None]], left: Left, chance: random.Random
) -> Sequence[tuple[str, _File | None]]:
    """Of what happened to each name, no more than up to some moment."""
    if left is not Left.SOME:
        return moves if left is Left.ALL else ()
    last = {
        path: chance.randint(0, sum(name == path for name, _ in moves))
        for path in sorted({path for path, _ in moves})
    }
    kept = []
    for path, file in moves:
        if last[path] > 0:
            kept.append((path, file))
        last[path] -= 1
    return kept


def _mapped(seen: Sequence[bytes], left: Left, chance: random.Random) -> bytes:
    if left is Left.ALL:
        return seen[-1]
    longest = max(map(len, seen))
    pages = []
    for at in range(0, longest, _PAGE):
        page = chance.choice(seen)[at : at + _PAGE]
        pages.append(page.ljust(min(_PAGE, longest - at), b"\0"))
    return b"".join(pages)
