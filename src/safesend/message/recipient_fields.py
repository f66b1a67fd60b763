"""Which fields of a header block say who else gets a message."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import attrs

__all__ = [
    "Field",
    "addresses_in",
    "fields_of",
    "may_tell",
    "names_in",
    "names_people",
    "split_head",
]

# A field may stand with blanks before its colon (RFC 5322 section 4.5.3, obsolete).
_NAME = re.compile(rb"([!-9;-~\x80-\xff]+)[ \t]*:")
# It begins with an octet that is found at once, since all of a message is gone through.
_AT_LINE = re.compile(rb"\n([^\x00-\x20:\x7f]++)[ \t]*+:")
_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\Z)(?:[ \t][^\r\n]*+(?:\r\n|\Z))*+")
_NO_LETTER = re.compile(rb"[^a-z0-9]+")

# To, Cc and Bcc, what came before them and beside them: Apparently-To, Delivered-To,
# Envelope-To, X-Rcpt-To, X-Original-To, X-Odoo-Bcc, X-Recipients, Mail-Followup-To; and
# the block of who sends a message on (RFC 5322 section 3.6.6).
_PEOPLE = re.compile(
    rb"(?:.*-)?(?:to|tos|bcc|cc|rcpt|rcpts|rcptto|recipient|recipients)(?:-.*)?"
    rb"|resent-.*"
)
# Fields in whose name "to" means where an answer goes, not who gets the message.
_ANSWERS = re.compile(
    rb"(?:x-)?(?:in-reply|reply|mail-reply|errors|bounces?|return-receipt"
    rb"|disposition-notification|confirm-reading|report-abuse|abuse(?:-reports)?"
    rb"|complaints|feedback|list-(?:owner|post))-to|to-do"
)
# Bounded, and tried from the start of a word only, so that time stays linear.
_ADDRESS = re.compile(
    rb"(?<![^\s<>,;:\"()])[^\s<>,;:\"()@]{1,320}@[^\s<>,;:\"()@]{1,320}"
)


@attrs.frozen
class Field:
    """One field as it stands, its line ends included; `name` is for comparing.

    A line that is no field has no name.
    """

    name: bytes
    octets: bytes = attrs.field(repr=False)

    @property
    def value(self) -> bytes:
        """What follows the colon, unfolded, without blanks round it."""
        _, _, value = self.octets.partition(b":")
        return value.replace(b"\r\n", b"").strip(b" \t")


def split_head(entity: bytes) -> tuple[bytes, bytes]:
    """The header block, its last line end included, and what follows it.

    `entity` has CRLF line ends only. The block ends at the first empty line, which
    belongs to what follows. Lines before it that are no fields are in the block as
    well: a reader may pass them over and go on.
    """
    if entity.startswith(b"\r\n"):
        return b"", entity
    end = entity.find(b"\r\n\r\n")
    return (entity, b"") if end < 0 else (entity[: end + 2], entity[end + 2 :])


def fields_of(block: bytes) -> Iterator[Field]:
    """The fields of a block in their order; joined they are the block again."""
    for line in _LINE.finditer(block):
        if line[0]:
            found = _NAME.match(line[0])
            yield Field(_compared(found[1]) if found else b"", line[0])


@functools.lru_cache(maxsize=512)
def _compared(name: bytes) -> bytes:
    return _NO_LETTER.sub(b"-", name.lower()).strip(b"-")


@functools.lru_cache(maxsize=512)
def names_people(name: bytes) -> bool:
    """Whether a field of this (compared) name may tell who else gets the message."""
    return _PEOPLE.fullmatch(name) is not None and _ANSWERS.fullmatch(name) is None


def names_in(octets: bytes) -> list[bytes]:
    """The names of all lines that may be fields, of whatever part, as written.

    Those of a first line, before which there is no line end, are not among them.
    """
    return _AT_LINE.findall(octets)


@functools.lru_cache(maxsize=512)
def may_tell(name: bytes) -> bool:
    """The same of a name as it is written."""
    return names_people(_compared(name))


def addresses_in(value: bytes) -> list[str]:
    """Whatever looks like an address, in whatever form it stands."""
    return [found[0].decode("utf-8", "replace") for found in _ADDRESS.finditer(value)]
