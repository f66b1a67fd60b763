"""The mailers that are compared, each as its own documentation tells to use it."""

from __future__ import annotations

__all__: list[str] = []
