"""Finding a ledger that is there, by its path or by its campaign folder."""

from __future__ import annotations

from pathlib import Path

from safesend.errors import ConfigurationError

__all__ = ["existing_ledger"]


def existing_ledger(place: str) -> str:
    """Where the ledger is; opening it must not make a new one.

    `place` is a path, a URL or a campaign folder. Raises `ConfigurationError`.
    """
    if "://" in place:
        return place
    path = Path(place)
    if path.is_dir():
        from safesend.cli.folder import open_folder

        path = open_folder(path).ledger
    if not path.is_file():
        raise ConfigurationError(
            f"there is no ledger at {path}; 'safesend send' prints where it keeps it"
        )
    return str(path)
