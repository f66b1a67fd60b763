"""ledger/known.py: the rows of a person, and what a purge takes."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError, LedgerBusy
from safesend.ledger.known import (
    Known,
    counted,
    live_rows,
    refuse_left,
    refuse_work,
    suppressed_under,
)
from safesend.ledger.persons import Forgotten, Purged, Trace
from safesend.ledger.states import CODES, DEFERRED, STATES
from safesend.ledger.values import State

FATE = (
    '{"attempts": 2, "first_tried": 1.5, "last_tried": null, "stage": "RCPT",'
    ' "code": 550, "enhanced": null, "text": "no"}'
)


def row(code, campaign=1, *, drafted=False):
    return Known(7, campaign, "spring", drafted, code, b"d", b"sealed", FATE)


@pytest.mark.parametrize("code", STATES)
def test_what_is_open_is_cancelled_for_who_is_forgotten(code):
    """
    What is settled stays as it is: the message went, or it did not.
    """
    before = STATES[code]
    open_ = before in {State.WAITING, State.IN_DOUBT}
    after = State.CANCELLED if open_ else before

    assert row(code).forgotten() == Forgotten("spring", before, after)


def test_a_draft_is_told_and_is_no_row_yet():
    """
    Whatever number stands in it.
    """
    drafted = row(CODES[State.WAITING], drafted=True)

    assert drafted.state is State.DRAFT
    assert live_rows([drafted, row(DEFERRED)]) == [row(DEFERRED)]


def test_what_is_in_the_hand_of_a_run_is_left_alone():
    """
    It may be on the wire at this moment.
    """
    with pytest.raises(LedgerBusy, match="being sent at this moment"):
        live_rows([row(CODES[State.SENDING])])


def test_all_that_is_known_is_told():
    """
    The payload in clear, the reply, and what was heard.
    """
    said = (2, 1.5, None, "RCPT", 550, None, "no")

    assert row(6).trace(b"ada", ()) == Trace("spring", State.REFUSED, *said, b"ada")


def test_a_purge_says_who_will_never_get_it():
    """
    Those who wait, and those of whom nobody knows.
    """
    codes = {
        CODES[State.WAITING]: 3,
        CODES[State.IN_DOUBT]: 2,
        CODES[State.ACCEPTED]: 4,
    }

    assert counted({}) == Purged(0)
    assert counted(codes) == Purged(9, 3, 2)


def test_who_asks_is_left_out_under_the_newest_campaign():
    """
    The newest in which the person stands, or the newest of the ledger.
    """
    assert suppressed_under([row(5, 2), row(5, 4)], [1, 2, 4, 9]) == 4
    assert suppressed_under([], [1, 9]) == 9
    with pytest.raises(ConfigurationError, match="holds no campaign yet"):
        suppressed_under([], [])


def test_nothing_is_erased_under_somebodys_hands():
    """
    Neither while a run sends, nor the key while a campaign needs it.
    """
    refuse_left(0)
    with pytest.raises(ConfigurationError, match="nothing was destroyed"):
        refuse_left(1)
    with pytest.raises(LedgerBusy, match="at work in a/b"):
        refuse_work("a/b")
