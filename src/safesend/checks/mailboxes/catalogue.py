"""Every advice by name: the one list that rehearsals and the manual use."""

from __future__ import annotations

from safesend.checks.mailboxes import (
    alternatives,
    charset,
    deceit,
    discarded,
    language,
    links,
    only_pictures,
    pictures,
    plain_part,
    size,
    subject,
    way_to_leave,
)
from safesend.checks.mailboxes.advice import Advice

__all__ = ["ADVICE_IDS", "ALL_ADVICE"]

ALL_ADVICE: tuple[Advice, ...] = (
    size.ADVICE,
    plain_part.ADVICE,
    subject.ADVICE,
    links.ADVICE,
    deceit.ADVICE,
    alternatives.ADVICE,
    pictures.ADVICE,
    discarded.ADVICE,
    only_pictures.ADVICE,
    language.ADVICE,
    way_to_leave.ADVICE,
    charset.ADVICE,
)
"""In the order of the manual."""

ADVICE_IDS = frozenset(advice.id for advice in ALL_ADVICE)
"""The ids that `allow=` takes of a campaign."""
