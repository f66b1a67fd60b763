"""Where a ledger in PostgreSQL lies: a URL, read without showing its password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    urlencode,
    urlsplit,
)

import attrs

from safesend.errors import ConfigurationError

__all__ = ["SCHEMA", "Address", "is_address", "parse_address"]

SCHEMA = "safesend"
"""The schema of the tables, unless the URL names another (`?schema=`)."""

_SCHEMES = ("postgresql://", "postgres://")
_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,50}")
_SECRET = frozenset({"password", "sslpassword"})
_ASTRAY = re.compile(r"[&=]")
"""In a host or a database: a setting that stands before the question mark."""
_MISSING = (
    "a ledger in PostgreSQL needs the package psycopg: pip install 'safesend[postgres]'"
)


@attrs.frozen
class Address:
    """A database and a schema in it. `name` is the URL without what is secret."""

    name: str
    schema: str
    settings: Mapping[str, str] = attrs.field(repr=False)
    """What libpq connects with."""


def is_address(location: str) -> bool:
    """Whether that names a ledger in PostgreSQL."""
    return location.startswith(_SCHEMES)


def parse_address(url: str) -> Address:
    """The address of `postgresql://user@host/database?schema=name`.

    Everything else behind the question mark is libpq's, as is what is left out: PGHOST,
    PGPASSWORD, the files ~/.pgpass and ~/.pg_service.conf. Raises `ConfigurationError`.
    """
    try:
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(_MISSING) from error
    try:
        parts = _split(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        schema = asked.pop("schema", SCHEMA)
        plain = _url(parts.netloc, parts.path, asked)
        # What was wrong is not told: the words of libpq may quote a password.
        settings = conninfo.conninfo_to_dict(plain)
    except (ValueError, ProgrammingError):
        raise ConfigurationError(
            "the URL of the ledger is not one that PostgreSQL understands; it is"
            " postgresql://user@host:port/database?schema=name, with %xx for special"
            " characters in user and password"
        ) from None
    user, at, host = parts.netloc.rpartition("@")
    if _ASTRAY.search(host + parts.path):
        # None of it is shown: the setting may be a password.
        raise ConfigurationError(
            "the URL of the ledger has & or = before any question mark; did you mean"
            " '?' before the first setting? It is, in quotes for the shell,"
            " 'postgresql://user@host:port/database?sslmode=verify-full', and a"
            " database whose name has such a character takes %26 for & and %3D for ="
        )
    if not _NAME.fullmatch(schema):
        raise ConfigurationError(
            f"schema={schema!r} in the URL of the ledger: a name of small letters,"
            " digits and _, at most 51 of them, not beginning with pg_"
        )
    shown = {key: word for key, word in asked.items() if key not in _SECRET}
    if schema != SCHEMA:
        shown["schema"] = schema
    name = _url(f"{user.partition(':')[0]}{at}{host}", parts.path, shown)
    return Address(name, schema, {key: str(word) for key, word in settings.items()})


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    # The rest of a password with a character that it must not have.
    if "@" in parts.path + parts.query or parts.fragment:
        raise ValueError
    return parts


def _url(netloc: str, path: str, asked: Mapping[str, str]) -> str:
    # libpq takes %20 for a blank, and a plus sign for itself.
    query = urlencode(asked, quote_via=quote)
    return f"postgresql://{netloc}{path}{'?' if query else ''}{query}"
