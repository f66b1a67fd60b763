import sys
import threading
from contextlib import closing

import pytest

from ledger.scenes import change, look
from safesend.errors import LedgerKeyError
from safesend.ledger.database import Database
from safesend.ledger.unlock import unlock

AEAD = "cryptography.hazmat.primitives.ciphers.aead"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "mailing").mkdir()
    return tmp_path / "mailing" / "a.db"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def database(path):
    with closing(Database(path)) as database:
        yield database


@pytest.fixture
def bare(monkeypatch):
    """A machine without the package `cryptography`."""
    monkeypatch.setitem(sys.modules, AEAD, None)


def test_a_new_ledger_is_given_a_key(database, home):
    """
    The same from then on; it lies outside of the ledger.
    """
    secret, sealed = unlock(database, home)

    assert (len(secret), sealed) == (32, True)
    [key] = home.iterdir()
    assert key.read_text().strip() == secret.hex()
    assert unlock(database, home) == (secret, True)


def test_how_payloads_are_kept_is_settled_once(database, home, bare, monkeypatch):
    """
    What is plain stays plain when the package is installed later.
    """
    secret, sealed = unlock(database, home)
    assert not sealed
    monkeypatch.undo()
    monkeypatch.setenv("SAFESEND_KEY", secret.hex())

    assert unlock(database, home) == (secret, False)


def test_a_key_that_was_given_makes_no_file(database, home, monkeypatch):
    """
    The ledger keeps what tells it from another.
    """
    monkeypatch.setenv("SAFESEND_KEY", "11" * 32)
    assert unlock(database, home) == (b"\x11" * 32, True)
    monkeypatch.setenv("SAFESEND_KEY", "22" * 32)
    with pytest.raises(LedgerKeyError, match="not the key"):
        unlock(database, home)
    assert not home.exists()


def test_a_missing_key_is_not_replaced(database, home):
    """
    The error says where it was looked for.
    """
    unlock(database, home)
    [key] = home.iterdir()
    key.unlink()

    with pytest.raises(LedgerKeyError, match=key.name):
        unlock(database, home)
    assert list(home.iterdir()) == []


def test_a_ledger_of_another_key_is_refused(database, path, home):
    """
    Also when it is the check in the ledger that was changed.
    """
    unlock(database, home)
    change(path, "UPDATE meta SET value = x'00' WHERE name = 'check'")

    with pytest.raises(LedgerKeyError, match="not the key"):
        unlock(database, home)


def test_nothing_is_kept_where_no_key_can_be(database, path, home):
    """
    The next try begins anew.
    """
    home.touch()
    with pytest.raises(LedgerKeyError):
        unlock(database, home)
    assert look(path, "SELECT * FROM meta") == []
    home.unlink()

    assert unlock(database, home)[1]


@pytest.mark.parametrize("sealed", [True, False])
def test_of_two_that_make_a_ledger_the_later_takes_the_first_ones_key(
    path, home, sealed, request
):
    """
    Both had found it empty; one of them keeps its key.
    """
    made = []
    if not sealed:
        request.getfixturevalue("bare")
    with closing(Database(path)) as first, closing(Database(path)) as second:
        waits = threading.Event()

        def trace(statement):
            if statement.startswith("BEGIN"):
                waits.set()

        with second.reading() as connection:
            connection.set_trace_callback(trace)
        late = threading.Thread(target=lambda: made.append(unlock(second, home)))
        with first.writing():
            late.start()
            # It has found no key; now it waits for the other's transaction.
            assert waits.wait(60)
            # One connection may be entered again by its own thread.
            with first.reading() as connection:
                _as_if_written_by(connection, path, home, sealed=sealed)
        late.join(60)
        assert made == [unlock(first, home)]
    assert len(list(home.iterdir())) == 1


def _as_if_written_by(connection, path, home, *, sealed):
    """What another ledger wrote of its own key, moved into this one."""
    other = path.with_name("other.db")
    with closing(Database(other)) as database:
        assert unlock(database, home)[1] is sealed
    connection.executemany(
        "INSERT INTO meta (name, value) VALUES (?, ?)",
        look(other, "SELECT name, value FROM meta"),
    )
