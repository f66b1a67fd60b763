"""The ledger of a call: as given, or beside the script; and how to have it again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger

__all__ = ["open_or_default", "opened"]


def open_or_default(
    ledger: Ledger | str | Path | None, name: str
) -> tuple[Ledger, Callable[[], AbstractContextManager[Ledger]]]:
    """The ledger, and how to have it again when it was closed."""
    if ledger is None:
        ledger = _beside_the_script(name)
    if not isinstance(ledger, str | Path):
        given = ledger
        if not hasattr(given, "campaign"):
            raise ConfigurationError(
                f"ledger={given!r}: give the path of a file, or an open ledger"
            )
        return given, lambda: nullcontext(given)
    location = str(ledger)
    opened = open_ledger(location)
    if opened.name == ":memory:":
        return opened, lambda: nullcontext(opened)
    return opened, lambda: closing(open_ledger(location))


@contextmanager
def opened(ledger: Ledger | str | Path | None, name: str) -> Iterator[Ledger]:
    """The ledger for a while; one that was given open stays so."""
    book, _ = open_or_default(ledger, name)
    try:
        yield book
    finally:
        if book is not ledger:
            book.close()


def _beside_the_script(name: str) -> Path:
    # A ledger that is not found again would send everything again: so it lies beside
    # the script, never in the current directory of a cron job by accident. Somebody
    # who types has no script, and gets the current folder.
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    file = f"{name}.safesend.db"
    typed = hasattr(sys, "ps1") or sys.flags.interactive or "ipykernel" in sys.modules
    if main is None and typed:
        return Path.cwd() / file
    if main is None or _is_installed(Path(main).resolve()):
        raise ConfigurationError(
            "this program is not a script of yours, so there is no folder to keep the"
            f" ledger in; say where: ledger='/path/to/{file}'"
        )
    return Path(main).resolve().parent / file


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(root) for root in (sys.prefix, sys.base_prefix))
