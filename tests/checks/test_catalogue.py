"""checks/catalogue.py: the one list of all checks, each of which explains itself."""

from __future__ import annotations

import pkgutil

import pytest

from safesend import checks
from safesend.checks.base import Check
from safesend.checks.catalogue import ALL_CHECKS, ALLOWABLE


def test_every_check_of_the_room_is_in_it():
    """A file with a CHECK that nobody asks would be a promise that nobody keeps."""
    found = []
    for module in pkgutil.iter_modules(checks.__path__, "safesend.checks."):
        name = module.name.rpartition(".")[2]
        loaded = __import__(module.name, fromlist=[name])
        if isinstance(getattr(loaded, "CHECK", None), Check):
            found.append(loaded.CHECK)
    assert sorted(map(id, found)) == sorted(map(id, ALL_CHECKS))


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.title)
def test_every_check_explains_itself(check):
    """A danger, a real case, what is done, a way out; each in whole sentences."""
    assert check.title
    for text in (check.danger, check.case, check.answer, check.way_out):
        assert len(text) > 40
        assert text.endswith((".", ")"))


def test_nothing_that_shows_a_recipient_can_be_allowed():
    """Only what a person can know better than a program."""
    assert {"I3", "L01", "L02", "I2"}.isdisjoint(ALLOWABLE)
    assert "L23" in ALLOWABLE
