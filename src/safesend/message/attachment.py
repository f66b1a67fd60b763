"""One file of a letter: named safely, read on demand, the same at every read."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

from safesend.errors import AttachmentError
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from mimetypes import MimeTypes

__all__ = ["Attachment"]

_LONGEST_NAME = 200
# Cc and Cs break headers; Cf hides or turns text around (bidi, zero width); Zl and Zp
# are line ends to some readers.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# As well where a reader has to decode it; of an encoded word (RFC 2047) that is not
# even tried.
_ADDRESS = re.compile(
    r"[^\s@](?:@|%40|&(?:#0*64|#x0*40|commat);)[^\s@]|=\?", re.IGNORECASE
)
# "logo@2x.png" is how pictures for dense screens are named.
_DENSE = re.compile(r"@[1-9]x(?=\.[a-z]+\Z|\Z)", re.IGNORECASE)
# RFC 2045 section 5.1: type and subtype are tokens.
_TYPE = re.compile(r"[a-z0-9!#$%&'*+.^_`{|}~-]+/[a-z0-9!#$%&'*+.^_`{|}~-]+")
# What stands between < and > of a Content-ID (RFC 2392), without need of quoting.
_CID = re.compile(
    r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-][A-Za-z0-9!#$&'*+/=?^_`{|}~.@-]{0,199}"
)

_UNKNOWN = "application/octet-stream"
_PACKED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2"}
_OPENXML = "application/vnd.openxmlformats-officedocument."
_OPENDOCUMENT = "application/vnd.oasis.opendocument."
# What Python's own table lacks before 3.14, and mails: RFC 2046 section 5.2 lets none
# be encoded as message/*, and what is in them is for the checks to say (L20).
_MORE_TYPES = {
    **dict.fromkeys((".eml", ".mht", ".mhtml", ".nws"), _UNKNOWN),
    ".7z": "application/x-7z-compressed",
    ".avif": "image/avif",
    ".docx": f"{_OPENXML}wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".heic": "image/heic",
    ".ics": "text/calendar",
    ".md": "text/markdown",
    ".odp": f"{_OPENDOCUMENT}presentation",
    ".ods": f"{_OPENDOCUMENT}spreadsheet",
    ".odt": f"{_OPENDOCUMENT}text",
    ".pptx": f"{_OPENXML}presentationml.presentation",
    ".rtf": "application/rtf",
    ".vcf": "text/vcard",
    ".webp": "image/webp",
    ".xlsx": f"{_OPENXML}spreadsheetml.sheet",
    ".zip": "application/zip",
}


@attrs.define
class _Measure:
    """Size and digest of the first read."""

    size: int | None = None
    sha256: str = ""

    def same(self, data: bytes) -> bool:
        """Take the measure, or compare with the one that was taken."""
        digest = hashlib.sha256(data).hexdigest()
        if self.size is None:
            self.size, self.sha256 = len(data), digest
        return (self.size, self.sha256) == (len(data), digest)


def _safe_name(name: str) -> str:
    """The name in NFC (macOS hands out NFD), or AttachmentError."""
    name = unicodedata.normalize("NFC", name)
    if reason := _wrong_with(name):
        shown = f"{name[:1]}…" if _holds_address(name) else name[:60]
        raise AttachmentError(f"attachment {shown!r}: {reason}")
    return name


def _wrong_with(name: str) -> str:
    if not name or len(name) > _LONGEST_NAME:
        return f"a file name has 1 to {_LONGEST_NAME} characters"
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        return "control and invisible characters are not allowed in a file name"
    if "/" in name or "\\" in name or name in (".", ".."):
        return "a file name holds no path"
    if name != name.strip() or name.endswith("."):
        return "a file name does not begin or end with a space, or end with a dot"
    if _holds_address(name):
        return (
            "the file name holds what looks like an address, or an encoded word"
            " (=?...?=); give it another name="
        )
    return ""


def _holds_address(name: str) -> bool:
    # NFKC: the full-width @ reads like the other one.
    plain = unicodedata.normalize("NFKC", name)
    return _ADDRESS.search(_DENSE.sub("", plain)) is not None


def _lower(content_type: str) -> str:
    return content_type.lower()


def _check_type(attachment: Attachment, _: object, content_type: str) -> None:
    name = attachment.name
    if not _TYPE.fullmatch(content_type):
        raise AttachmentError(
            f"attachment {name!r}: a content type is type/subtype, without parameters"
        )
    if content_type.startswith(("message/", "multipart/")):
        raise AttachmentError(
            f"attachment {name!r}: a {content_type} part would be read as part of this"
            " mail, with its recipients (L20); attach a PDF or text of it, or give it"
            " the type application/octet-stream"
        )


def _check_cid(_: object, __: object, cid: str | None) -> None:
    if cid is not None and not _CID.fullmatch(cid):
        raise AttachmentError(
            f"content id {mask_text(repr(cid[:60]))}: use letters, digits, . _ - only"
        )


@attrs.frozen(repr=False)
class Attachment:
    """A file that goes with a letter; made by `from_path` or `from_bytes`.

    `name` is what the reader sees, `content_type` a bare "type/subtype", `cid` the
    content id by which html shows it (`<img src="cid:logo.png">`), or None.
    """

    name: str = attrs.field(converter=_safe_name)
    content_type: str = attrs.field(converter=_lower, validator=_check_type)
    cid: str | None = attrs.field(validator=_check_cid)
    _source: Path | bytes
    _measure: _Measure = attrs.field(factory=_Measure, eq=False)

    @classmethod
    def from_path(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        content_type: str | None = None,
        cid: str | None = None,
    ) -> Self:
        """A file that is read at `load`. AttachmentError for a bad name or type."""
        place = Path(path)
        name = place.name if name is None else name
        return cls(name, content_type or _guessed(name), cid, place)

    @classmethod
    def from_bytes(
        cls,
        data: bytes,
        *,
        name: str,
        content_type: str | None = None,
        cid: str | None = None,
    ) -> Self:
        """Content that is at hand. AttachmentError for a bad name or type."""
        return cls(name, content_type or _guessed(name), cid, bytes(data))

    def load(self) -> bytes:
        """The content.

        AttachmentError if it is no regular file, cannot be read, or is another one
        than at the first `load`.
        """
        source = self._source
        data = source if isinstance(source, bytes) else _read(source)
        if not self._measure.same(data):
            raise AttachmentError(
                f"{mask_text(str(source))} changed after it was first read;"
                " leave it alone until everything is sent"
            )
        return data

    @property
    def size(self) -> int:
        """Octets, as of the first load (which this may be)."""
        if self._measure.size is None:
            return len(self.load())
        return self._measure.size

    @property
    def sha256(self) -> str:
        """Hexadecimal digest, as of the first load (which this may be)."""
        if self._measure.size is None:
            self.load()
        return self._measure.sha256

    def __repr__(self) -> str:
        size = self._measure.size
        measured = "not read" if size is None else f"{size} octets"
        return f"Attachment({self.name!r}, {self.content_type}, {measured})"


def _read(path: Path) -> bytes:
    # Opened before it is looked at, so that it cannot be swapped in between;
    # O_NONBLOCK, because opening a FIFO would wait for its writer.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123  a descriptor, not a path
            if stat.S_ISREG(os.fstat(handle).st_mode):
                return file.read()
        reason = "is not a regular file"
    except (OSError, ValueError) as error:
        reason = _why(error)
    raise AttachmentError(f"{mask_text(str(path))} {reason}")


def _why(error: Exception) -> str:
    if isinstance(error, IsADirectoryError):
        return "is a folder; attach the files in it, or one archive"
    if isinstance(error, FileNotFoundError):
        return "is missing"
    shown = getattr(error, "strerror", None) or "its path is no path"
    return f"cannot be read: {shown}"


def _guessed(name: str) -> str:
    """From Python's own table: the same on every machine, whatever it has installed."""
    own = _MORE_TYPES.get(Path(name.lower()).suffix)
    if own:
        return own
    found, packed = _table().guess_type(f"/{name}")
    return _PACKED.get(packed, _UNKNOWN) if packed else found or _UNKNOWN


@functools.cache
def _table() -> MimeTypes:
    from mimetypes import MimeTypes  # noqa: PLC0415  only where a type is guessed

    return MimeTypes()
