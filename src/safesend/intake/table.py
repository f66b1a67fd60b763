"""A list in one file or several, as recipients: what all kinds of them share."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

import attrs

from safesend.errors import AddressError, ConfigurationError, Problem
from safesend.intake.book import Book
from safesend.intake.files import FileProblem, personal_files
from safesend.intake.layout import Choice, Layout, Origin, Reader, Row, TextOrigin
from safesend.intake.source import File, Source
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.duplicates import Duplicates
from safesend.message.recipient import Recipient, restored_recipient
from safesend.message.values import Value

__all__ = ["Files", "TableAudience", "several", "table", "text_table"]

Files = File | Sequence[File]
"""One file, or several that are read one after another."""
_T = TypeVar("_T")
_BLANKS = " \t\u00a0"
_NAMED = 5
"""Columns that a message names."""


@attrs.define(eq=False, repr=False)
class TableAudience:
    """The recipients of a file. Every `iter()` reads it anew, row by row.

    At the end of a pass `AudienceError` tells everything that was wrong; with
    `skip_invalid` the rows in question are left out instead, and `problems` (the
    first thousand) and `skipped` (all rows) tell of the last pass. A list of nobody,
    and a file that cannot be read or changes between passes, is an error always.
    """

    _origins: tuple[Origin, ...]
    _choice: Choice
    skip_invalid: bool = False
    problems: tuple[Problem, ...] = ()
    skipped: int = 0
    _unique: bool = False
    """A pass to the end found nobody twice; the file is the same one ever after."""

    @property
    def file(self) -> str:
        """The file, as it was named; of several the first."""
        return self._origins[0].file

    def with_repeats(self) -> TableAudience:
        """The same list, for a use in which a mailbox may stand twice."""
        return attrs.evolve(self, unique=True)

    def __iter__(self) -> Iterator[Recipient]:
        book = Book(self.file)
        found = False
        try:
            for recipient in self._walk(book):
                found = True
                yield recipient
            self._unique = not book.total
        finally:
            self.problems, self.skipped = tuple(book.problems), book.rows
        if book.total and not (self.skip_invalid and found):
            raise book.error()
        if not found:
            raise self._origins[0].problem("nobody is in this list")

    def _walk(self, book: Book) -> Iterator[Recipient]:
        seen = None if self._unique else _Seen(Duplicates(os.urandom(16)))
        first: Layout | None = None
        for origin in self._origins:
            book.file = origin.file
            with origin.rows(book, self._choice) as (layout, rows):
                first = first or layout
                if found := _unlike(first, layout):
                    reason = f"its columns are not those of {self.file}: {found}"
                    raise origin.problem(reason)
                if seen is not None:
                    seen.begin(origin)
                yield from _Clerk(book, self._choice, layout, seen).recipients(rows)

    def __repr__(self) -> str:
        return f"<TableAudience {self.file}>"


@attrs.define
class _Seen:
    """Where each mailbox stood first, over all files of a list."""

    _table: Duplicates
    _origins: list[Origin] = attrs.field(factory=list)
    _starts: list[int] = attrs.field(factory=list)
    """How many lines are before each of them."""
    _last: int = 0

    def begin(self, origin: Origin) -> None:
        """What comes now stands in that one."""
        self._origins.append(origin)
        self._starts.append(self._last)

    def first(self, address: Address, key: str | None, line: int) -> str | None:
        """Where it stood, for a message; None if it is new."""
        self._last = self._starts[-1] + line
        found = self._table.first_seen(address, key, self._last)
        if found is None:
            return None
        place = bisect_left(self._starts, found) - 1
        origin = self._origins[place]
        where = f"{origin.word} {found - self._starts[place]}"
        return where if origin is self._origins[-1] else f"{where} of {origin.file}"


class _Clerk:
    """Makes recipients of rows; what is wrong goes into the book."""

    def __init__(
        self, book: Book, choice: Choice, layout: Layout, seen: _Seen | None
    ) -> None:
        self._book = book
        self._choice = choice
        self._layout = layout
        self._seen = seen

    def recipients(self, rows: Iterable[Row]) -> Iterator[Recipient]:
        for line, fields in rows:
            recipient = self._recipient(line, fields)
            if recipient is not None:
                yield recipient

    def _recipient(self, line: int, fields: dict[str, Value]) -> Recipient | None:
        findings: list[tuple[str, str]] = []
        choice = self._choice
        address = self._address(fields, findings)
        key = None if choice.key is None else self._key(fields, choice.key, findings)
        files = self._files(fields, findings) if choice.attachments else ()
        if self._seen is not None and address is not None and not findings:
            first = self._seen.first(address, key, line)
            if first is not None:
                findings.append(self._twice(key, first))
        if address is None or findings:
            self._book.reject(line, *findings)
            return None
        if choice.columns is not None:
            fields = {name: fields[name] for name in fields if name in choice.columns}
        source = f"{self._book.file}:{line}"
        return restored_recipient(
            address, fields, attachments=files, key=key, source=source
        )

    def _address(
        self, fields: dict[str, Value], findings: list[tuple[str, str]]
    ) -> Address | None:
        cell = fields.get(self._layout.address)
        if isinstance(cell, str):
            text = cell.strip(_BLANKS)
            if text:
                try:
                    return Address.parse(text)
                except AddressError as error:
                    reason = str(error)
            else:
                reason = "the address is empty"
        elif cell is None:
            reason = "the address is missing"
        else:
            reason = "the address is no text; make one row per person"
        findings.append((self._layout.title(self._layout.address), reason))
        return None

    def _key(
        self, fields: dict[str, Value], name: str, findings: list[tuple[str, str]]
    ) -> str | None:
        cell = fields.get(name)
        if isinstance(cell, int) and not isinstance(cell, bool):
            return str(cell)
        if isinstance(cell, str) and cell.strip(_BLANKS):
            return cell
        reason = "the key is empty, or neither text nor a whole number"
        findings.append((self._layout.title(name), reason))
        return None

    def _files(
        self, fields: dict[str, Value], findings: list[tuple[str, str]]
    ) -> tuple[Attachment, ...]:
        folder = self._choice.folder
        assert folder is not None  # Choice.of
        files: list[Attachment] = []
        for name in self._choice.attachments:
            try:
                files.extend(personal_files(folder, fields.get(name)))
            except FileProblem as error:
                findings.append((self._layout.title(name), str(error)))
        return tuple(files)

    def _twice(self, key: str | None, first: str) -> tuple[str, str]:
        same = "same mailbox" if key is None else "same mailbox and key"
        return self._layout.title(self._layout.address), f"{same} as {first}"


def _unlike(first: Layout, other: Layout) -> str:
    """What sets the columns of two files apart, if anything does."""
    if first.columns is None or other.columns is None:
        return ""
    less, more = first.columns - other.columns, other.columns - first.columns
    missing = [f"{first.title(name)!r} is missing" for name in sorted(less)]
    strange = [f"{other.title(name)!r} is not there" for name in sorted(more)]
    return ", ".join((missing + strange)[:_NAMED])


def text_table(
    file: Files,
    reader: Reader,
    *,
    address: str | None,
    key: str | None,
    skip_invalid: bool,
    encoding: str | None,
    columns: Iterable[str] | None,
    attachments: str | Iterable[str] | None,
    attachments_dir: str | os.PathLike[str] | None,
) -> TableAudience:
    """What `read_csv` and `read_jsonl` give back; nothing is read yet."""
    given: Sequence[File] = several(file)
    sources = [Source.of(one, encoding) for one in given]
    return table(
        [TextOrigin(source, reader) for source in sources],
        {source.folder for source in sources},
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        columns=columns,
        attachments=attachments,
        attachments_dir=attachments_dir,
    )


def table(
    origins: Iterable[Origin],
    folders: Collection[Path | None],
    *,
    address: str | None,
    key: str | None,
    skip_invalid: bool,
    columns: Iterable[str] | None,
    attachments: str | Iterable[str] | None,
    attachments_dir: str | os.PathLike[str] | None,
) -> TableAudience:
    """A list that lies there, in those folders; nothing is read yet."""
    if attachments_dir is not None:
        folders = {Path(attachments_dir)}
    if len(folders) > 1 and attachments is not None:
        raise ConfigurationError(
            "attachments= needs attachments_dir=: these files lie in several folders"
        )
    folder = next(iter(folders))
    choice = Choice.of(
        address,
        key,
        attachments,
        columns=columns,
        folder=None if folder is None else Path(os.path.normpath(folder.absolute())),
    )
    return TableAudience(tuple(origins), choice, skip_invalid)


def several(given: _T | Sequence[_T]) -> Sequence[_T]:
    """The files of a list, in order. Raises `ConfigurationError` for none."""
    if not isinstance(given, list | tuple):
        return (cast("_T", given),)
    if not given:
        raise ConfigurationError("these are no files at all; a list has at least one")
    return given
