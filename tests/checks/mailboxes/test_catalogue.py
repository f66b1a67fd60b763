"""checks/mailboxes/catalogue.py: the one list of all advice, each with its reasons."""

from __future__ import annotations

import pkgutil

import pytest

from safesend.checks import mailboxes
from safesend.checks.catalogue import ALL_CHECKS
from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.catalogue import ADVICE_IDS, ALL_ADVICE


def test_every_advice_of_the_room_is_in_it():
    """In the order of their numbers, which no check has."""
    found = []
    for module in pkgutil.iter_modules(mailboxes.__path__, f"{mailboxes.__name__}."):
        name = module.name.rpartition(".")[2]
        loaded = __import__(module.name, fromlist=[name])
        if isinstance(getattr(loaded, "ADVICE", None), Advice):
            found.append(loaded.ADVICE.id)
    assert sorted(found) == [one.id for one in ALL_ADVICE]
    assert ADVICE_IDS.isdisjoint(check.id for check in ALL_CHECKS)


@pytest.mark.parametrize("advice", ALL_ADVICE, ids=lambda advice: advice.title)
def test_every_advice_explains_itself(advice):
    """A reason, a source, what is done, a way out; each in whole sentences."""
    for text in (advice.why, advice.source, advice.answer, advice.way_out):
        assert len(text) > 30
        assert text.endswith((".", ")"))
