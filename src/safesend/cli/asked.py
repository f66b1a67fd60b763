"""The table [list] of campaign.toml: a query to a database in place of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from safesend.cli.ways import Draft
from safesend.intake.query import is_postgres

__all__ = ["Asked", "read_list"]

_PLACES = ("password_env", "password_file", "password_keyring")
_SECRET = frozenset({"password", "sslpassword"})


@attrs.frozen(kw_only=True)
class Asked:
    """The table [list]: which database is asked what."""

    database: str = ""
    query: str = ""
    """The file with the SELECT."""
    password_env: str | None = None
    password_file: str | None = None
    password_keyring: str | None = None

    def __str__(self) -> str:
        return f"the query {self.query}"


def read_list(draft: Draft, raw: Mapping[str, Any]) -> str | Asked:
    """A text, or a table with `database` and `query`."""
    given = raw.get("list", "")
    if isinstance(given, str):
        return given
    if not isinstance(given, dict):
        raise draft.wrong(
            "'list' must be a text in quotes, or a table with database and query",
            "list",
        )
    if "password" not in given:
        draft.check(Asked, given, "list.")
    for key in ("database", "query"):
        if not given.get(key):
            raise draft.wrong(f"[list] needs {key!r}", "list")
    if "password" in given or _has_password(given["database"]):
        raise draft.wrong(
            "a password does not belong into this file; leave it to PGPASSWORD or"
            f" ~/.pgpass, or name its place with {', '.join(_PLACES)}",
            "list.password" if "password" in given else "list.database",
        )
    named = [key for key in _PLACES if key in given]
    if len(named) > 1:
        both = " or ".join(named)
        raise draft.wrong(f"give {both}, not both", f"list.{named[-1]}")
    if named and not is_postgres(given["database"]):
        raise draft.wrong("a file of SQLite has no password", f"list.{named[0]}")
    return Asked(**given)


def _has_password(database: str) -> bool:
    """Whether a URL holds one, in either place (or is so wrong that it may)."""
    if not is_postgres(database):
        return False
    try:
        parts = urlsplit(database)
        asked = dict(parse_qsl(parts.query))
    except ValueError:
        return True
    return parts.password is not None or bool(_SECRET & asked.keys())
