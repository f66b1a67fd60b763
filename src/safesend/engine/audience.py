"""Who gets a message, and whose data is in it.

A list as it was given is an audience. What makes another one of it (a correction,
seeds, one mailbox in everybody's place) is wrapped around it: each may be walked as
often as need be, row by row, and nothing of it is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import attrs

from safesend.errors import Problem
from safesend.intake import TableAudience
from safesend.message.recipient import Recipient

__all__ = ["Around", "Audience", "Copy", "Listed", "audience_of"]


class Copy(NamedTuple):
    """One message that is to be made."""

    recipient: Recipient
    """Whom it goes to."""
    ordinal: int
    """The row of the circle whose values may stand in it; -1: that of its address."""
    seed: bool = False
    """Whether it goes to a mailbox that only watches the mailing."""
    shown: Recipient | None = None
    """Whose data it shows, where these are not the recipient's own."""

    @property
    def person(self) -> Recipient:
        """Whose data it shows."""
        return self.recipient if self.shown is None else self.shown


@runtime_checkable
class Audience(Protocol):
    """Everybody of a mailing. Walking it yields the recipients of its copies."""

    @property
    def unique(self) -> bool:
        """Whether nobody is in it twice, or the walk itself tells who is."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with rows that the last walk left out (`skip_invalid`)."""

    @property
    def skipped(self) -> int:
        """How many rows those were."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the last walk."""

    def circle(self, most: int | None = None) -> Iterator[Recipient]:
        """Everybody whose data may stand in no other message, each row once.

        With `most` no more people than tell that there are more than so many.
        """

    def copies(self) -> Iterator[Copy]:
        """The messages to be made, in order."""

    def __iter__(self) -> Iterator[Recipient]:
        """Whom they go to."""


@attrs.define(eq=False)
class Listed:
    """A list as it was given: a message for each row."""

    rows: Iterable[Recipient]
    notes: tuple[str, ...] = ()

    @property
    def unique(self) -> bool:
        """See `Audience.unique`."""
        return isinstance(self.rows, TableAudience)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """See `Audience.problems`."""
        return tuple(self.rows.problems) if isinstance(self.rows, TableAudience) else ()

    @property
    def skipped(self) -> int:
        """See `Audience.skipped`."""
        return self.rows.skipped if isinstance(self.rows, TableAudience) else 0

    def circle(self, most: int | None = None) -> Iterator[Recipient]:
        """See `Audience.circle`."""
        return itertools.islice(self.rows, None if most is None else most + 1)

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        for ordinal, recipient in enumerate(self.rows):
            yield Copy(recipient, ordinal)

    def __iter__(self) -> Iterator[Recipient]:
        return iter(self.rows)


@attrs.define(eq=False)
class Around:
    """What makes another audience of one; by itself it changes nothing."""

    inner: Audience

    @property
    def unique(self) -> bool:
        """See `Audience.unique`."""
        return self.inner.unique

    @property
    def problems(self) -> tuple[Problem, ...]:
        """See `Audience.problems`."""
        return self.inner.problems

    @property
    def skipped(self) -> int:
        """See `Audience.skipped`."""
        return self.inner.skipped

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Audience.notes`."""
        return self.inner.notes

    def circle(self, most: int | None = None) -> Iterator[Recipient]:
        """See `Audience.circle`."""
        return self.inner.circle(most)

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        return self.inner.copies()

    def __iter__(self) -> Iterator[Recipient]:
        return (copy.recipient for copy in self.copies())


def audience_of(given: Iterable[Recipient]) -> Audience:
    """A list as an audience; what is one already stays as it is."""
    return given if isinstance(given, Around | Listed) else Listed(given)
