"""The questions. Each module here has `QUESTIONS`, and is found by being here."""

from __future__ import annotations

import importlib
import pkgutil

from benchmarks.core.question import Question

__all__ = ["every_question"]


def every_question() -> dict[str, Question]:
    """All questions by name: throughput, then by the names of their modules."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules.sort(key=lambda name: name != "throughput")
    found: dict[str, Question] = {}
    for name in modules:
        module = importlib.import_module(f"{__name__}.{name}")
        for question in module.QUESTIONS:
            assert question.name not in found, question.name
            found[question.name] = question
    return found
