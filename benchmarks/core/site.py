"""What a case is given to work with."""

from __future__ import annotations

from pathlib import Path

import attrs

__all__ = ["Site"]


@attrs.frozen
class Site:
    """Where a case works: its sink, a folder of its own, and how much to do."""

    folder: Path
    """Empty at the beginning of each run, and away afterwards."""
    messages: int
    port: int = 0
    """Of the sink (or of the proxy before it) on 127.0.0.1; 0 when there is none."""
    size: str = "2k"
    """2k or 20k: which letter."""
    round_trip: float = 0.0

    @property
    def url(self) -> str:
        """The sink as safesend wants it told."""
        return f"smtp+insecure-plaintext://127.0.0.1:{self.port}"
