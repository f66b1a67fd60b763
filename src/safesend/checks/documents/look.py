"""What a file looks like: the questions by which its format is told."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Callable

import attrs

from safesend.checks.documents.charsets import decoded, looks_like_text

__all__ = ["Fits", "Look", "at", "begins", "has_member", "opens"]

_HEAD = 8192

# APPNOTE 4.3.16: the end of the directory, and a comment of at most 65,535 octets.
_ZIP_END, _ZIP_TAIL = b"PK\x05\x06", 22 + 65_535


@attrs.frozen(slots=False)
class Look:
    """A file that is looked at; what costs something is found when asked."""

    suffix: str
    """In lower case, without the dot; "" without one."""
    data: bytes = attrs.field(repr=False)

    @classmethod
    def of(cls, name: str, data: bytes) -> Look:
        """A look at a file of this name."""
        stem, dot, suffix = name.strip(" .\"'").rpartition(".")
        return cls(suffix.lower() if dot and stem else "", data)

    @functools.cached_property
    def is_text(self) -> bool:
        """Whether it is text, in whatever charset."""
        return looks_like_text(self.data)

    @functools.cached_property
    def opening(self) -> str:
        """The beginning of a text, without blanks in front; "" of anything else."""
        return decoded(self.data[:_HEAD]).lstrip() if self.is_text else ""

    @functools.cached_property
    def members(self) -> frozenset[str]:
        """The names in a zip archive; none when it has no directory that is whole."""
        if not self.data.startswith(b"PK"):
            return frozenset()
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                return frozenset(archive.namelist())
        except Exception:  # noqa: BLE001 - what is wrong with it is found on reading
            return frozenset()

    @property
    def is_zip_inside(self) -> bool:
        """Whether it ends as a zip archive does, whatever it begins with."""
        if _ZIP_END not in self.data[-_ZIP_TAIL:]:
            return False
        return zipfile.is_zipfile(io.BytesIO(self.data))


Fits = Callable[[Look], bool]


def begins(*magics: bytes) -> Fits:
    """Fits a file that begins with one of these."""
    return lambda look: look.data.startswith(magics)


def at(offset: int, *magics: bytes) -> Fits:
    """Fits a file in which one of these stands at the offset."""
    return lambda look: look.data.startswith(magics, offset)


def opens(pattern: str) -> Fits:
    """Fits a text whose beginning matches, letter case ignored."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda look: compiled.match(look.opening) is not None


def has_member(*names: str) -> Fits:
    """Fits a zip archive with a member of one of these names."""
    return lambda look: not look.members.isdisjoint(names)
