import pytest

from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.ledger.database import Database
from safesend.ledger.states import (
    CODES,
    DEFERRED,
    HOLDER,
    STATES,
    move,
    standing,
    sweep_cancelled,
)
from safesend.testing.ledger_rows import live_campaign


@pytest.fixture
def database(tmp_path):
    """The file of a ledger with one campaign of three rows."""
    ledger = open_ledger(tmp_path / "a.db")
    live_campaign(ledger, 3)
    ledger.close()
    database = Database(tmp_path / "a.db")
    yield database
    database.close()


def test_the_numbers_of_states_are_for_ever():
    """
    They stand in people's files: one may be added, none changed.
    """
    assert [(state.value, code) for state, code in CODES.items()] == [
        ("draft", 1),
        ("waiting", 2),
        ("sending", 4),
        ("accepted", 5),
        ("refused", 6),
        ("in_doubt", 7),
        ("cancelled", 8),
        ("suppressed", 9),
        ("expired", 10),
        ("failed", 11),
    ]
    assert set(CODES) == set(State)
    assert {STATES[code]: code for code in STATES if code != DEFERRED} == CODES


def test_a_claim_does_not_lengthen_a_row():
    """
    SQLite writes 2 to 127 in one octet and from 2^23 on in four: rows stay in place.
    """
    assert all(2 <= code <= 127 for code in (*CODES.values(), DEFERRED) if code != 1)
    assert 2**23 <= HOLDER < HOLDER + 10**9 < 2**31


def test_a_campaign_stands_as_it_was_left(database):
    """
    What every change asks first.
    """
    with database.reading() as connection:
        found = standing(connection, 1)

    assert (found.control, found.live_upto, found.enrolled) == (Control.RUN, 3, 3)
    assert found.draft is None


def test_an_unknown_campaign_is_an_error(database):
    """
    It does not have no rows: it is not there.
    """
    with database.reading() as connection, pytest.raises(LedgerError, match="99"):
        standing(connection, 99)


def test_counts_follow_the_rows(database):
    """
    Out of nothing, into nothing, from one state to another; none is as good as nothing.
    """
    with database.writing() as connection:
        move(connection, 1, 2, State.WAITING, State.SENDING)
        move(connection, 1, 5, None, State.DRAFT)
        move(connection, 1, 1, State.SENDING, None)
        move(connection, 1, 0, State.SENDING, State.FAILED)
        move(connection, 1, 7, State.WAITING, State.WAITING)
        found = connection.execute("SELECT state, number FROM tally").fetchall()

    assert dict(found) == {1: 5, 2: 1, 4: 1}


def test_only_a_cancelled_campaign_is_swept(database):
    """
    Elsewhere rows wait on.
    """
    with database.writing() as connection:
        assert sweep_cancelled(connection, 1) == 0
        connection.execute("UPDATE campaign SET control = 'cancel'")
        assert sweep_cancelled(connection, 1) == 3
        assert sweep_cancelled(connection, 1) == 0
