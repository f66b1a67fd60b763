"""`list` in campaign.toml: a file, several files by a pattern, or a query."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from safesend.cli.ways import Draft
from safesend.errors import ConfigurationError
from safesend.intake import read_query
from safesend.intake.anything import is_csv, list_files, read_any
from safesend.intake.query import is_postgres
from safesend.intake.table import TableAudience

if TYPE_CHECKING:
    from safesend.cli.settings import Settings
    from safesend.secrets import Secret

__all__ = ["Asked", "people_of_file", "people_of_list", "read_list"]

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


def people_of_list(folder: Path, settings: Settings) -> TableAudience:
    """The list of a campaign folder. Raises `ConfigurationError`, naming the line."""
    if not isinstance(settings.list, Asked):
        return people_of_file(
            folder, settings, "list", settings.key, skip_invalid=settings.skip_invalid
        )
    _refuse_csv_keys(settings)
    asked = settings.list
    database = asked.database
    try:
        return read_query(
            database if is_postgres(database) else folder / database,
            folder / asked.query,
            password=_password(folder, asked),
            address=settings.address,
            key=settings.key,
            skip_invalid=settings.skip_invalid,
            attachments=settings.attachments,
            attachments_dir=folder if settings.attachments else None,
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.where('list')}: {error}") from None


def people_of_file(
    folder: Path, settings: Settings, name: str, key: str | None, *, skip_invalid: bool
) -> TableAudience:
    """The files that the key `name` means, read as the list is."""
    written = getattr(settings, name)
    files = list_files(folder, written)
    if not files:
        where = settings.where(name)
        raise ConfigurationError(f"{where}: there is no file {folder / written}")
    if not is_csv(files[0]):
        _refuse_csv_keys(settings)
    try:
        return read_any(
            files,
            address=settings.address,
            key=key,
            skip_invalid=skip_invalid,
            attachments=settings.attachments,
            delimiter=settings.delimiter,
            encoding=settings.encoding,
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.where(name)}: {error}") from None


def _refuse_csv_keys(settings: Settings) -> None:
    for key in ("delimiter", "encoding"):
        if getattr(settings, key) is not None:
            raise ConfigurationError(
                f"{settings.where(key)}: {key!r} is for CSV files only"
            )


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


def _password(folder: Path, asked: Asked) -> Secret | None:
    from safesend.secrets import Secret

    if asked.password_env is not None:
        return Secret.from_env(asked.password_env)
    if asked.password_file is not None:
        return Secret.from_file(folder / asked.password_file)
    if asked.password_keyring is not None:
        user = urlsplit(asked.database).username or ""
        return Secret.from_keyring(asked.password_keyring, user)
    return None
