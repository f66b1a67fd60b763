"""Where a list is read from: a file that must not change, or a stream, kept."""

from __future__ import annotations

import codecs
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, TextIO, cast

import attrs

from safesend.errors import AudienceError, ConfigurationError, Problem
from safesend.intake.scratch import Scratch

__all__ = ["File", "Source"]

File = str | os.PathLike[str] | IO[str] | IO[bytes]
"""What a list may be given as: a path, or an open file of text or octets."""

_CHUNK = 1 << 18
_BY_MARK = (
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ARCHIVE = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


@attrs.define(eq=False)
class Source:
    """A list's file, opened anew for every pass.

    A path is compared with what it was at the first pass (size and date of change).
    A stream is read to its end once, into an anonymous file.
    """

    file: str
    """As a person is told where a row stands."""
    folder: Path | None
    """Where the list lies, if that is known."""
    _given: File
    _encoding: str | None
    _kept: Scratch | None = None
    _stamp: tuple[int, int] | None = None
    _failed: bool = False

    @classmethod
    def of(cls, given: File, encoding: str | None) -> Source:
        """Nothing is opened yet. `ConfigurationError` for an unknown encoding."""
        if encoding is not None:
            encoding = _known(encoding)
        if isinstance(given, str | os.PathLike):
            # Absolute: a later pass may run in another working directory.
            path = Path(given).absolute()
            return cls(os.fspath(given), path.parent, path, encoding)
        if not hasattr(given, "read"):
            kind = type(given).__name__
            raise ConfigurationError(f"a list is a path or an open file, not a {kind}")
        name = getattr(given, "name", None)
        if isinstance(name, str) and Path(name).is_file():
            return cls(name, Path(name).absolute().parent, given, encoding)
        return cls("list", None, given, encoding)

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """The text from its start, line ends as they are.

        Octets that the encoding does not have come as lone surrogates (PEP 383).
        Raises `AudienceError` if the file cannot be read, is another one than at the
        first pass, or changes during this one.
        """
        if not isinstance(self._given, Path):
            with self._text(self._stream().reader()) as text:
                yield text
            return
        with self._file(self._given) as octets, self._text(octets) as text:
            self._compare(octets)
            yield text
            self._compare(octets)

    @contextmanager
    def octets(self) -> Iterator[BinaryIO]:
        """The octets of a path, in which one may seek. Raises as `opened` does."""
        assert isinstance(self._given, Path)
        with self._file(self._given) as octets:
            self._compare(octets)
            yield octets
            self._compare(octets)

    @property
    def encoding(self) -> str:
        """The encoding as a person would name it, to say what does not fit."""
        return self._encoding or "utf-8"

    def _text(self, octets: BinaryIO | io.BufferedReader) -> io.TextIOWrapper:
        start = cast("io.BufferedReader", octets).peek(4)[:4]
        if start in (_ARCHIVE, _OLD_OFFICE):
            octets.close()
            raise self.problem("is a spreadsheet or an archive; save it as CSV UTF-8")
        marked = [name for mark, name in _BY_MARK if start.startswith(mark)]
        encoding = self._encoding or (marked[0] if marked else "utf-8-sig")
        return io.TextIOWrapper(
            octets, encoding=encoding, errors="surrogateescape", newline=""
        )

    @contextmanager
    def _file(self, path: Path) -> Iterator[BinaryIO]:
        try:
            octets = path.open("rb")
        except OSError as error:
            raise self.problem(f"cannot be read: {error.strerror}") from None
        with octets:
            if not stat.S_ISREG(os.fstat(octets.fileno()).st_mode):
                reason = "is no regular file and cannot be read twice; give an open"
                raise self.problem(f"{reason} file, such as sys.stdin.buffer")
            yield octets

    def _compare(self, octets: BinaryIO) -> None:
        status = os.fstat(octets.fileno())
        stamp = (status.st_size, status.st_mtime_ns)
        if self._stamp is None:
            self._stamp = stamp
        if stamp != self._stamp:
            reason = "changed while it was used; leave it alone and start anew"
            raise self.problem(reason)

    def _stream(self) -> Scratch:
        if self._kept is not None:
            return self._kept
        if self._failed:
            # What is left of the stream would look like a shorter list.
            raise self.problem("could not be read to its end; open it anew")
        self._failed = True
        kept = Scratch()
        for piece in self._pieces(cast("IO[str] | IO[bytes]", self._given)):
            kept.append(piece)
        self._kept = kept
        return kept

    def _pieces(self, stream: IO[str] | IO[bytes]) -> Iterator[bytes]:
        try:
            while piece := stream.read(_CHUNK):
                if isinstance(piece, str):
                    self._encoding = "utf-8-sig"
                    yield piece.encode(errors="surrogatepass")
                else:
                    yield piece
        except (OSError, ValueError) as error:
            kind = type(error).__name__
            raise self.problem(f"cannot be read to its end ({kind})") from None

    def problem(self, reason: str) -> AudienceError:
        """The error that the file as a whole is."""
        return AudienceError([Problem(self.file, 0, "", reason)])


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError):
        raise ConfigurationError(
            f"there is no text encoding {encoding!r}; usual are utf-8, cp1252, utf-16"
        ) from None
    return "utf-8-sig" if name == "utf-8" else name
