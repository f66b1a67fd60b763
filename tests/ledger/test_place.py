import os
import stat

import pytest

from safesend.errors import LedgerError
from safesend.ledger.place import (
    Kind,
    begin_file,
    check_folder,
    create_private,
    end_file,
    is_there,
)

CONTENT = b"SQLite format 3".ljust(4096, b"\0")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def careless():
    """A process whose files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_new_file_is_private_under_any_umask(tmp_path, careless):
    """
    Only its owner reads and writes it.
    """
    new = begin_file(tmp_path / "a.db")
    assert mode(new) == 0o600
    end_file(new, tmp_path / "a.db")

    assert mode(tmp_path / "a.db") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_umask_that_takes_everything_still_leaves_it_usable(tmp_path):
    """
    The owner can read and write what was just made.
    """
    before = os.umask(0o777)
    try:
        os.close(create_private(tmp_path / "a.db"))
    finally:
        os.umask(before)

    assert mode(tmp_path / "a.db") == 0o600


@pytest.mark.parametrize("found", [0o644, 0o640, 0o604, 0o711])
def test_what_others_can_read_is_closed_to_them(tmp_path, found):
    """
    A file that others could read is made private, and used.
    """
    path = tmp_path / "a.db"
    path.write_bytes(CONTENT)
    path.chmod(found)

    assert is_there(path)

    assert mode(path) == 0o600


@pytest.mark.parametrize("found", [0o660, 0o602, 0o666])
def test_what_others_can_write_is_refused(tmp_path, found):
    """
    The truth about a mailing is not read from where anybody could have written it.
    """
    path = tmp_path / "a.db"
    path.write_bytes(CONTENT)
    path.chmod(found)

    with pytest.raises(LedgerError, match="chmod 600"):
        is_there(path)


def test_a_link_is_refused(tmp_path):
    """
    A link may lead to a file that somebody else chose.
    """
    (tmp_path / "target.db").touch()
    (tmp_path / "a.db").symlink_to(tmp_path / "target.db")

    with pytest.raises(LedgerError, match="link"):
        is_there(tmp_path / "a.db")


def test_a_folder_is_refused(tmp_path):
    """
    A ledger is a file.
    """
    with pytest.raises(LedgerError, match="no regular file"):
        is_there(tmp_path)


def test_the_file_of_another_user_is_refused(tmp_path, monkeypatch):
    """
    Its owner could change what it says.
    """
    (tmp_path / "a.db").write_bytes(CONTENT)
    (tmp_path / "a.db").chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    with pytest.raises(LedgerError, match="another user"):
        is_there(tmp_path / "a.db")


def test_a_missing_folder_is_named(tmp_path):
    """
    The error says which folder to make.
    """
    with pytest.raises(LedgerError, match="make it first"):
        check_folder(tmp_path / "nowhere" / "a.db")


def test_a_place_where_no_file_can_be_is_an_error(tmp_path):
    """
    What the system says becomes a sentence.
    """
    for call in (is_there, begin_file):
        with pytest.raises(LedgerError, match="cannot be used"):
            call(tmp_path / ("x" * 300))
    with pytest.raises(LedgerError, match="cannot be used"):
        begin_file(tmp_path / "/proc/safesend.db")
    new = begin_file(tmp_path / "a.db")
    with pytest.raises(LedgerError, match="cannot be used"):
        end_file(new, tmp_path / "nowhere" / "a.db")


def test_what_another_process_made_meanwhile_is_kept(tmp_path):
    """
    Without locks in a file system two may make it at once: one stays, looked at.
    """
    path = tmp_path / "a.db"
    new = begin_file(path)
    path.write_bytes(CONTENT)
    path.chmod(0o600)
    end_file(new, path)
    assert path.read_bytes() == CONTENT
    assert not new.exists()

    new = begin_file(path)
    path.chmod(0o666)
    with pytest.raises(LedgerError, match="others can write"):
        end_file(new, path)


def test_what_a_dead_process_began_is_begun_anew(tmp_path):
    """
    Its half of a ledger is of no use to anybody.
    """
    for name in ("a.db.new", "a.db.new-wal"):
        (tmp_path / name).write_bytes(b"half")
    new = begin_file(tmp_path / "a.db")
    assert new.read_bytes() == b""
    assert [path.name for path in tmp_path.iterdir()] == ["a.db.new"]


@pytest.mark.parametrize("content", [b"", b"\0", b"SQLite format 3"])
def test_an_emptied_ledger_is_refused(tmp_path, content):
    """
    Taken for a new one, everybody would be sent to again.
    """
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="is empty"):
        is_there(path)


def test_another_kind_of_file_is_called_by_its_name(tmp_path):
    """
    What is lost without it is told as well.
    """
    diary = Kind("diary", 7, "those who were there")
    (tmp_path / "a.db").touch()
    told = r"the diary .* is empty: .* told from those who were there\. If"
    with pytest.raises(LedgerError, match=told):
        is_there(tmp_path / "a.db", diary)
    for call in (check_folder, begin_file):
        with pytest.raises(LedgerError, match="the diary"):
            call(tmp_path / "nowhere" / "a.db", diary)


@pytest.mark.parametrize("tail", ["-wal", "-shm", "-journal"])
def test_a_log_without_its_ledger_is_refused(tmp_path, tail):
    """
    The ledger was deleted or moved away under a run.
    """
    path = tmp_path / "a.db"
    assert not is_there(path)
    (tmp_path / f"a.db{tail}").touch()
    with pytest.raises(LedgerError, match="Put it back"):
        is_there(path)
