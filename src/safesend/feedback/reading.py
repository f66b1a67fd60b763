"""Events out of files: JSON Lines, whole documents, compressed or not."""

from __future__ import annotations

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import attrs

from safesend.errors import ConfigurationError, Problem
from safesend.feedback.news import News
from safesend.feedback.ses_events import ses_kind, ses_news
from safesend.feedback.wrappings import Unfit, decoded, unwrapped
from safesend.redaction import mask_text

__all__ = ["EventFile", "NewsReader", "read_ses_events"]

EventFile = str | os.PathLike[str] | BinaryIO
"""A path, or an open file of octets such as `sys.stdin.buffer`."""

_Event = Mapping[str, object]

_GZIP = b"\x1f\x8b"
_LONGEST = 64 << 20
"""An event has at most a megabyte, and some tools write many into one array."""

_CHUNK = 1 << 20
_KEPT = 1_000
_OPENS, _CLOSES = (b"{", b"["), (b"}", b"]")
_MARK = b"\xef\xbb\xbf"


@attrs.define
class NewsReader:
    """The news in files, read when it is iterated; what is wrong is kept, not raised.

    `kinds` counts the events by type ("" for those of an unknown one), `problems` has
    the first thousand places that could not be read, `total_problems` counts them.
    """

    files: tuple[EventFile, ...]
    kind_of: Callable[[_Event], str]
    news_of: Callable[[_Event], News | None]
    longest: int = _LONGEST
    """Octets of a line, or of a document over several lines."""
    kinds: Counter[str] = attrs.field(init=False, factory=Counter)
    foreign: int = attrs.field(init=False, default=0)
    """Events of messages that safesend did not send, and those about no message."""
    problems: list[Problem] = attrs.field(init=False, factory=list)
    total_problems: int = attrs.field(init=False, default=0)

    @property
    def events(self) -> int:
        """How many events were read so far."""
        return self.kinds.total()

    def __iter__(self) -> Iterator[News]:
        self.kinds, self.foreign = Counter(), 0
        self.problems, self.total_problems = [], 0
        for file in self.files:
            yield from self._file(file)

    def _file(self, file: EventFile) -> Iterator[News]:
        name = _name(file)
        try:
            with _opened(file) as stream:
                for line, document in _documents(stream, self.longest):
                    yield from self._document(name, line, document)
        except (OSError, EOFError, zlib.error) as error:
            told = getattr(error, "strerror", None) or "the compressed data is damaged"
            reason = f"cannot be read to its end: {told}; what came before it counts"
            self._reject(name, 0, Unfit("", reason))

    def _document(
        self, name: str, line: int, document: bytes | Unfit
    ) -> Iterator[News]:
        if isinstance(document, Unfit):
            self._reject(name, line, document)
            return
        for event in _events(document):
            found = event if isinstance(event, Unfit) else self._news(event)
            if isinstance(found, Unfit):
                self._reject(name, line, found)
            elif found is not None:
                yield found

    def _news(self, event: _Event) -> News | Unfit | None:
        try:
            kind = self.kind_of(event)
            self.kinds[kind] += 1
            news = self.news_of(event)
        except Unfit as error:
            return error
        self.foreign += bool(kind) and news is None
        return news

    def _reject(self, name: str, line: int, error: Unfit) -> None:
        self.total_problems += 1
        if len(self.problems) < _KEPT:
            field, reason = mask_text(error.field), mask_text(error.reason)
            self.problems.append(Problem(mask_text(name), line, field, reason))


def read_ses_events(*files: EventFile) -> NewsReader:
    """The events of Amazon SES in files: one JSON object a line, or a document.

    An event may be as SES publishes it, or in the envelope of SNS, SQS, EventBridge or
    Lambda; a file may be compressed with gzip. Raises `ConfigurationError` for what is
    no file.
    """
    for file in files:
        if not isinstance(file, str | os.PathLike) and not hasattr(file, "read"):
            kind = type(file).__name__
            raise ConfigurationError(f"a file is a path or an open file, not a {kind}")
    return NewsReader(files, ses_kind, ses_news)


def _name(file: EventFile) -> str:
    if isinstance(file, str | os.PathLike):
        return os.fspath(file)
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else "events"


@contextmanager
def _opened(file: EventFile) -> Iterator[BinaryIO]:
    """The octets, unpacked where they are compressed; what was lent stays open."""
    if isinstance(file, str | os.PathLike):
        with Path(file).open("rb") as opened, _opened(opened) as stream:
            yield stream
        return
    if isinstance(file, BufferedReader):
        yield _unpacked(file, file.peek(len(_GZIP)))
        return
    lent = BufferedReader(cast("RawIOBase", file))
    try:
        yield _unpacked(lent, lent.peek(len(_GZIP)))
    finally:
        lent.detach()


def _unpacked(file: BinaryIO, begins: bytes) -> BinaryIO:
    if begins.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return file


def _documents(stream: BinaryIO, longest: int) -> Iterator[tuple[int, bytes | Unfit]]:
    """Lines with something in them, or what a program wrote over several lines."""
    begun = _Begun(longest)
    for number, line in _lines(stream, longest):
        if begun.text and begun.takes(line):
            if line.startswith(_CLOSES):  # type: ignore[union-attr]
                yield begun.whole()
            continue
        if begun.text:
            yield begun.whole()
        if isinstance(line, bytes) and line.rstrip().endswith(_OPENS):
            begun = _Begun(longest, number, bytearray(line), len(line))
        elif isinstance(line, Unfit) or line.strip():
            yield number, line
    if begun.text:
        yield begun.whole()


@attrs.define
class _Begun:
    """A document over several lines: it ends with a bracket at the start of a line."""

    longest: int
    number: int = 0
    text: bytearray = attrs.field(factory=bytearray)
    size: int = 0

    def takes(self, line: bytes | Unfit) -> bool:
        """Whether the line is one of it; another event begins at the start of one."""
        if isinstance(line, Unfit) or line.startswith(_OPENS):
            return False
        self.size += len(line)
        if self.size <= self.longest:
            self.text += line
        return True

    def whole(self) -> tuple[int, bytes | Unfit]:
        """All of it, with the number of its first line."""
        text, self.text = self.text, bytearray()
        too_long = self.size > self.longest
        return self.number, _too_long() if too_long else bytes(text)


def _lines(stream: BinaryIO, longest: int) -> Iterator[tuple[int, bytes | Unfit]]:
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        line = line.removeprefix(_MARK) if number == 1 else line
        if len(line) <= longest:
            yield number, line
            continue
        while not line.endswith(b"\n") and (line := stream.readline(_CHUNK)):
            pass
        yield number, _too_long()


def _too_long() -> Unfit:
    return Unfit("", "it is longer than any event, or than many of them in one array")


def _events(document: bytes) -> Iterator[_Event | Unfit]:
    """The events in values that stand one behind the other."""
    try:
        text = document.decode()
    except UnicodeDecodeError:
        yield Unfit("", "it is not UTF-8; save the file as UTF-8")
        return
    at = _skipped(text, 0)
    while at < len(text):
        try:
            value, at = decoded(text, at)
        except Unfit as error:
            yield error
            return
        yield from unwrapped(value)
        at = _skipped(text, at)


def _skipped(text: str, at: int) -> int:
    """Where the next value begins; some tools put a comma between two."""
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at
