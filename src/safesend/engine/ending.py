"""Why a run ends before its list does."""

from __future__ import annotations

import asyncio

import attrs

from safesend.errors import SafesendError

__all__ = ["Ending"]


@attrs.define
class Ending:
    """Why and whether the lanes are to stop taking rows. What is in flight finishes."""

    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    reason: str | None = None
    error: BaseException | None = None

    def ask(self, reason: str | None, error: BaseException | None = None) -> None:
        """Stop; the first reason stays, and the first error is raised in the end."""
        self.reason = self.reason or reason
        self.error = self.error or error
        self.asked.set()

    @property
    def began(self) -> bool:
        """Whether somebody asked."""
        return self.asked.is_set()

    @property
    def word(self) -> str:
        """Why, for the ledger; "" for a run that came to its end by itself."""
        if self.error is None or isinstance(self.error, SafesendError):
            return self.reason or str(self.error or "")
        # What another error says may hold anything.
        return self.reason or type(self.error).__name__
