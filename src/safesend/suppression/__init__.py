"""Whom nobody writes to: a list that campaigns, ledgers and programs share."""

from safesend.suppression.entry import Deed, Domain, Entry, Listed, Reason
from safesend.suppression.shared import Imported, SuppressionList

__all__ = [
    "Deed",
    "Domain",
    "Entry",
    "Imported",
    "Listed",
    "Reason",
    "SuppressionList",
]
