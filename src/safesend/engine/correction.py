"""A correction goes to exactly those who were accepted by an earlier campaign.

The ledger of that campaign knows them by digests, so the list is joined with it: a row
whose digest is there, and accepted, gets the correction. Nobody else can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

import attrs

from safesend.engine.audience import Around, Copy
from safesend.errors import AudienceError, ConfigurationError, Problem
from safesend.ledger import open_ledger
from safesend.ledger.base import CampaignRecord, Ledger, State
from safesend.ledger.kinds import REDIRECTED, TEST
from safesend.ledger.postgres.address import is_address
from safesend.ledger.whereabouts import is_kept, shown
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient

__all__ = ["Correction", "Original", "find_original"]

_NO_MAILING = {
    TEST: "it was a test, and nobody on the list got it",
    REDIRECTED: "it was redirected, and nobody on the list got it",
}


@attrs.frozen
class Original:
    """The campaign that is corrected: in which ledger, which, and who of it counts."""

    ledger: Ledger | str = attrs.field(repr=False)
    name: str
    states: frozenset[State] = frozenset({State.ACCEPTED})

    @contextmanager
    def opened(self) -> Iterator[_Known]:
        """Look into the ledger; one that was given as a path is closed afterwards."""
        with _opened(self.ledger) as book:
            record = next(one for one in book.campaigns() if one.name == self.name)
            _refuse_unusable(record)
            yield _Known(book, record, self.states)


@attrs.frozen
class _Known:
    """Who has it, as the ledger says."""

    book: Ledger
    record: CampaignRecord
    states: frozenset[State]
    key: CampaignKey = attrs.field(init=False)

    @key.default
    def _key(self) -> CampaignKey:
        return CampaignKey(self.book.secret, self.record.name)

    def has(self, recipient: Recipient) -> bool:
        digest = self.key.row(recipient.address, recipient.key)
        account = self.book.account(self.record.id, digest)
        return account is not None and account.state in self.states

    def people(self, *states: State) -> int:
        """How many of the list, seeds left out, stand in these states."""
        counts = self.book.counts(self.record.id)
        seeds = self.book.kinds.seeds(self.record.id)
        return sum(counts.get(one, 0) - seeds.get(one, 0) for one in states)

    def notes(self, met: int) -> Iterator[str]:
        name = repr(self.record.name)
        if missing := self.people(*self.states) - met:
            whom = "1 person who is" if missing == 1 else f"{missing:,} people who are"
            yield (
                f"{name} went to {whom} not in this list: the correction does not reach"
                " them"
            )
        if waiting := self.people(State.WAITING, State.SENDING):
            yield (
                f"{_people(waiting)} still waiting for {name}: send the correction"
                " again when they have it"
            )
        if State.IN_DOUBT not in self.states and (
            doubts := self.people(State.IN_DOUBT)
        ):
            yield (
                f"{_people(doubts)} in doubt about {name} and left out;"
                " include_in_doubt=True (--include-in-doubt) takes them in"
            )


def _people(number: int) -> str:
    return "1 person is" if number == 1 else f"{number:,} people are"


@attrs.define(eq=False)
class Correction(Around):
    """Those of a list who have what is corrected."""

    original: Original
    _notes: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What it corrects, for the ledger."""
        return f"of {self.original.name}"

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Audience.notes`."""
        return (*self.inner.notes, *self._notes)

    def circle(self, most: int | None = None) -> Iterator[Recipient]:  # noqa: ARG002
        """See `Audience.circle`. The whole list: of it only those who have it count."""
        return self.inner.circle()

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        met = 0
        with self.original.opened() as known:
            for copy in self.inner.copies():
                if known.has(copy.recipient):
                    met += 1
                    yield copy
            self._notes = tuple(known.notes(met))
        if not met:
            reason = (
                f"nobody in this list has {self.original.name!r}, so there is nobody to"
                " correct it for. Give the list (and the key column) of that time"
            )
            raise AudienceError([Problem("audience", 0, "", reason)])


def find_original(
    given: object, campaign: str | None, *, name: str, in_doubt: bool
) -> Original:
    """The campaign that the correction `name` is of.

    `given` is a ledger or the path of one; `campaign` says which, where it holds
    several. Raises `ConfigurationError`.
    """
    ledger = _place(given)
    states = frozenset({State.ACCEPTED, *([State.IN_DOUBT] * in_doubt)})
    with _opened(ledger) as book:
        record = _chosen(book, campaign, name)
        _refuse_unusable(record)
        if not _Known(book, record, states).people(*states):
            raise ConfigurationError(
                f"nobody was accepted by the campaign {record.name!r}, so there is"
                " nobody to correct it for"
            )
        return Original(ledger, record.name, states)


def _place(given: object) -> Ledger | str:
    if not isinstance(given, str | os.PathLike):
        return given  # type: ignore[return-value]  # an open ledger
    place = os.fspath(given)
    if not is_address(place):
        place = str(Path(place).absolute())
    if not is_kept(place):
        raise ConfigurationError(
            f"there is no ledger at {shown(place)} to correct a mailing of"
        )
    return place


def _opened(ledger: Ledger | str) -> AbstractContextManager[Ledger]:
    if isinstance(ledger, str):
        return closing(open_ledger(ledger))
    return nullcontext(ledger)


def _chosen(book: Ledger, campaign: str | None, name: str) -> CampaignRecord:
    if campaign == name:
        raise ConfigurationError(
            f"the correction is called {name!r} like what it corrects; give it a name"
            " of its own"
        )
    others = [one for one in book.campaigns() if one.name != name]
    if campaign is None:
        found = [one for one in others if not one.kind]
    else:
        found = [one for one in others if one.name == campaign]
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(one.name) for one in others) or "none but the correction"
    raise ConfigurationError(
        "say which campaign is corrected with of_campaign= (--of-campaign NAME); the"
        f" ledger {book.name} holds: {names}"
    )


def _refuse_unusable(record: CampaignRecord) -> None:
    if (why := _NO_MAILING.get(record.kind)) is not None:
        raise ConfigurationError(f"{record.name!r} cannot be corrected: {why}")
    if record.purged is not None:
        raise ConfigurationError(
            f"{record.name!r} cannot be corrected: it was purged, and with it whatever"
            " tells who got it"
        )
