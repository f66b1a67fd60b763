"""A worker with unsafe settings does not start."""

from __future__ import annotations

from typing import Any

from celery import bootsteps
from celery.exceptions import SecurityError

from safesend.errors import ConfigurationError

__all__ = ["Guard", "UnsafeSettings"]


class UnsafeSettings(ConfigurationError, SecurityError):  # type: ignore[misc]
    """Settings of Celery with which mail would be lost, held up or doubtful.

    The command `celery worker` prints a `SecurityError` without a traceback, and ends.
    """

    @classmethod
    def of(cls, problems: list[str]) -> UnsafeSettings:
        """Such an error with everything that is wrong."""
        lines = "".join(f"\n- {problem}" for problem in problems)
        return cls(f"safesend does not work with these settings of Celery:{lines}")


class Guard(bootsteps.Step):  # type: ignore[misc]
    """A step of every worker of the app: made before a pool or a connection is."""

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        extension = parent.app.safesend
        extension.refuse_unsafe(parent)
        extension.farewell.take_back()
