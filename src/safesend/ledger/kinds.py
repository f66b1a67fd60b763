"""What a campaign is, and which of its rows are no people of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from safesend.ledger.values import State

__all__ = ["CORRECTION", "REDIRECTED", "TEST", "Kinds"]

CORRECTION, REDIRECTED, TEST = "correction", "redirected", "test"
"""What `CampaignRecord.kind` is for what is no mailing to a list."""


class Kinds(Protocol):
    """The kinds of the campaigns and rows of a ledger."""

    def describe(self, campaign: int, kind: str, about: str) -> None:
        """Keep what the campaign is, and of what or to whom; addresses come masked."""

    def seeds(self, campaign: int) -> Mapping[State, int]:
        """How many of the live rows in each state are seeds."""
