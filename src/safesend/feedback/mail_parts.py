"""The parts of a mail that anybody may have written: few, small, and not too deep.

The standard library's parser is not used: it takes quadratic time on some input.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.checks.mail_headers import Field, Headers
from safesend.checks.mime_tree import Entity, read_entity, split_parts
from safesend.checks.transfer import decoded

__all__ = ["RETURNED", "Opened", "Part", "head_of", "open_mail"]

RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
"""A message that came back, or its headers (RFC 6522 section 4, RFC 6533 section 6)."""

_LONGEST = 1_000_000
"""Octets that are read: a report stands before the message that it returns."""

_DEEPEST = 5
_MOST = 100
"""Parts of one mail. A report has three."""

_MOST_FIELDS, _LONGEST_FIELD = 1_000, 10_000


@attrs.frozen
class Part:
    """One part that is no multipart, decoded."""

    type: str
    octets: bytes = attrs.field(repr=False)
    charset: str = ""


@attrs.frozen
class Opened:
    """A mail: its headers, what it says that it is, and its parts in their order."""

    headers: Headers = attrs.field(repr=False)
    type: str
    report_type: str
    parts: tuple[Part, ...]

    def first(self, *types: str) -> Part | None:
        """The first part of one of these types."""
        return next((part for part in self.parts if part.type in types), None)

    @property
    def returned(self) -> Headers | None:
        """The headers of the message that came back, or of what else is attached."""
        part = self.first(*RETURNED)
        return None if part is None else head_of(part.octets)


def open_mail(octets: bytes) -> Opened:
    """The parts of a mail; of one that is too long, what stands in its beginning."""
    top = _entity(octets[:_LONGEST].lstrip(b"\r\n"))
    said = next(iter(top.parameter("report-type")), "")
    return Opened(top.headers, top.type, said.lower(), tuple(_Walk().leaves(top, 0)))


def head_of(octets: bytes) -> Headers:
    """The header block that a text begins with."""
    return _entity(octets.lstrip(b"\r\n")).headers


def _entity(octets: bytes, default: str = "text/plain") -> Entity:
    """With short fields: nothing that is looked for is longer."""
    found = read_entity(octets, default)
    fields = found.headers.fields[:_MOST_FIELDS]
    short = (Field(one.name, one.text[:_LONGEST_FIELD]) for one in fields)
    return attrs.evolve(found, headers=Headers(tuple(short)))


@attrs.define
class _Walk:
    _left: int = _MOST

    def leaves(self, entity: Entity, depth: int) -> Iterator[Part]:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return
        if entity.type.startswith("multipart/"):
            # RFC 2045 section 6.4: it is not encoded, whatever its header says.
            found = split_parts(entity.body, entity.parameter("boundary"))
            if found is not None:
                digest = entity.type == "multipart/digest"
                default = "message/rfc822" if digest else "text/plain"
                for part in found.parts[: self._left]:
                    yield from self.leaves(_entity(part, default), depth + 1)
                return
        charset = next(iter(entity.parameter("charset")), "")
        content = decoded(entity.body, entity.encoding).octets
        yield Part(entity.type, content, charset)
