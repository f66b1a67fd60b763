"""A recipient as octets: what the ledger keeps of a row until its letter is gone.

JSON in UTF-8 behind one octet that names the version. Text, numbers, true, false and
null stand for themselves, arrays for tuples; what JSON lacks is an object with one
key: {"D": "1.50"} a decimal, {"d": ...} a date, {"t": ...} a time, {"T": ...} both
(ISO 8601), {"m": {...}} a mapping.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from safesend.errors import AttachmentError
from safesend.message.address import restored_address
from safesend.message.attachment import Attachment
from safesend.message.recipient import Recipient, restored_recipient
from safesend.message.values import Value

__all__ = ["Packed", "pack", "packed", "unpack"]

_VERSION = b"1"
_UNREAD = (-1, "")
"""The measure of a file that could not be read: no file has it."""


@attrs.frozen
class Packed:
    """A recipient as octets, and what of it is content: what people agree to.

    `content` is the same wherever the list and its files lie: the place of the row is
    not in it, and a file stands there by what is in it.
    """

    payload: bytes = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


def pack(recipient: Recipient) -> bytes:
    """The recipient as octets.

    A personal file that lies on disk is kept as its absolute path, size and SHA-256,
    for which it is read here. One that cannot be read is kept without: nobody has
    looked into it, so it cannot be loaded later either, should it appear. One that was
    given as octets is kept whole.
    """
    return packed(recipient).payload


def packed(recipient: Recipient) -> Packed:
    """The recipient as octets, see `pack`, and its content."""
    address = recipient.address
    row: list[object] = [
        address.local,
        address.domain,
        dict(recipient.fields),
        recipient.key,
    ]
    content = _encode(row)
    payload = f"{content[:-1]},{_encode(recipient.source)}"
    if recipient.attachments:
        files = [_packed_file(file) for file in recipient.attachments]
        payload += f",{_encode(files)}"
        content += _encode([_measured(file) for file in recipient.attachments])
    # The path of a file may hold octets that are no UTF-8 (PEP 383).
    return Packed(
        _VERSION + f"{payload}]".encode(errors="surrogatepass"),
        content.encode(errors="surrogatepass"),
    )


def unpack(data: bytes) -> Recipient:
    """The recipient that was packed; its address is not parsed again.

    Raises `ValueError` for octets of another version. A file on disk that is not the
    one that was packed is found when it is loaded.
    """
    if data[:1] != _VERSION:
        raise ValueError("the row was written by another version of safesend")
    text = data[1:].decode(errors="surrogatepass")
    (local, domain, fields, key, source, *rest), end = _decode(text)
    if end != len(text):
        raise ValueError("there is more behind the row")
    for name, value in fields.items():
        if type(value) in _CONTAINERS:
            fields[name] = _revived(value)
    return restored_recipient(
        restored_address(local, domain),
        fields,
        attachments=tuple(_unpacked_file(*file) for file in rest[0]) if rest else (),
        key=key,
        source=source,
    )


def _tagged(value: object) -> dict[str, object]:
    match value:
        case Decimal():
            return {"D": str(value)}
        case datetime():
            return {"T": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case time():
            return {"t": value.isoformat()}
        case Mapping():
            return {"m": dict(value)}
    raise TypeError(f"a field cannot hold a {type(value).__name__}")


_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_tagged
).encode
_decode = json.JSONDecoder().raw_decode
_CONTAINERS = frozenset({dict, list})


def _revived(value: Any) -> Value:
    match value:
        case list():
            return tuple(_revived(item) for item in value)
        case dict():
            [(tag, content)] = value.items()
            return _BY_TAG[tag](content)
    return value  # type: ignore[no-any-return]


def _mapping(content: dict[str, Any]) -> Mapping[str, Value]:
    return MappingProxyType({name: _revived(item) for name, item in content.items()})


_BY_TAG: dict[str, Callable[[Any], Value]] = {
    "D": Decimal,
    "T": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "m": _mapping,
}


def _packed_file(file: Attachment) -> list[object]:
    source = file._source  # noqa: SLF001  the one place that keeps a file for later
    named = [file.name, file.content_type, file.cid]
    if isinstance(source, bytes):
        return [*named, base64.b64encode(source).decode()]
    return [*named, str(source.absolute()), *_measure(file)]


def _measured(file: Attachment) -> list[object]:
    return [file.name, file.content_type, file.cid, *_measure(file)]


def _measure(file: Attachment) -> tuple[int, str]:
    try:
        return file.size, file.sha256
    except AttachmentError:
        return _UNREAD


def _unpacked_file(
    name: str, content_type: str, cid: str | None, source: str, *measure: Any
) -> Attachment:
    if not measure:
        data = base64.b64decode(source)
        return Attachment.from_bytes(
            data, name=name, content_type=content_type, cid=cid
        )
    file = Attachment.from_path(
        Path(source), name=name, content_type=content_type, cid=cid
    )
    # The file is compared with what it was when it was packed, not when next read.
    known = file._measure  # noqa: SLF001  see _packed_file
    known.size, known.sha256 = measure
    return file
