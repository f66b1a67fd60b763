from contextlib import closing

import pytest

from ledger.scenes import assert_consistent, look
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.ledger.booking import book, release
from safesend.ledger.database import Database
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign, make_rows


@pytest.fixture
def path(tmp_path):
    """A ledger with six rows, of which run 2 holds the first four (1 was a draft)."""
    with closing(open_ledger(tmp_path / "a.db")) as ledger:
        run, rows = claimed_rows(ledger, live_campaign(ledger, 6), 4)
    assert (run, [row.id for row in rows]) == (2, [1, 2, 3, 4])
    return tmp_path / "a.db"


@pytest.fixture
def database(path):
    with closing(Database(path)) as database:
        yield database


def test_results_of_every_kind_are_booked_at_once(database, path):
    """
    Each row gets its own state, and the counts follow.
    """
    results = [
        Result(1, State.ACCEPTED, code=250),
        Result(2, State.WAITING, NOW + 5),
        Result(3, State.IN_DOUBT),
        Result(4, State.WAITING, attempt=False),
        Result(5, State.ACCEPTED),
        Result(99, State.ACCEPTED),
    ]
    with database.writing() as connection:
        assert book(connection, 1, 2, results, NOW) == 4

    assert look(path, "SELECT state FROM delivery ORDER BY id") == [
        (5,),
        (3,),
        (7,),
        (2,),
        (2,),
        (2,),
    ]
    assert_consistent(path)


def test_a_row_is_booked_once_even_in_one_batch(database, path):
    """
    The first outcome of a row stands.
    """
    results = [Result(1, State.ACCEPTED), Result(1, State.ACCEPTED)]
    with database.writing() as connection:
        assert book(connection, 1, 2, results, NOW) == 1

    assert look(path, "SELECT state, attempts FROM delivery WHERE id = 1") == [(5, 1)]


def test_tries_are_counted_and_dated(database, path):
    """
    The first date stays, the last one moves, and what was no try leaves both.
    """
    for date, counts in ((NOW, True), (NOW + 1, False), (NOW + 2, True)):
        with database.writing() as connection:
            book(connection, 1, 2, [Result(1, State.WAITING, date, counts)], date)
            connection.execute("UPDATE delivery SET state = 4 WHERE id = 1")

    query = "SELECT attempts, first_tried, last_tried FROM delivery WHERE id = 1"
    assert look(path, query) == [(2, NOW, NOW + 2)]


def test_a_reply_is_kept_masked_and_short(database, path):
    """
    Whoever hands it in.
    """
    text = "no ada@example.org " + "x" * 1000
    with database.writing() as connection:
        book(connection, 1, 2, [Result(1, State.REFUSED, text=text)], NOW)

    [(kept,)] = look(path, "SELECT text FROM delivery WHERE id = 1")
    assert kept.startswith("no a…@example.org xxx")
    assert len(kept) == 500


def test_a_wrong_state_books_nothing(database, path):
    """
    Not even the good ones beside it.
    """
    results = [Result(1, State.ACCEPTED), Result(2, State.SENDING)]
    with pytest.raises(LedgerError), database.writing() as connection:
        book(connection, 1, 2, results, NOW)

    assert look(path, "SELECT DISTINCT state FROM delivery WHERE id < 5") == [(4,)]


def test_released_rows_go_where_they_came_from(database, path):
    """
    To the fresh ones or to those put off; what is not held stays.
    """
    with database.writing() as connection:
        connection.execute("UPDATE delivery SET attempts = 1 WHERE id = 1")
        connection.execute("UPDATE delivery SET not_before = 5 WHERE id = 2")
        assert release(connection, 1, 2, [1, 2, 3, 5, 99]) == 3
        assert release(connection, 1, 2, []) == 0

    found = look(path, "SELECT state FROM delivery ORDER BY id")
    assert [state for (state,) in found] == [3, 3, 2, 4, 2, 2]
    assert_consistent(path)


def test_only_what_is_booked_leaves_a_mailbox_out(database, path):
    """
    An outcome that comes too late, or from another run, says nothing of anybody.
    """
    with database.writing() as connection:
        book(connection, 1, 2, [Result(1, State.REFUSED, suppress=True)], NOW)
        book(connection, 1, 2, [Result(2, State.IN_DOUBT)], NOW)
        release(connection, 1, 2, [3])
        late = [Result(id_, State.REFUSED, suppress=True) for id_ in (2, 3, 5, 99)]
        assert book(connection, 1, 2, late, NOW + 1) == 0
        strange = [Result(4, State.FAILED, suppress=True)]
        assert book(connection, 1, 7, strange, NOW) == 0

    assert look(path, "SELECT digest, at, campaign FROM suppression") == [
        (make_rows(1)[0].suppression, NOW, 1)
    ]
