"""The pytest plugin (entry point `pytest11`): fixtures for whatever sends mail."""

from __future__ import annotations

__all__ = ["pytest_plugins"]

pytest_plugins = ("safesend.testing.fixtures", "safesend.testing.guard.hooks")
"""Each matter is a plugin of its own; all import next to nothing."""
