"""The page "Will it arrive?" keeps up with the checks and the profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from safesend.preflight.profiles import profiles
from safesend.preflight.titles import TITLES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "explanation" / "will-it-arrive.md").read_text("utf-8")


def _rows(first: str) -> list[list[str]]:
    """The table whose first heading is this, row by row."""
    lines = PAGE.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    table = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def test_every_check_has_its_row() -> None:
    """In order, by the name that the command prints."""
    shown = [row[0] for row in _rows("check")[2:]]
    assert shown == [f"{number} {title}" for number, title in TITLES.items()]


def test_every_row_is_as_wide_as_its_table() -> None:
    """A stray bar would shift what a provider asks."""
    for first in ("what", "check"):
        assert len({len(row) for row in _rows(first)}) == 1


@pytest.mark.parametrize("name", list(profiles()))
def test_every_profile_has_its_column_and_its_page(name: str) -> None:
    """The column begins with the brand; a page of the provider is linked."""
    profile = profiles()[name]
    heading = _rows("what")[0]
    brand = profile.title.split()[0].rstrip(",")
    assert any(cell.startswith(brand) for cell in heading)
    assert any(one.source in PAGE for one in profile.requirements)


def test_the_number_from_which_mail_is_bulk_is_told() -> None:
    """For those who name one."""
    [row] = [row for row in _rows("what") if row[0] == "who counts as bulk"]
    for cell, profile in zip(row[1:], profiles().values(), strict=True):
        number = "no number" if profile.bulk is None else f"{profile.bulk:,}"
        assert number in cell
