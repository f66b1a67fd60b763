"""What a ledger knows of persons: how long it is kept, what it is, and how it ends."""

from __future__ import annotations

from typing import Protocol

import attrs

from safesend.errors import ConfigurationError
from safesend.ledger.heard import Word
from safesend.ledger.values import State

__all__ = ["Forgotten", "Persons", "Purged", "Trace", "refuse_unfinished"]


@attrs.frozen
class Purged:
    """How many rows were erased; of these, how many will never get the message.

    `waiting` had their turn still to come, `in_doubt` may have it. `mailboxes` are
    those that this campaign had found to be none.
    """

    rows: int
    waiting: int = 0
    in_doubt: int = 0
    mailboxes: int = 0


@attrs.frozen
class Forgotten:
    """A row of which nothing is left but its digest and its state."""

    campaign: str
    before: State
    after: State


@attrs.frozen
class Trace:
    """What is known of a person in one row; the reply's text is masked.

    `payload` is the packed `Recipient`, in clear, as long as it is kept.
    """

    campaign: str
    state: State
    attempts: int
    first_tried: float | None
    last_tried: float | None
    stage: str
    code: int | None
    enhanced: str | None
    text: str
    payload: bytes | None = attrs.field(repr=False)
    heard: tuple[Word, ...] = ()
    """What was said of the message afterwards."""


class Persons(Protocol):
    """What the owner of a ledger owes to those who stand in it."""

    def keep(self, campaign: int, seconds: float) -> None:
        """For how long after its end what is known of persons is kept."""

    def kept_until(self, campaign: int) -> float | None:
        """When its time is over; None without such a time, or while rows are open.

        Open are those that wait or are in doubt. The end of a campaign is the last
        outcome of a row, or the last decision about rows.
        """

    def over(
        self, now: float, age: float | None = None, *, unfinished: bool = False
    ) -> list[int]:
        """The campaigns whose time is over, or that ended `age` seconds ago.

        Without those that have open rows, unless they are asked for.
        """

    def purge(
        self,
        campaign: int,
        *,
        actor: str,
        reason: str,
        now: float,
        unfinished: bool = False,
    ) -> Purged:
        """Erase what is known of everybody in a campaign, which never sends again.

        What stays is its name, its dates, its numbers and who ordered what. Open rows
        are erased only where that is said; who waits counts as cancelled from then on.
        A second purge changes nothing. Raises `LedgerBusy` while a run or an enrolment
        is at work, `ConfigurationError` for open rows.
        """

    def forget(
        self,
        mailbox: bytes,
        *,
        actor: str,
        reason: str,
        now: float,
        suppress: bool = False,
    ) -> list[Forgotten]:
        """Erase what is known of one mailbox, but for digest and state.

        What waits or is in doubt becomes `cancelled`: nothing is sent to it. `suppress`
        keeps every later campaign of this ledger from writing to it, whatever is
        purged. Raises `LedgerBusy` while one of its rows is being sent or read in, and
        `ConfigurationError` where it is to be suppressed and there is no campaign.
        """

    def about(self, mailbox: bytes) -> list[Trace]:
        """What is known of one mailbox, in the order in which it was read in."""

    def sweep(self) -> bool:
        """See that what was erased cannot be found in any file of the ledger.

        False while another process keeps it from that, or the disk has no room; it is
        done at the end of a run as well, and when a ledger is closed.
        """

    def destroy_key(self, now: float) -> str:
        """Destroy the key of the ledger, and say where it was: no copy can be read.

        Raises `ConfigurationError` unless every campaign is purged, or where the key is
        not the ledger's own.
        """


def refuse_unfinished(name: str, gone: Purged) -> None:
    """Raise `ConfigurationError` where somebody would be left out by a purge."""
    if gone.waiting or gone.in_doubt:
        raise ConfigurationError(
            f"the campaign {name!r} is not finished: {gone.waiting} wait and"
            f" {gone.in_doubt} are in doubt. Send it, cancel it or decide first; or say"
            " that they will never get it: unfinished=True (--unfinished)"
        )
