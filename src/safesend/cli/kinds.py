"""What a mailing is, where it is none to the people of a list: in one loud line."""

from __future__ import annotations

from safesend.cli.show import count
from safesend.ledger.kinds import CORRECTION, REDIRECTED, TEST

__all__ = ["ahead", "kind_line", "seeds_words"]


def ahead(kind: str) -> str:
    """What stands before every word of a run that reaches nobody on the list."""
    return "REDIRECTED, " if kind == REDIRECTED else ""


def kind_line(kind: str, about: str) -> str:
    """What a campaign of that kind is; "" for a mailing to a list."""
    if kind == REDIRECTED:
        rest = "nobody else" if ", except at " in about else "nobody"
        return f"REDIRECTED {about}: {rest} on the list gets it."
    return {
        CORRECTION: f"A correction {about}: only those who have that one get it.",
        TEST: f"Test messages {about}: nobody on the list gets them.",
    }.get(kind, "")


def seeds_words(seeds: int) -> str:
    """How many of the counted are seeds, to be put behind a count."""
    if not seeds:
        return ""
    return ", 1 of them a seed" if seeds == 1 else f", of them {count(seeds)} seeds"
