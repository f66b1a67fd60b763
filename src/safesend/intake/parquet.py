"""Parquet as a list: row group by row group, its values as the text of a query's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import attrs

from safesend.errors import ConfigurationError
from safesend.intake.book import Book
from safesend.intake.cells import layout_of_titles, rows_of
from safesend.intake.layout import Choice, FileOrigin, Layout, Row
from safesend.intake.names import identifier
from safesend.intake.source import Source
from safesend.intake.table import TableAudience, several, table

__all__ = ["read_parquet"]

Path = str | os.PathLike[str]

_BATCH = 500
_LARGEST_GROUP = 1 << 30
"""Octets of one row group, unpacked: as much may be in memory at once."""


def read_parquet(
    file: Path | Sequence[Path],
    *,
    address: str | None = None,
    key: str | None = None,
    skip_invalid: bool = False,
    columns: Iterable[str] | None = None,
    attachments: str | Iterable[str] | None = None,
    attachments_dir: str | os.PathLike[str] | None = None,
) -> TableAudience:
    """The recipients of a Parquet file (extra `parquet`), or of several.

    The settings are those of `read_csv`; other columns than `columns` are not even
    read. Values become text as those of `read_query` do. A column of lists, structs or
    octets is refused, and so is a row group of more than 1 GB.

    Raises `ConfigurationError` for settings that cannot be; everything about the file
    is told while it is walked, as `AudienceError`.
    """
    _pyarrow()
    sources = []
    given: Sequence[Path] = several(file)
    for one in given:
        if not isinstance(one, str | os.PathLike):
            raise ConfigurationError("a Parquet file is given by its path")
        sources.append(Source.of(one, None))
    return table(
        [_Parquet(source) for source in sources],
        {source.folder for source in sources},
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        columns=columns,
        attachments=attachments,
        attachments_dir=attachments_dir,
    )


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra, loaded on use
    except ImportError:
        raise ConfigurationError(
            'Parquet needs another package: pip install "safesend[parquet]"'
        ) from None
    return pyarrow


@attrs.frozen(eq=False)
class _Parquet(FileOrigin):
    """A file of Parquet."""

    word: str = "row"

    @contextmanager
    def rows(
        self, book: Book, choice: Choice
    ) -> Iterator[tuple[Layout, Iterable[Row]]]:
        """See `Origin.rows`."""
        with self.source.octets() as octets:
            yield _Reading(book, choice, _pyarrow(), octets).start()


@attrs.define
class _Reading:
    """One pass: the schema first, then rows."""

    book: Book
    choice: Choice
    arrow: Any
    octets: BinaryIO
    largest: int = _LARGEST_GROUP

    def start(self) -> tuple[Layout, Iterable[Row]]:
        """How the list is built, and its rows. `AudienceError` for a bad schema."""
        try:
            opened = self.arrow.parquet.ParquetFile(self.octets)
            schema = opened.schema_arrow
        except (self.arrow.ArrowException, OSError, ValueError):
            reason = "it is no Parquet file, or is damaged"
            raise self.book.fatal(0, "", reason) from None
        layout = layout_of_titles(self.book, self.choice, list(schema.names))
        titles = self._read(schema.names, layout)
        for title in titles:
            if wrong := self._unfit(schema.field(title).type):
                raise self.book.fatal(0, title, wrong)
        groups = range(opened.metadata.num_row_groups)
        sizes = [opened.metadata.row_group(one).total_byte_size for one in groups]
        if max(sizes, default=0) > self.largest:
            reason = "a row group of it has more than 1 GB; write it with smaller ones"
            raise self.book.fatal(0, "", reason)
        return layout, rows_of(self.book, titles, self._rows(opened, titles))

    def _read(self, titles: Sequence[str], layout: Layout) -> list[str]:
        """The columns that are wanted."""
        if self.choice.columns is None:
            return list(titles)
        wanted = {layout.address, *self.choice.named}
        return [title for title in titles if identifier(title) in wanted]

    def _unfit(self, kind: Any) -> str:
        """What stands against a column of that type, if anything does."""
        types = self.arrow.types
        if types.is_dictionary(kind):
            kind = kind.value_type
        if types.is_nested(kind):
            return "it holds lists or structs; write one plain column for each value"
        fits = (
            *(types.is_string, types.is_large_string, types.is_string_view),
            *(types.is_integer, types.is_floating, types.is_decimal, types.is_boolean),
            *(types.is_date, types.is_time, types.is_timestamp, types.is_null),
        )
        if any(fit(kind) for fit in fits):
            return ""
        return f"it holds values of the type {kind}, which are no text; leave it out"

    def _rows(
        self, opened: Any, titles: list[str]
    ) -> Iterator[tuple[int, Sequence[object]]]:
        number = 0
        batches = opened.iter_batches(
            batch_size=_BATCH, columns=titles, use_threads=False
        )
        try:
            for batch in batches:
                columns = [
                    self._values(number, title, batch.column(title)) for title in titles
                ]
                for values in zip(*columns, strict=True):
                    number += 1
                    yield number, values
        except (self.arrow.ArrowException, OSError):
            reason = "it is damaged from here on"
            raise self.book.fatal(number + 1, "", reason) from None

    def _values(self, before: int, title: str, column: Any) -> list[object]:
        """As Python has them, which knows no nanoseconds."""
        arrow, kind = self.arrow, column.type
        if arrow.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(arrow.timestamp("us", kind.tz), safe=False)
        elif arrow.types.is_time64(kind) and kind.unit == "ns":
            column = column.cast(arrow.time64("us"), safe=False)
        try:
            found: list[object] = column.to_pylist()
        except (ValueError, OverflowError):
            reason = (
                f"one of it and the {len(column) - 1} after it is a date that Python"
                " has not, or a text that is no UTF-8"
            )
            raise self.book.fatal(before + 1, title, reason) from None
        return found
