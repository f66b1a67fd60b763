import os
import stat
from pathlib import PosixPath

import pytest

from safesend.errors import LedgerError
from safesend.ledger.place import create_private, prepare


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
    prepare(tmp_path / "a.db")

    assert mode(tmp_path / "a.db") == 0o600


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
    path.touch()
    path.chmod(found)

    prepare(path)

    assert mode(path) == 0o600


@pytest.mark.parametrize("found", [0o660, 0o602, 0o666])
def test_what_others_can_write_is_refused(tmp_path, found):
    """
    The truth about a mailing is not read from where anybody could have written it.
    """
    path = tmp_path / "a.db"
    path.touch()
    path.chmod(found)

    with pytest.raises(LedgerError, match="chmod 600"):
        prepare(path)


def test_a_link_is_refused(tmp_path):
    """
    A link may lead to a file that somebody else chose.
    """
    (tmp_path / "target.db").touch()
    (tmp_path / "a.db").symlink_to(tmp_path / "target.db")

    with pytest.raises(LedgerError, match="link"):
        prepare(tmp_path / "a.db")


def test_a_folder_is_refused(tmp_path):
    """
    A ledger is a file.
    """
    with pytest.raises(LedgerError, match="no regular file"):
        prepare(tmp_path)


def test_the_file_of_another_user_is_refused(tmp_path, monkeypatch):
    """
    Its owner could change what it says.
    """
    (tmp_path / "a.db").touch(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    with pytest.raises(LedgerError, match="another user"):
        prepare(tmp_path / "a.db")


def test_a_missing_folder_is_named(tmp_path):
    """
    The error says which folder to make.
    """
    with pytest.raises(LedgerError, match="make it first"):
        prepare(tmp_path / "nowhere" / "a.db")


@pytest.mark.parametrize("name", ["x" * 300, "/proc/safesend.db"])
def test_a_place_where_no_file_can_be_is_an_error(tmp_path, name):
    """
    What the system says becomes a sentence.
    """
    with pytest.raises(LedgerError, match="cannot be used"):
        prepare(tmp_path / name)


class Late(PosixPath):
    """A path that another process fills between two looks."""

    looks = 0

    def lstat(self):
        Late.looks += 1
        if Late.looks == 1:
            raise FileNotFoundError
        return super().lstat()


def test_what_another_process_made_meanwhile_is_checked(tmp_path):
    """
    Two processes may start at once; neither trusts the other's file unseen.
    """
    (tmp_path / "a.db").touch()
    (tmp_path / "a.db").chmod(0o666)

    with pytest.raises(LedgerError, match="others can write"):
        prepare(Late(tmp_path / "a.db"))
