"""The page: tables in Markdown from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.core.question import Question
from benchmarks.core.results import Answer

__all__ = ["written"]


def written(
    folder: Path, questions: Mapping[str, Question], answers: Mapping[str, Answer]
) -> None:
    """Write the page into a folder, and its plot."""
