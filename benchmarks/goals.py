"""What was to be reached, beside what was."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.core.results import Answer

__all__ = ["table"]


def table(_answers: Mapping[str, Answer]) -> list[str]:
    """The lines of a Markdown table; none when there is nothing to say yet."""
    return []
