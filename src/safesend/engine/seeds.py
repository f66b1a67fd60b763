"""Seeds: mailboxes of the sender's own that watch a mailing, from its start on.

Each gets a message at the start and another one after every n-th person. A seed is a
recipient with data of its own, so that no person's data lies in its mailbox.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from safesend.checks.gather import good_rows
from safesend.engine.audience import Around, Copy
from safesend.errors import AudienceError, ConfigurationError, Problem
from safesend.intake import replayable
from safesend.intake.anything import read_any
from safesend.message.address import Address
from safesend.message.recipient import Recipient, restored_recipient

__all__ = ["Labels", "Seeded", "seed_list"]


def seed_list(given: object) -> Iterable[Recipient]:
    """`seeds=` as it was given: recipients, or the path of a list of them."""
    if isinstance(given, str | os.PathLike):
        return read_any(Path(given))
    return replayable(given)  # type: ignore[arg-type]  # which says what else it is


@attrs.define(eq=False)
class Seeded(Around):
    """A list with seeds in between."""

    seeds: Iterable[Recipient]
    every: int

    def circle(self, most: int | None = None) -> Iterator[Recipient]:
        """See `Audience.circle`. The seeds stand last: no row changes its number."""
        people = good_rows(self.inner.circle(most))
        return itertools.chain(people, self._watchers().values())

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        seeds = self._watchers()
        rounds = itertools.count(1)
        yield from _round(seeds, next(rounds))
        for people, copy in enumerate(self.inner.copies(), 1):
            if copy.recipient.address in seeds:
                raise _in_the_list(copy)
            yield copy
            if people % self.every == 0:
                yield from _round(seeds, next(rounds))

    def _watchers(self) -> dict[Address, Recipient]:
        found: dict[Address, Recipient] = {}
        for seed in self.seeds:
            if seed.address in found:
                raise ConfigurationError(
                    f"the seed {seed.address} is named twice; once is enough, it gets a"
                    " message after every n-th person by itself"
                )
            found[seed.address] = seed
        return found


def _round(seeds: Mapping[Address, Recipient], number: int) -> Iterator[Copy]:
    for seed in seeds.values():
        copy = restored_recipient(
            seed.address,
            dict(seed.fields),
            attachments=seed.attachments,
            key=f"seed {number}",
            source=seed.source or "seeds",
        )
        yield Copy(copy, -1, seed=True)


def _in_the_list(copy: Copy) -> AudienceError:
    file, _, line = copy.recipient.source.rpartition(":")
    reason = (
        f"{copy.recipient.address} is a seed as well: take it out of the list or of the"
        " seeds"
    )
    if line.isdecimal():
        return AudienceError([Problem(file, int(line), "", reason)])
    return AudienceError([Problem("audience", copy.ordinal + 1, "", reason)])


@attrs.define
class Labels:
    """Under which provider each copy is enrolled.

    A ledger gives rows of all providers in turn, and each provider's in list order. So
    that a seed leaves in its place it stands in the line of the person before it; at
    the start, in the line that is served first.
    """

    _before: str | None = None

    def of(self, batch: Sequence[Copy], providers: Mapping[str, str]) -> list[str]:
        """The labels of the next copies; `providers` names those of their domains."""
        own = [providers[copy.recipient.address.domain] for copy in batch]
        people = [name for name, copy in zip(own, batch, strict=True) if not copy.seed]
        first = min(people or own)
        labels: list[str] = []
        for name, copy in zip(own, batch, strict=True):
            if not copy.seed:
                self._before = name
            labels.append(self._before or first)
        return labels
