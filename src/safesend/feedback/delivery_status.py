"""Reports on delivery (RFC 3464, RFC 6533), as they ought to be and as they come."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

import attrs

from safesend.checks.mail_headers import Field, Headers, read_headers
from safesend.errors import AddressError
from safesend.feedback.said import Said, read_said
from safesend.message.address import Address

__all__ = ["Deed", "DeliveryStatus", "Fortune", "mailbox", "read_status"]

_MOST = 50
"""Recipients of one report. A message of ours has one, whom an alias may multiply."""

_EMPTY = re.compile(rb"(?>\r\n|\r|\n)[ \t]{0,99}(?>\r\n|\r|\n)")
_IDS = ("original-envelope-id", "x-original-message-id")
_OWN = frozenset({"final-recipient", "original-recipient", "action", "status"})
_UNICODE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_HIGHEST = 0x10FFFF


class Deed(enum.Enum):
    """What a server did with the message (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


_BEGINS = (
    ("fail", Deed.FAILED),
    ("error", Deed.FAILED),  # OpenSMTPD
    ("delay", Deed.DELAYED),
    ("deliver", Deed.DELIVERED),
    ("relay", Deed.RELAYED),
    ("expan", Deed.EXPANDED),
)
_BY_DIGIT = {"5": Deed.FAILED, "4": Deed.DELAYED, "2": Deed.RELAYED}
"""For a report that does not say: of a 2xx the least that it may mean."""


@attrs.frozen
class Fortune:
    """What became of the message for one recipient."""

    deed: Deed
    said: Said
    original: Address | None
    """As the sender gave it, wherever it was forwarded to."""
    final: Address | None
    local: str = attrs.field(default="", repr=False)
    """Where the final one is no address: the name on the machine that delivers."""
    at: str = attrs.field(default="", repr=False)


@attrs.frozen
class DeliveryStatus:
    """A report: the ids of the message, and the fortune of each recipient."""

    ids: tuple[str, ...] = attrs.field(repr=False)
    fortunes: tuple[Fortune, ...]


def read_status(octets: bytes) -> DeliveryStatus:
    """The content of a part message/delivery-status. Never raises."""
    ids: list[str] = []
    fortunes: list[Fortune] = []
    for block in _blocks(octets):
        ids += filter(None, map(block.get, _IDS))
        if len(fortunes) < _MOST and (found := _fortune(block)):
            fortunes.append(found)
    return DeliveryStatus(tuple(ids[:_MOST]), tuple(fortunes))


def _blocks(octets: bytes) -> Iterator[Headers]:
    """Blocks with empty lines between them; where those are missing, as it repeats."""
    for text in _EMPTY.split(octets.strip(b"\r\n"), _MOST * 2):
        block: list[Field] = []
        names: set[str] = set()
        for field in read_headers(text).fields:
            name = field.name.lower()
            if name in names:
                yield Headers(tuple(block))
                block, names = [], set()
            block.append(field)
            names |= {name} & _OWN
        yield Headers(tuple(block))


def _fortune(block: Headers) -> Fortune | None:
    """None of the block about the message, and of one that tells nothing."""
    final, original = block.get("final-recipient"), block.get("original-recipient")
    action, status = block.get("action").strip().lower(), block.get("status")
    if not (final or original or action or status):
        return None
    said = read_said(block.get("diagnostic-code"), status)
    deed = next((deed for word, deed in _BEGINS if action.startswith(word)), None)
    deed = deed or _BY_DIGIT.get(said.digit)
    if deed is None:
        return None
    whom = mailbox(final)
    return Fortune(
        deed,
        said,
        mailbox(original),
        whom,
        "" if whom else _bare(final),
        block.get("last-attempt-date"),
    )


def mailbox(value: str) -> Address | None:
    r"""The mailbox of "rfc822; ada@example.org"; the type may be missing.

    RFC 6533 section 3: "utf-8" has Unicode, or \x{...} for what ASCII has not. Some
    write xtext (RFC 3461 section 4), as it stood in ORCPT.
    """
    text = _bare(value)
    for one in (text, _XTEXT.sub(lambda hit: chr(int(hit[1], 16)), text)):
        try:
            return Address.parse(one)
        except AddressError:
            continue
    return None


def _bare(value: str) -> str:
    """What stands behind the type, without comment and brackets."""
    kind, mark, rest = value[:1_000].partition(";")
    text = (rest if mark else kind).strip()
    text = text.partition(" (")[0].strip()
    if text.startswith("<"):
        text = text[1:].partition(">")[0]
    return _UNICODE.sub(_character, text)


def _character(hit: re.Match[str]) -> str:
    number = int(hit[1], 16)
    return chr(number) if number <= _HIGHEST else ""
