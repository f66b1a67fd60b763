"""Bounces without a report: qmail, old Exim, Exchange and many others.

flufl.bounce (extra `bounces`) knows their forms, and gives whose mail came back; what
the server said, and of which message, stands beside it in the text.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterable
from email.policy import compat32

from safesend.checks.charsets import readings
from safesend.errors import AddressError, ConfigurationError
from safesend.feedback.mail_parts import Opened
from safesend.feedback.said import Said, read_text
from safesend.message.address import Address

__all__ = ["Failures", "failures_in", "said_of", "text_of"]

_LONGEST = 50_000
_LINE = 1_000
_MOST_BOUNDARIES = 20
"""For each of them the standard library looks at every line that follows."""

_MOST = 20
_NEAR = 700
_LINES = re.compile(rb"\r\n|\r|\n")
_ENDS = re.compile(r"\n[ \t]*\n|\n[ \t]*-{2,}")

Failures = tuple[list[Address], list[Address]]
"""Whose mail is still on the way, and whose came back."""


def failures_in(octets: bytes) -> Failures:
    """What flufl.bounce finds in a mail.

    Raises `ConfigurationError` where it is not installed.
    """
    try:
        from flufl.bounce import all_failures  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            "bounces without a report are read with flufl.bounce, which is not"
            " installed: pip install 'safesend[bounces]'"
        ) from None
    _be_silent()
    lines = (line[:_LINE] for line in _LINES.split(octets[:_LONGEST]))
    text = b"\n".join(lines)
    if text.lower().count(b"boundary") > _MOST_BOUNDARIES:
        return [], []
    try:
        message = email.message_from_bytes(text, policy=compat32)
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001  it reads what anybody wrote, as does `email`
        return [], []
    return _addresses(temporary), _addresses(permanent)


def said_of(text: str, address: Address) -> Said:
    """What the server said of a mailbox: it stands behind its name, up to a gap."""
    at = text.lower().find(address.wire.lower())
    if at < 0:
        return Said()
    near = text[at + len(address.wire) :][:_NEAR].lstrip(">:)] \t\n")
    gap = _ENDS.search(near)
    return read_text(near[: gap.start()] if gap else near)


def text_of(mail: Opened) -> str:
    """What a person is to read, as far as anybody would."""
    part = mail.first("text/plain")
    if part is None:
        return ""
    return readings(part.octets[:_LONGEST], part.charset)[0].replace("\r\n", "\n")


def _addresses(found: Iterable[bytes]) -> list[Address]:
    addresses = []
    for one in sorted(found)[:_MOST]:
        try:
            addresses.append(Address.parse(one.decode("ascii", "replace").strip()))
        except AddressError:
            continue
    return addresses


def _be_silent() -> None:
    """What it logs may name people."""
    logger = logging.getLogger("flufl.bounce")
    if logger.propagate:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
