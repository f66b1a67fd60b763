"""A list in a file, as recipients: what CSV and JSON Lines share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

import attrs

from safesend.errors import AddressError, ConfigurationError, Problem
from safesend.intake.book import Book
from safesend.intake.files import FileProblem, personal_files
from safesend.intake.names import identifier
from safesend.intake.source import File, Source
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.duplicates import Duplicates
from safesend.message.recipient import Recipient, restored_recipient
from safesend.message.values import Value

__all__ = ["Choice", "Layout", "Row", "TableAudience", "table"]

Row = tuple[int, dict[str, Value]]
"""The line where a row starts, and its cells by identifier."""
_BLANKS = " \t\u00a0"


@attrs.frozen
class Choice:
    """Which columns are used for what, by their identifiers."""

    address: str | None
    key: str | None
    attachments: tuple[str, ...]
    columns: frozenset[str] | None
    folder: Path | None

    @classmethod
    def of(
        cls,
        address: str | None,
        key: str | None,
        attachments: str | Iterable[str] | None,
        *,
        columns: Iterable[str] | None,
        folder: Path | None,
    ) -> Choice:
        """The choice in a caller's words: titles of columns as they stand there."""
        files = () if attachments is None else _titles(attachments)
        if files and folder is None:
            raise ConfigurationError(
                "attachments= needs attachments_dir=: this list has no folder"
            )
        return cls(
            None if address is None else identifier(address),
            None if key is None else identifier(key),
            tuple(map(identifier, files)),
            None if columns is None else frozenset(map(identifier, _titles(columns))),
            folder,
        )

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that were asked for by name."""
        single = [name for name in (self.address, self.key) if name is not None]
        return (*single, *self.attachments, *sorted(self.columns or ()))


@attrs.frozen
class Layout:
    """How a list is built: the column of addresses, and what a person calls each."""

    address: str
    titles: Mapping[str, str]

    def title(self, name: str) -> str:
        """The title as it stands in the list."""
        return self.titles.get(name, name)


Reader = Callable[[TextIO, Book, Choice, str], tuple[Layout, Iterable[Row]]]
"""(text, book, choice, encoding) -> how it is built, and its rows as they come."""


@attrs.define(eq=False, repr=False)
class TableAudience:
    """The recipients of a file. Every `iter()` reads it anew, row by row.

    At the end of a pass `AudienceError` tells everything that was wrong; with
    `skip_invalid` the rows in question are left out instead, and `problems` (the
    first thousand) and `skipped` (all rows) tell of the last pass. A list of nobody,
    and a file that cannot be read or changes between passes, is an error always.
    """

    _source: Source
    _reader: Reader
    _choice: Choice
    skip_invalid: bool = False
    problems: tuple[Problem, ...] = ()
    skipped: int = 0
    _unique: bool = False
    """A pass to the end found nobody twice; the file is the same one ever after."""

    @property
    def file(self) -> str:
        """The file, as it was named."""
        return self._source.file

    def with_repeats(self) -> TableAudience:
        """The same list, for a use in which a mailbox may stand twice."""
        return attrs.evolve(self, unique=True)

    def __iter__(self) -> Iterator[Recipient]:
        book = Book(self.file)
        found = False
        try:
            with self._source.opened() as text:
                layout, rows = self._reader(
                    text, book, self._choice, self._source.encoding
                )
                clerk = _Clerk(book, self._choice, layout, unique=self._unique)
                for recipient in clerk.recipients(rows):
                    found = True
                    yield recipient
                self._unique = not book.total
        finally:
            self.problems, self.skipped = tuple(book.problems), book.rows
        if book.total and not (self.skip_invalid and found):
            raise book.error()
        if not found:
            raise self._source.problem("nobody is in this list")

    def __repr__(self) -> str:
        return f"<TableAudience {self.file}>"


class _Clerk:
    """Makes recipients of rows; what is wrong goes into the book."""

    def __init__(
        self, book: Book, choice: Choice, layout: Layout, *, unique: bool
    ) -> None:
        self._book = book
        self._choice = choice
        self._layout = layout
        self._seen = None if unique else Duplicates(os.urandom(16))

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
            first = self._seen.first_seen(address, key, line)
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

    def _twice(self, key: str | None, first: int) -> tuple[str, str]:
        same = "same mailbox" if key is None else "same mailbox and key"
        return self._layout.title(self._layout.address), f"{same} as line {first}"


def table(
    file: File,
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
    source = Source.of(file, encoding)
    folder = source.folder if attachments_dir is None else Path(attachments_dir)
    choice = Choice.of(
        address,
        key,
        attachments,
        columns=columns,
        folder=None if folder is None else Path(os.path.normpath(folder.absolute())),
    )
    return TableAudience(source, reader, choice, skip_invalid)


def _titles(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
