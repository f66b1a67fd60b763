"""What the questions measure with: a stopwatch, a timed line, makers of messages."""

from __future__ import annotations

__all__: list[str] = []
