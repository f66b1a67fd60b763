"""Judging that must ask DNS on its way, without asking itself.

Such a function is a generator: it yields the questions that it has now, is sent what
was heard, and returns its verdict. A test answers it from a table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from typing import TypeAlias, TypeVar, cast

from safesend.net.resolver import Answer, Resolver, Unanswered

__all__ = ["Asked", "Heard", "Steps", "along", "heard", "together"]

T = TypeVar("T")

Asked: TypeAlias = tuple[str, str]
"""A name and a kind of record."""

Heard: TypeAlias = Answer | Unanswered
"""What DNS said, or that it could not tell now."""

Steps: TypeAlias = Generator[Sequence[Asked], Sequence[Heard], T]


async def along(steps: Steps[T], resolver: Resolver) -> T:
    """The verdict; the questions of one step are asked at the same time."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send(await heard(asked, resolver))
    except StopIteration as end:
        verdict: T = end.value
        return verdict


async def heard(questions: Sequence[Asked], resolver: Resolver) -> list[Heard]:
    """What DNS says to each; nothing is raised."""
    return await asyncio.gather(*(_heard(one, resolver) for one in questions))


async def _heard(question: Asked, resolver: Resolver) -> Heard:
    try:
        return await resolver.ask(*question)
    except Unanswered as error:
        return error


def together(several: Sequence[Steps[T]]) -> Steps[list[T]]:
    """All verdicts, in order; what each must ask next is asked at the same time."""
    asked: dict[int, Sequence[Asked]] = {}
    verdicts: dict[int, T] = {}

    def go_on(number: int, said: Sequence[Heard] | None) -> None:
        try:
            # The first time there is nothing to be told: send(None) begins.
            asked[number] = several[number].send(cast("Sequence[Heard]", said))
        except StopIteration as end:
            verdicts[number] = end.value

    for number in range(len(several)):
        go_on(number, None)
    while asked:
        questions, asked = asked, {}
        answers = yield [one for each in questions.values() for one in each]
        for number, each in questions.items():
            go_on(number, answers[: len(each)])
            answers = answers[len(each) :]
    return [verdicts[number] for number in range(len(several))]
