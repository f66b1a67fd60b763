"""Where bytes move: the only sockets and the only TLS of safesend."""

from __future__ import annotations

__all__: list[str] = []
