"""The runner: questions, cases, sinks, rounds, and the page that is written."""

from __future__ import annotations

__all__: list[str] = []
