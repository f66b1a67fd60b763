"""CSV as people have it: from Excel, from a database, from a text editor (RFC 4180)."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TextIO

import attrs

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.book import Book
from safesend.intake.cells import LARGEST, is_clean
from safesend.intake.layout import Choice, Layout, Row, layout_of
from safesend.intake.names import identifier
from safesend.intake.table import Files, TableAudience, text_table
from safesend.message.values import Value
from safesend.redaction import mask_text

__all__ = ["read_csv"]

_DELIMITERS = ",;\t|"
_EMPTY = " \r\n\ufeff" + _DELIMITERS
_LONGEST_HEADER = 1_000
"""Lines in which the quotes of a header must close."""
# Excel's own note in the first line.
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def read_csv(
    file: Files,
    *,
    address: str | None = None,
    key: str | None = None,
    skip_invalid: bool = False,
    encoding: str | None = None,
    delimiter: str | None = None,
    columns: Iterable[str] | None = None,
    attachments: str | Iterable[str] | None = None,
    attachments_dir: str | os.PathLike[str] | None = None,
) -> TableAudience:
    """The recipients of a CSV file with a header line, read when they are walked.

    - `file`: a path, or an open file (which is then read once, to its end); or a list
      of several with the same columns, which are read one after another.
    - `address`: the column of addresses; by default the one with a usual name
      ("email", "E-mail address", "correo" ...).
    - `key`: a column that tells several rows of one mailbox apart.
    - `skip_invalid`: leave out rows that cannot be used, instead of refusing the list.
    - `encoding`: by default UTF-8, or UTF-16 where the file begins with its mark;
      older exports of Excel need "cp1252".
    - `delimiter`: by default what the header uses most of , ; tab and |.
    - `columns`: which columns become fields; by default all of them.
    - `attachments`: a column (or several) with paths of personal files, ";" between
      them, below `attachments_dir` (by default the folder of the list).

    A title becomes a field's name in lower case with "_" for all that is no letter or
    digit: "First name" is `first_name`. Blank lines are skipped.

    Raises `ConfigurationError` for settings that cannot be; everything about the file
    is told while it is walked, as `AudienceError`.
    """
    if delimiter is not None and not re.fullmatch(r"[^\"\r\n]", delimiter):
        raise ConfigurationError("delimiter is one character, such as ';'")

    def reader(
        text: TextIO, book: Book, choice: Choice, encoding: str
    ) -> tuple[Layout, Iterable[Row]]:
        return _Reading(text, book, choice, encoding, delimiter).start()

    return text_table(
        file,
        reader,
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        encoding=encoding,
        columns=columns,
        attachments=attachments,
        attachments_dir=attachments_dir,
    )


@attrs.define
class _Reading:
    """One pass: the header first, then rows."""

    text: TextIO
    book: Book
    choice: Choice
    encoding: str
    delimiter: str | None

    def start(self) -> tuple[Layout, Iterable[Row]]:
        """How the list is built, and its rows. `AudienceError` for a bad header."""
        # What is longer is a quote that nobody closed.
        csv.field_size_limit(max(csv.field_size_limit(), LARGEST))
        records, before = self._records(), self.book.total
        line, titles = next(records, (1, []))
        if self.book.total > before:
            raise self.book.error()
        if not titles:
            raise self.book.fatal(1, "", "the file is empty; it needs a header line")
        self._check_titles(line, titles)
        layout = layout_of(self.book, self.choice, line, titles)
        return layout, self._rows(records, titles)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """(line where it starts, cells) of every row that is not blank."""
        lines, delimiter = self._head()
        reader = csv.reader(chain(lines, self.text), delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.book.reject(line, ("", _explained(error)))
                continue
            except UnicodeError:
                raise self._undecodable(line) from None
            if not any(map(str.strip, cells)):
                continue
            if line > len(lines) or not _SEP.fullmatch(delimiter.join(cells)):
                yield line, cells

    def _head(self) -> tuple[list[str], str]:
        """The lines of the header, as they are, and the delimiter."""
        lines: list[str] = []
        header, delimiter = "", self.delimiter
        try:
            for line in self.text:
                lines.append(line)
                if not header and (note := _SEP.fullmatch(line)):
                    delimiter = delimiter or note[1]
                    continue
                header += line
                if not header.strip(_EMPTY):
                    header = ""
                elif header.count('"') % 2 == 0 or len(lines) > _LONGEST_HEADER:
                    break
        except UnicodeError:
            raise self._undecodable(len(lines) + 1) from None
        if lines:
            lines[0] = lines[0].removeprefix("\ufeff")
        return lines, delimiter or _sniffed(header)

    def _check_titles(self, line: int, titles: list[str]) -> None:
        # Nothing of a line that may be a row, and not a header, is ever shown.
        if any(mask_text(title) != title for title in titles):
            reason = (
                "this line holds an address where the titles of the columns should"
                " stand; add a header line, such as email,name"
            )
            raise self.book.fatal(line, "", reason)
        fault = self._bad_text(titles, titles)
        if fault is not None:
            raise self.book.fatal(line, "", fault[1])

    def _rows(
        self, records: Iterator[tuple[int, list[str]]], titles: list[str]
    ) -> Iterator[Row]:
        names = [identifier(title) for title in titles]
        unnamed = [place for place, name in enumerate(names) if not name]
        width = len(names)
        for line, cells in records:
            fault: tuple[str, str] | None = None
            if len(cells) != width:
                fault = ("", f"the line has {len(cells)} cells, the header {width}")
            elif not is_clean("".join(cells)):
                fault = self._bad_text(titles, cells)
            elif unnamed and any(cells[place].strip() for place in unnamed):
                fault = ("", "a value stands in a column that has no title")
            if fault is not None:
                self.book.reject(line, fault)
                continue
            # Of one width, as was seen; asking zip for it costs as much as the rest.
            fields: dict[str, Value] = dict(zip(names, cells, strict=False))
            if unnamed:
                del fields[""]
            yield line, fields

    def _bad_text(self, titles: list[str], cells: list[str]) -> tuple[str, str] | None:
        for title, cell in zip(titles, cells, strict=True):
            if "\0" in cell:
                return title, "it holds a NUL; save the list as text, in UTF-8"
            if not is_clean(cell):
                return title, self._misread
        return None

    @property
    def _misread(self) -> str:
        hint = (
            ""
            if self.encoding == "cp1252"
            else '; say encoding="cp1252" if Excel wrote it'
        )
        return f"it is not {self.encoding}{hint}"

    def _undecodable(self, line: int) -> AudienceError:
        return self.book.fatal(line, "", self._misread)


def _sniffed(header: str) -> str:
    bare = re.sub(r'"[^"]*"', "", header)
    best = max(_DELIMITERS, key=bare.count)
    return best if best in bare else ","


def _explained(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason or "field limit" in reason:
        return 'a quote (") opens a cell and is never closed'
    if "expected after" in reason:
        return 'a cell goes on after its closing quote; inside of quotes write ""'
    return f"it is no CSV: {reason}"
