"""The list of a call: as it was given, or opened for as long as the call takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.suppression.shared import SuppressionList

__all__ = ["existing_list", "lent"]


def existing_list(
    path: str | Path, key_home: str | Path | None = None
) -> SuppressionList:
    """The list at that path, which is not made here: a slip would empty it.

    Raises `ConfigurationError`, and what opening it raises.
    """
    if not _is_file(Path(path)):
        raise ConfigurationError(
            f"there is no suppression list at {path}; if it is to be a new one:"
            f" safesend suppress new {path}"
        )
    return SuppressionList(path, key_home=key_home)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for this disk
        return False


@contextmanager
def lent(given: object) -> Iterator[SuppressionList | None]:
    """The list that was given, or None; one that has to be opened is closed afterwards.

    Raises `ConfigurationError`, and what opening it raises.
    """
    if given is None or isinstance(given, SuppressionList):
        yield given
    elif isinstance(given, str | Path):
        with existing_list(given) as opened:
            yield opened
    else:
        kind = type(given).__name__
        raise ConfigurationError(
            f"suppression is a SuppressionList or the path of one, not a {kind}"
        )
