"""A place in a text where an address may be meant."""

from __future__ import annotations

import attrs

__all__ = ["Mention"]


@attrs.frozen
class Mention:
    """One address-like place of a text.

    `spellings` are the addresses that it may be read as, the likeliest first, each in
    the form that `addresses.keys_of` gives (so that they can be looked up); the first
    is what a reader sees. `offset` is where it stands in the text as it was given;
    `disguise` how it was written: "" as it is, else "in base64", "percent-encoded",
    "as character references", "with invisible characters", ...
    """

    spellings: tuple[str, ...] = attrs.field(repr=False)
    offset: int
    disguise: str = ""
