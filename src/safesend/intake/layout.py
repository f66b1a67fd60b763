"""How a list is built: which columns it has, and what each of them is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TextIO

import attrs

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.book import Book
from safesend.intake.names import address_columns, identifier
from safesend.intake.source import Source
from safesend.message.values import Value

__all__ = [
    "Choice",
    "FileOrigin",
    "Layout",
    "Origin",
    "Reader",
    "Row",
    "TextOrigin",
    "layout_of",
    "listed",
]

Row = tuple[int, dict[str, Value]]
"""The line where a row starts, and its cells by identifier."""


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
    columns: frozenset[str] | None = None
    """All of them, where each row has the same."""

    def title(self, name: str) -> str:
        """The title as it stands in the list."""
        return self.titles.get(name, name)


class Origin(Protocol):
    """What rows are read from, as often as is wanted."""

    @property
    def file(self) -> str:
        """As a person is told where a row stands."""

    @property
    def word(self) -> str:
        """What a place in it is called: line or row."""

    def rows(
        self, book: Book, choice: Choice
    ) -> AbstractContextManager[tuple[Layout, Iterable[Row]]]:
        """How it is built, and its rows as they come; what is wrong is booked.

        Raises `AudienceError` for what cannot be read (on).
        """

    def problem(self, reason: str) -> AudienceError:
        """The error that it is as a whole."""


Reader = Callable[[TextIO, Book, Choice, str], tuple[Layout, Iterable[Row]]]
"""(text, book, choice, encoding) -> how it is built, and its rows as they come."""


@attrs.frozen(eq=False)
class FileOrigin:
    """What every file has, whatever is in it."""

    source: Source

    @property
    def file(self) -> str:
        """See `Origin.file`."""
        return self.source.file

    def problem(self, reason: str) -> AudienceError:
        """See `Origin.problem`."""
        return self.source.problem(reason)


@attrs.frozen(eq=False)
class TextOrigin(FileOrigin):
    """A file of text."""

    reader: Reader
    word: str = "line"

    @contextmanager
    def rows(
        self, book: Book, choice: Choice
    ) -> Iterator[tuple[Layout, Iterable[Row]]]:
        """See `Origin.rows`."""
        with self.source.opened() as text:
            yield self.reader(text, book, choice, self.source.encoding)


def layout_of(book: Book, choice: Choice, line: int, titles: list[str]) -> Layout:
    """The layout of a list with these titles, which stand in that line.

    Raises `AudienceError` for titles that cannot be told apart, and where a column is
    missing.
    """
    names = [identifier(title) for title in titles]
    for place, name in enumerate(names):
        if name and name in names[:place]:
            reason = f"another column becomes {name!r} as well; rename one of them"
            raise book.fatal(line, titles[place], reason)
    for name in choice.named:
        if name not in names:
            reason = f"there is no such column; {listed(titles)}"
            raise book.fatal(line, name, reason)
    found = address_columns(names) if choice.address is None else [choice.address]
    if len(found) != 1:
        what = "several columns look" if found else "no column looks"
        reason = f"{what} like the one of addresses; say address=...; {listed(titles)}"
        raise book.fatal(line, "", reason)
    called = dict(zip(names, titles, strict=True))
    return Layout(found[0], called, frozenset(names) - {""})


def listed(titles: Iterable[str]) -> str:
    """The columns there are, for a message."""
    named = ", ".join(repr(title.strip()) for title in titles if title.strip())
    return f"the columns are {named}"


def _titles(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
