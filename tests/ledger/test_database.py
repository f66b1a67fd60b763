import os
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from ledger.scenes import change, child, look, run_child
from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger import database as module
from safesend.ledger import open_ledger
from safesend.ledger.database import Database
from safesend.ledger.queries import migrations
from safesend.testing.ledger_rows import NOW, live_campaign, make_rows

PUT = "Put it back before you send again"
OLD = "CREATE TABLE thing (id INTEGER PRIMARY KEY); -- a comment; with one of these\n"
NEW = "ALTER TABLE thing ADD COLUMN name TEXT;\nINSERT INTO thing VALUES (1, 'a;b');\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits ten seconds in a test."""
    monkeypatch.setattr(module, "_PATIENCE", 0.05)


def pragma(database, name):
    with database.reading() as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_is_set_up_to_survive_and_to_forget(path):
    """
    A write-ahead log, erasure that overwrites, keys that hold, a mark of its own.
    """
    with closing(Database(path)) as database:
        found = {
            name: pragma(database, name)
            for name in ("journal_mode", "secure_delete", "foreign_keys")
        }
        assert pragma(database, "user_version") == len(migrations())
        assert pragma(database, "application_id") == 0x53534E44

    assert found == {"journal_mode": "wal", "secure_delete": 1, "foreign_keys": 1}


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_what_is_durable_is_synced(path, durable, level):
    """
    FULL for what must not be forgotten, NORMAL for the rest.
    """
    with closing(Database(path)) as database:
        with database.writing(durable=durable):
            pass
        assert pragma(database, "synchronous") == level


@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced"])
def test_a_file_that_is_gone_takes_nothing_durable_any_more(path, fate):
    """
    Else the next run would find an empty ledger and send to everybody again.
    """
    with closing(Database(path)) as database:
        away = path.with_name("away.db")
        path.rename(away)
        if fate == "deleted":
            away.unlink()
        if fate == "replaced":
            path.write_bytes(b"")

        told = pytest.raises(LedgerError, match=f"deleted, moved or replaced.*{PUT}")
        with told, database.writing():
            pytest.fail("it was let in")

        # Outcomes of what has left are still taken, for as long as the process lives.
        with database.writing(durable=False) as connection:
            connection.execute("INSERT INTO meta VALUES ('a', x'00')")


def test_a_file_that_was_put_back_is_used_again(path):
    """
    Moving it away and back changes nothing.
    """
    with closing(Database(path)) as database:
        path.rename(path.with_name("away.db"))
        path.with_name("away.db").rename(path)
        with database.writing() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', x'00')")
        with database.reading() as connection:
            assert connection.execute("SELECT name FROM meta").fetchall() == [("a",)]


def insert_twice(connection):
    for _ in range(2):
        connection.execute("INSERT INTO meta VALUES ('a', x'00')")


def test_a_transaction_is_whole_or_nothing(path):
    """
    An error inside of it undoes what was done.
    """
    with closing(Database(path)) as database:
        with pytest.raises(LedgerError), database.writing() as connection:
            insert_twice(connection)
        with database.reading() as connection:
            assert connection.execute("SELECT * FROM meta").fetchall() == []


def test_an_older_file_is_brought_up_to_date(path):
    """
    The missing steps are made, once, and what was there stays.
    """
    Database(path, [OLD]).close()
    change(path, "INSERT INTO thing (id) VALUES (7)")

    for _ in range(2):
        Database(path, [OLD, NEW]).close()

    assert look(path, "SELECT * FROM thing ORDER BY id") == [(1, "a;b"), (7, None)]
    assert look(path, "PRAGMA user_version") == [(2,)]


def test_a_step_that_fails_leaves_the_old_schema(path):
    """
    The file stays usable by the program that made it.
    """
    Database(path, [OLD]).close()

    with pytest.raises(LedgerError):
        Database(path, [OLD, NEW + "SELECT nonsense;\n"])
    assert look(path, "SELECT * FROM thing") == []
    assert look(path, "PRAGMA user_version") == [(1,)]


def test_a_newer_file_is_left_alone(path):
    """
    The error says that safesend is to be updated.
    """
    Database(path, [OLD, NEW]).close()

    with pytest.raises(LedgerError, match="newer safesend"):
        Database(path, [OLD])


@pytest.mark.parametrize(
    "trace", ["CREATE TABLE member (a)", "PRAGMA application_id=7"]
)
def test_the_database_of_another_program_is_left_alone(path, trace):
    """
    A list of members in SQLite is not turned into a ledger by a slip.
    """
    change(path, trace)
    path.chmod(0o600)
    before = path.read_bytes()

    with pytest.raises(LedgerError, match="another program"):
        Database(path)
    assert path.read_bytes() == before


def test_a_text_file_is_no_ledger(path):
    """
    The error says so.
    """
    path.write_text("ada@example.org\n" * 1000)
    path.chmod(0o600)

    with pytest.raises(LedgerError, match="not a ledger"):
        Database(path)


def test_a_damaged_file_stops_everything(path):
    """
    It is not known who has the message, so nothing is sent.
    """
    with closing(open_ledger(path)) as ledger:
        live_campaign(ledger, 2000)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x5a" * (len(content) - 8192)
    path.write_bytes(content)

    with pytest.raises(LedgerError, match="damaged"):
        claim_some(path)


def claim_some(path):
    with closing(open_ledger(path)) as ledger:
        run = ledger.start_run(1, NOW)
        ledger.claim(1, run, 10, NOW)


def test_a_held_ledger_is_busy(path, impatient):
    """
    Not an error of the disk: it can be tried again.
    """
    Database(path).close()
    with closing(Database(path)) as database, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusy, match="another process"), database.writing():
            pass
        other.rollback()
        with database.writing():
            pass


def test_a_closed_ledger_says_so(path):
    """
    Closing twice is allowed, using it afterwards is not.
    """
    database = Database(path)
    database.close()
    database.close()

    assert database.closed
    with pytest.raises(LedgerError, match="was closed"), database.reading():
        pass


def test_the_log_is_empty_after_truncation(path):
    """
    What was erased in the file is not found in the log beside it.
    """
    with closing(Database(path)) as database:
        with database.writing() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', x'00')")
        assert (path.parent / "a.db-wal").stat().st_size > 0
        database.truncate()

        assert (path.parent / "a.db-wal").stat().st_size == 0


def test_a_file_that_others_hold_is_not_rebuilt(path, impatient):
    """
    It is put off, and nothing is lost.
    """
    with closing(Database(path)) as database, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not database.rebuild()
        other.rollback()
        assert database.rebuild()


def test_an_old_sqlite_is_refused(path, monkeypatch):
    """
    At once, rather than in the middle of a mailing.
    """
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(LedgerError, match=r"3\.37"):
        Database(path)


def test_an_unknown_error_keeps_the_words_of_sqlite(path):
    """
    They name tables and columns, never values.
    """
    with (
        closing(Database(path)) as database,
        pytest.raises(LedgerError, match="no such table: nowhere"),
        database.reading() as connection,
    ):
        connection.execute("SELECT * FROM nowhere")


def test_two_processes_may_make_the_same_ledger_at_once(path):
    """
    One makes it, the other finds it; both have the same key.
    """
    wait = "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
    script = "print(ledger.secret.hex())"
    at = time.time() + 1.0
    children = [
        subprocess.Popen(
            [os.sys.executable, "-c", _opening(wait) + script, str(path), str(at)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    secrets = [process.communicate(timeout=300)[0].strip() for process in children]

    assert [process.returncode for process in children] == [0, 0, 0]
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 64


def _opening(wait):
    return (
        "import sys, time\nfrom safesend.ledger import open_ledger\n"
        "from safesend.ledger import keyfile, sqlite\n"
        f"{wait}ledger = open_ledger(sys.argv[1])\n"
    )


@pytest.fixture
def mounted(tmp_path):
    """A small file system of its own, to fill up and to write-protect."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=640k", "tmpfs", str(folder)]
    made = subprocess.run(["mount", *options], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("mounting a small file system needs the rights of root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_loses_nothing(mounted):
    """
    The error says what is wrong; with room again the ledger is as it was.
    """
    with closing(open_ledger(mounted / "a.db")) as ledger:
        campaign = live_campaign(ledger, 100)
        run = ledger.start_run(campaign, NOW)
        assert len(ledger.claim(campaign, run, 10, NOW)) == 10
        (mounted / "rest").write_bytes(bytes(_room(mounted)))
        ledger.begin_draft(campaign)
        with pytest.raises(LedgerError, match="full"):
            ledger.enrol(campaign, make_rows(20_000, b"x" * 200))
        (mounted / "rest").unlink()
        ledger.drop_draft(campaign)
        assert len(ledger.claim(campaign, run, 200, NOW)) == 90


def _room(folder):
    found = os.statvfs(folder)
    return max(0, found.f_bavail * found.f_frsize - 200_000)


def test_a_read_only_ledger_is_explained(mounted):
    """
    Nothing can be claimed, so nothing is sent.
    """
    with closing(open_ledger(mounted / "a.db")) as ledger:
        live_campaign(ledger, 1)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)

    with pytest.raises(LedgerError, match="cannot be"):
        open_ledger(mounted / "a.db").start_run(1, NOW)


def test_a_ledger_outlives_its_process(path):
    """
    What was committed is there after kill -9, log and all.
    """
    script = """
campaign = live_campaign(ledger, 10)
run = ledger.start_run(campaign, NOW)
ledger.claim(campaign, run, 4, NOW)
print("ready", flush=True)
time.sleep(60)
"""
    with child(script, path) as process:
        assert process.first == "ready"
    counted = run_child("print(sorted(ledger.counts(1).items()))", path)

    assert "'sending'>, 4" in counted
    assert "'waiting'>, 6" in counted


def test_damage_that_sqlite_quotes_is_explained(path):
    """
    Its words about a schema that cannot be read hold octets that are no text.
    """
    Database(path).close()
    content = path.read_bytes()
    assert b"CREATE TABLE campaign" in content
    path.write_bytes(
        content.replace(b"CREATE TABLE campaign", b"CR\x97\xc3TE TABLE campaign")
    )

    with pytest.raises(LedgerError, match="damaged"):
        Database(path)


def test_a_header_without_a_known_format_is_damage(path):
    """
    SQLite calls it an error like any other, with no code of its own.
    """
    Database(path).close()
    content = bytearray(path.read_bytes())
    content[44:48] = b"\x00\x00\x00\xff"  # https://sqlite.org/fileformat2.html 1.3
    path.write_bytes(content)

    with pytest.raises(LedgerError, match="damaged"):
        Database(path)
