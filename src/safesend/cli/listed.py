"""The people that `list` in campaign.toml names: in files, or found by a query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safesend.cli.asked import Asked
from safesend.errors import ConfigurationError
from safesend.intake import TableAudience, read_query
from safesend.intake.anything import is_csv, list_files, read_any

if TYPE_CHECKING:
    from safesend.cli.settings import Settings
    from safesend.secrets import Secret

__all__ = ["people_of_file", "people_of_list"]


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
            database if "://" in database else folder / database,
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
