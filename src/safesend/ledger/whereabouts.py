"""Where a ledger is said to lie: whether it is there, and what may be shown of that."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from safesend.ledger.postgres.address import is_address, parse_address
from safesend.redaction import mask_text

__all__ = ["has_password", "is_kept", "masked", "shown"]

_SECRET = re.compile(r"(?:ssl)?password=", re.IGNORECASE)
_URL = re.compile(
    r"(\bpostgres(?:ql)?://(?:[\w.-]{1,63}@)?[\w.,:\[\]-]*(?![\w.,:@%-])/)"
)
_UNREADABLE = "postgresql://..."


def is_kept(location: str) -> bool:
    """Whether a ledger is there; none is made.

    Raises `ConfigurationError` and `LedgerError`.
    """
    if not is_address(location):
        return Path(location).is_file()
    address = parse_address(location)
    from safesend.ledger.postgres.presence import is_made  # noqa: PLC0415

    return is_made(address)


def has_password(location: str) -> bool:
    """Whether a URL tells a secret to whoever reads it."""
    return is_address(location) and shown(location) not in {location, _UNREADABLE}


def masked(text: str) -> str:
    """An error as it is shown: without addresses, and with the URLs of ledgers."""
    # Whoever connects to a database is no mailbox: '@' stands before a host.
    pieces = _URL.split(text)
    pieces[::2] = map(mask_text, pieces[::2])
    return "".join(pieces)


def shown(location: str) -> str:
    """The path, or the URL without what is secret in it."""
    if not is_address(location):
        return location
    try:
        parts = urlsplit(location)
    except ValueError:
        return _UNREADABLE
    # The rest of a password with a character that it must not have.
    if "@" in parts.path + parts.query or parts.fragment:
        return _UNREADABLE
    user, at, host = parts.netloc.rpartition("@")
    asked = (one for one in parts.query.split("&") if not _SECRET.match(unquote(one)))
    query = "&".join(asked)
    place = f"{user.partition(':')[0]}{at}{host}{parts.path}"
    return f"{parts.scheme}://{place}{'?' if query else ''}{query}"
