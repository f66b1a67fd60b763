"""What a request to Amazon SES would send: whom to, and the message as it arrives.

The service writes To and Cc from the lists of a destination, so that everybody in them
sees all the others (L04). BccAddresses stand in no header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

import attrs

from safesend.testing.guard.intent import Intent, people

__all__ = ["SENDING", "messages"]

_Params = Mapping[str, Any]

_BULK = frozenset({"SendBulkEmail", "SendBulkTemplatedEmail"})
SENDING = _BULK | {"SendEmail", "SendRawEmail", "SendTemplatedEmail"}
"""The operations of both versions that send mail."""

_KINDS = ("ToAddresses", "CcAddresses", "BccAddresses")
_WORDS = (
    "Message",
    "Content",
    "TemplateData",
    "DefaultTemplateData",
    "DefaultContent",
    "ReplacementTemplateData",
    "ReplacementEmailContent",
    "ReplacementHeaders",
)


def messages(operation: str, params: _Params) -> Iterator[Intent]:
    """Each message of a request: one, or one for each destination of a bulk."""
    raw = params.get("RawMessage") or params.get("Content", {}).get("Raw")
    if raw is not None:
        yield _raw(params, raw["Data"])
    elif operation in _BULK:
        for entry in params.get("BulkEmailEntries") or params["Destinations"]:
            yield _written(params, entry["Destination"], entry)
    else:
        yield _written(params, params["Destination"], {})


def _raw(params: _Params, data: bytes | str) -> Intent:
    octets = data.encode() if isinstance(data, str) else bytes(data)
    listed = params.get("Destinations") or _listed(params.get("Destination", {}))
    # Without any, the service takes those whom the message names.
    return people(listed or _named(octets)), octets


def _listed(destination: _Params) -> list[str]:
    return [each for kind in _KINDS for each in destination.get(kind) or ()]


def _named(octets: bytes) -> list[str]:
    head = BytesHeaderParser().parsebytes(octets)
    fields = [str(v) for name in ("To", "Cc", "Bcc") for v in head.get_all(name, [])]
    return [address for _, address in getaddresses(fields)]


def _written(params: _Params, destination: _Params, entry: _Params) -> Intent:
    found = _Parts()
    for source in (params, entry):
        for key in _WORDS:
            found.take(source.get(key), key)
    head = {
        "From": [params.get("Source") or params.get("FromEmailAddress") or ""],
        "To": destination.get("ToAddresses") or [],
        "Cc": destination.get("CcAddresses") or [],
        "Reply-To": params.get("ReplyToAddresses") or [],
    }
    lines = [f"{name}: {', '.join(each)}\n" for name, each in head.items() if each]
    octets = "".join([*lines, *found.headers]).encode() + found.body()
    return people(_listed(destination)), octets


@attrs.define
class _Parts:
    """What a reader would be shown of a request, whatever shape it has."""

    headers: list[str] = attrs.field(factory=list)
    texts: dict[str, list[str]] = attrs.field(factory=lambda: {"plain": [], "html": []})
    files: list[tuple[str, bytes]] = attrs.field(factory=list)

    def take(self, value: Any, key: str, kind: str = "plain") -> None:
        """Sort in what stands under a key, and under its own keys."""
        if isinstance(value, str) and key != "Charset":
            self.texts[kind].append(value)
        elif isinstance(value, list | tuple):
            for each in value:
                self.take(each, key, kind)
        elif isinstance(value, Mapping) and "RawContent" in value:
            name = value.get("FileName", "")
            self.files.append((name, bytes(value["RawContent"])))
        elif isinstance(value, Mapping) and key.endswith("Headers"):
            self.headers.append(f"{value['Name']}: {value['Value']}\n")
        elif isinstance(value, Mapping):
            for name, each in value.items():
                self.take(each, name, "html" if name == "Html" else kind)

    def body(self) -> bytes:
        """A letter of all this, with the headers of its body."""
        letter = EmailMessage()
        letter.set_content("\n".join(self.texts["plain"]))
        if self.texts["html"]:
            letter.add_alternative("\n".join(self.texts["html"]), subtype="html")
        for name, data in self.files:
            letter.add_attachment(
                data, maintype="application", subtype="octet-stream", filename=name
            )
        return letter.as_bytes()
