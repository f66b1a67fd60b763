"""Records as lines of a zone file: what is advised can be published as it stands."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

__all__ = ["AGAIN", "Record", "advice", "aliased", "is_name", "txt"]

AGAIN = "Look again later; if it stays so, tell those who run these nameservers."
"""What can be done about DNS that gives no answer."""

_LONGEST = 255
"""Octets of one text of a TXT record (RFC 1035 section 3.3)."""
_LABEL = 63
"""Octets of one label of a name (RFC 1035 section 2.3.4)."""


@attrs.frozen
class Record:
    """One record: `str()` gives its line, which nameservers and `dig` write alike.

    Such a line takes the place of what is published under its name: of an MX or TXT
    record with the same beginning (`v=spf1`), and of whatever stands at a name that is
    for one record only (`_dmarc.example.org`).
    """

    name: str
    kind: str
    data: str

    def __str__(self) -> str:
        """`example.org. IN TXT "v=spf1 mx ~all"`."""
        return f"{self.name.removesuffix('.')}. IN {self.kind} {self.data}"


def txt(name: str, text: str) -> Record:
    """A TXT record; a long text is several, which readers put together again."""
    octets = text.encode("utf-8", "surrogateescape")
    starts = range(0, len(octets) or 1, _LONGEST)
    parts = [_quoted(octets[start : start + _LONGEST]) for start in starts]
    return Record(name, "TXT", " ".join(parts))


def _quoted(octets: bytes) -> str:
    # RFC 1035 section 5.1: what a reader would take otherwise is written as a number.
    return '"' + "".join(map(_written, octets)) + '"'


def _written(octet: int) -> str:
    shown = chr(octet)
    if shown in '"\\':
        return f"\\{shown}"
    return shown if " " <= shown <= "~" else f"\\{octet:03}"


def advice(records: Iterable[Record], *words: str) -> str:
    """What a finding says to publish: a line for each record, then words, if any."""
    return "\n".join([*map(str, records), *words])


def aliased(name: str, end: str) -> list[str]:
    """Words for who would publish where a CNAME stands, which allows nothing beside it.

    `end` is the name at the end of all aliases; "" and the name itself are none.
    """
    if end in {"", name}:
        return []
    return [f"{name} is another name of {end}: end that, or have it published there."]


def is_name(text: str) -> bool:
    """Whether DNS could have such a name: no label is empty or too long."""
    return all(0 < len(label) <= _LABEL for label in text.split("."))
