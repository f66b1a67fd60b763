"""The letter is one and the same for everybody, in two sizes."""

from __future__ import annotations

import pytest
from benchmarks import letter
from benchmarks.contenders import stdlib


@pytest.mark.parametrize(
    ("size", "least", "most"), [("2k", 1800, 2600), ("20k", 18_000, 24_000)]
)
def test_a_message_is_as_long_as_its_name_says(
    size: str, least: int, most: int
) -> None:
    """On the wire, with its header."""
    assert least <= len(stdlib.octets(1, size)[1]) <= most


def test_nobody_is_like_another() -> None:
    """Each address and each code stands once in the list."""
    rows = [letter.row(number) for number in range(2000)]
    assert len({row[0] for row in rows}) == len({row[5] for row in rows}) == 2000


@pytest.mark.parametrize("size", letter.LETTERS)
def test_every_field_stands_in_both_parts(size: str) -> None:
    """Nobody is spared a value."""
    source = letter.LETTERS[size]
    for name in letter.COLUMNS[1:]:
        assert f"{{{{ {name} }}}}" in source.text
        assert f"{{{{ {name} }}}}" in source.html
