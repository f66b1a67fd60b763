"""What a campaign is, and which of its rows are no people of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from safesend.ledger.values import CampaignRecord, State

__all__ = ["CORRECTION", "REDIRECTED", "TEST", "Kinds", "the_one"]

CORRECTION, REDIRECTED, TEST = "correction", "redirected", "test"
"""What `CampaignRecord.kind` is for what is no mailing to a list."""


class Kinds(Protocol):
    """The kinds of the campaigns and rows of a ledger."""

    def describe(self, campaign: int, kind: str, about: str) -> None:
        """Keep what the campaign is, and of what or to whom; addresses come masked."""

    def seeds(self, campaign: int) -> Mapping[State, int]:
        """How many of the live rows in each state are seeds."""


def the_one(records: Iterable[CampaignRecord]) -> CampaignRecord | None:
    """The campaign that is meant where none is named; None where that is not clear.

    What is purged, and tests and staging, are only meant where there is nothing else.
    """
    found = list(records)
    found = [one for one in found if one.purged is None] or found
    found = [one for one in found if not one.is_trial] or found
    return found[0] if len(found) == 1 else None
