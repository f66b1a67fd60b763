"""What a reply leaves in the ledger, and how a person reads it there."""

from __future__ import annotations

from safesend.ledger.values import FINAL_STATES, State
from safesend.redaction import mask_text

__all__ = ["RECORDABLE", "reason", "short"]

RECORDABLE = FINAL_STATES | {State.IN_DOUBT, State.WAITING}
"""What a result may say."""
_TEXT = 500
"""Characters of a reply that are kept."""


def short(text: str) -> str:
    """A reply's text as it is kept: masked (again, if need be) and cut."""
    return mask_text(text)[:_TEXT]


def reason(code: int | None, enhanced: str | None, text: str | None) -> str:
    """A reply as a person reads it: "550 5.1.1 no such user"."""
    text = text or ""
    if enhanced and text.startswith(enhanced):
        enhanced = ""
    return " ".join(part for part in (str(code or ""), enhanced, text) if part)
