"""Messages a second on loopback: everybody, the same letter, one core."""

from __future__ import annotations

from benchmarks.core.question import Question

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[Question, ...] = ()
