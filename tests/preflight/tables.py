"""DNS as a table: judging that asks is answered from it, without any server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import dns.rdata

from safesend.net.resolver import Answer, Unanswered
from safesend.preflight.steps import Asked, Steps

__all__ = ["SILENT", "Table", "answered", "heard"]

T = TypeVar("T")

SILENT = ("SILENT",)
"""In place of records: nobody can tell."""

Table = Mapping[Asked, tuple[str, ...]]
"""For a name and a kind, the records as a zone file has them."""


def heard(table: Table, question: Asked) -> Answer | Unanswered:
    """What the table says."""
    name, kind = question
    if table.get(question) == SILENT:
        return Unanswered(f"{name}: nobody answers")
    texts = table.get(question, ())
    records: list[Any] = [dns.rdata.from_text("IN", kind, text) for text in texts]
    exists = any(one == name for one, _ in table)
    return Answer(tuple(records), exists=exists, name=name)


def answered(steps: Steps[T], table: Table) -> tuple[T, list[Asked]]:
    """The verdict, and all that was asked."""
    asked: list[Asked] = []
    try:
        questions = next(steps)
        while True:
            asked += questions
            questions = steps.send([heard(table, one) for one in questions])
    except StopIteration as end:
        return end.value, asked
