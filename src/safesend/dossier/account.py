"""The account of one campaign, in every form that programs ask for."""

from __future__ import annotations

import datetime as dt

import attrs

from safesend.dossier.facts import Facts
from safesend.dossier.page import page

__all__ = ["Dossier"]


@attrs.frozen(kw_only=True)
class Dossier(Facts):
    """The account of one campaign, as its ledger knew it at the date `made`.

    Dates are seconds since 1970. No address is in it: texts are masked, and a provider
    with one person is told among the "others", as its name might be that person's.
    """

    def to_html(self, zone: dt.tzinfo | None = None) -> str:
        """The account as one page that needs no other file; dates in local time."""
        return page(self, zone)
