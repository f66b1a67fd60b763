"""What the questions measure with: a stopwatch, a carrier to nowhere, a line to time."""

from __future__ import annotations

__all__: list[str] = []
