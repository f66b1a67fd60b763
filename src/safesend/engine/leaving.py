"""Whoever gets off a list by a link must be off it: the mailing asks that very list."""

from __future__ import annotations

from safesend.errors import ConfigurationError
from safesend.message.unsubscribe import UnsubscribeKey
from safesend.suppression import SuppressionList

__all__ = ["must_be_heard"]


def must_be_heard(key: UnsubscribeKey | None, shared: SuppressionList | None) -> None:
    """Refuse a mailing whose links put people on another list than it asks.

    Messages that are only tried take nobody off, so they may ask any list, or none.
    Raises `ConfigurationError`.
    """
    if key is None or key.tries:
        return
    if shared is None:
        asked = "no list is asked who gets nothing"
    elif (theirs := shared.unsubscribe_key()).id != key.id:
        asked = f"the list that is asked, {shared.name}, has another key"
    elif key.origin and theirs.origin != key.origin:
        asked = f"the list that is asked, {shared.name}, is another with the same key"
    else:
        return
    raise ConfigurationError(
        "who unsubscribes by the links of this campaign gets on a suppression list, but"
        f" {asked}: they would go on getting mail. Nothing was sent; give suppression="
        " the list whose unsubscribe_key() is in Unsubscribe(...), or --suppression the"
        " one that campaign.toml names"
    )
