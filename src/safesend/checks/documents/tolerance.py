"""What a library raises on a broken file is not ours to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from safesend.checks.documents.budget import Unreadable

__all__ = ["attempt"]

T = TypeVar("T")


def attempt(action: Callable[[], T]) -> T | None:
    """The result, or None when it raises, whatever that is.

    Passed on: `Unreadable` and `Exhausted`, which are our own words, and MemoryError.
    """
    try:
        return action()
    except (Unreadable, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - hostile files make libraries raise anything
        return None
