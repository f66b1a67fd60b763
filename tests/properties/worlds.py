"""What the tests of planted addresses share: a victim, and many shapes of one."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from checks.planting.spot import Spot
from checks.planting.text import IN_TEXT

__all__ = ["EVE", "FAITHFUL", "SHAPES", "each_disguise"]

EVE = "eve.stone@example.net"


def each_disguise(spot: Spot) -> Iterator[tuple[str, bytes]]:
    """The spot with each disguise of the closed list that may stand at it."""
    for name, disguise in IN_TEXT.items():
        said = disguise(EVE)
        if spot.takes(said) and (spot.verbatim or said == EVE):
            yield name, spot.make(said)


SHAPES = st.sampled_from(
    [
        "ada@example.org",
        "Ada.Lovelace@Example.ORG",
        "ada+club@example.com",
        "a.d.a.l@gmail.com",
        "o'brien@example.ie",
        "x@y.example",
        "maria-luisa_99@sub.mail.example.co.uk",
        "ada@bücher.example",
        "jürgen@müller.example",
        "123456@qq.example",
        "a" * 64 + "@example.org",
    ]
)
"""Addresses as they occur in lists."""

# Those that keep every character, so that any address may go through them.
FAITHFUL = st.sampled_from(
    [
        "as it is",
        "percent all",
        "entities all",
        "base64",
        "base64url",
        "hex",
        "quoted-printable all",
        "encoded word q",
        "encoded word b",
        "zero-width spaces",
        "full-width at",
    ]
)
"""Names of disguises that any address may go through."""
