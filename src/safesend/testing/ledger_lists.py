"""What every ledger promises of suppression lists that its runs went by."""

from __future__ import annotations

import attrs

from safesend.ledger.base import Ledger
from safesend.ledger.lists import Change
from safesend.testing.ledger_rows import NOW

__all__ = ["how_far_a_list_has_come_is_known", "who_says_it_is_the_list_goes_ahead"]

_FIFTH = Change(5, b"\x00mark\xff", NOW + 0.123456)


def how_far_a_list_has_come_is_known(ledger: Ledger) -> None:
    """The newest change of each list stays, whoever notes an older one."""
    lists = ledger.lists
    assert lists.newest("a") is None, "nobody saw that list yet"
    assert lists.note("a", _FIFTH) == _FIFTH
    older = Change(4, b"older", NOW + 9)
    assert lists.note("a", older) == _FIFTH, "an older one takes the place of none"
    apart = attrs.evolve(_FIFTH, mark=b"apart")
    assert lists.note("a", apart) == _FIFTH, "of two with one number the first stays"
    assert lists.newest("a") == _FIFTH
    assert lists.newest("b") is None, "each list has its own"
    newer = Change(2**40, b"newer", NOW)
    assert lists.note("a", newer) == newer
    assert lists.newest("a") == newer


def who_says_it_is_the_list_goes_ahead(ledger: Ledger) -> None:
    """A later era is newer, however few changes it counts; its numbers go on."""
    lists = ledger.lists
    lists.note("a", _FIFTH)
    restored = Change(3, b"restored", NOW + 1, era=NOW + 1)
    assert lists.note("a", restored) == restored
    assert lists.note("a", Change(9, b"old", NOW + 2)) == restored
    later = attrs.evolve(restored, number=4, mark=b"later")
    assert lists.note("a", later) == later
