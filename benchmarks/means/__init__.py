"""What the questions measure with: a stopwatch, a carrier to nowhere, a timed line."""

from __future__ import annotations

__all__: list[str] = []
