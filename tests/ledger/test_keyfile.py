import base64
import os
import stat

import pytest

from safesend.errors import ConfigurationError, LedgerKeyError
from safesend.ledger.keyfile import KeyPlace, default_key_home

KEY = bytes(range(32))


@pytest.fixture
def place(tmp_path):
    return KeyPlace(tmp_path / "ledgers" / "a.db", tmp_path / "keys", "0123abcd")


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        f"  {KEY.hex()}\n",
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(bytes([255] * 32)).decode(),
    ],
)
def test_the_variable_holds_the_key(place, monkeypatch, text):
    """
    Hexadecimal digits or base64, in either alphabet, with or without padding.
    """
    monkeypatch.setenv("SAFESEND_KEY", text)

    assert place.find() in {KEY, bytes([255] * 32)}


@pytest.mark.parametrize(
    "text", ["", "abc", "x" * 64, KEY.hex()[:-2], "é" * 44, "=" * 9]
)
def test_a_malformed_key_is_refused_and_not_shown(place, monkeypatch, text):
    """
    The error tells what a key looks like, and nothing of what was given.
    """
    monkeypatch.setenv("SAFESEND_KEY", text)

    with pytest.raises(LedgerKeyError, match="32 octets") as caught:
        place.find()
    assert not text or text not in str(caught.value)


def test_a_key_is_made_once_and_found_again(place):
    """
    It lies in a private file of a private folder.
    """
    assert place.find() is None
    key = place.make()

    assert place.find() == key
    assert len(key) == 32
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.home.stat().st_mode) == 0o700


def test_a_key_is_never_written_over(place):
    """
    The rows of a ledger are lost to it without the old one.
    """
    key = place.make()

    with pytest.raises(LedgerKeyError, match="cannot be written"):
        place.make()
    assert place.find() == key


def test_a_key_that_others_can_read_is_refused(place):
    """
    The error says what to do.
    """
    place.make()
    place.file.chmod(0o640)

    with pytest.raises(LedgerKeyError, match="chmod 600"):
        place.find()


def test_a_link_is_no_key(place, tmp_path):
    """
    It could lead to a file that somebody else chose.
    """
    place.home.mkdir()
    (tmp_path / "other").write_text(KEY.hex())
    place.file.symlink_to(tmp_path / "other")

    with pytest.raises(LedgerKeyError, match="cannot be read"):
        place.find()


def test_a_damaged_key_file_is_named(place):
    """
    It is not taken for a missing one.
    """
    place.make()
    place.file.write_bytes(b"\xff\xfe nonsense")

    with pytest.raises(LedgerKeyError, match=place.id):
        place.find()


def test_the_key_does_not_lie_beside_its_ledger(tmp_path):
    """
    Who copies the folder would have both.
    """
    with pytest.raises(LedgerKeyError, match="folder of its ledger"):
        KeyPlace(tmp_path / "a.db", tmp_path, "0123").make()


def test_a_home_that_cannot_be_written_to_is_explained(tmp_path):
    """
    The error names both ways out.
    """
    (tmp_path / "keys").touch()
    place = KeyPlace(tmp_path / "ledgers" / "a.db", tmp_path / "keys", "0123")

    with pytest.raises(LedgerKeyError, match="XDG_DATA_HOME") as caught:
        place.make()
    assert "SAFESEND_KEY" in str(caught.value)


def test_the_place_says_where_it_looked(place, monkeypatch):
    """
    With and without the variable.
    """
    assert "0123abcd.key" in place.looked_for()
    assert "are not set" in place.looked_for()

    monkeypatch.setenv("SAFESEND_KEY_FILE", "/run/key")

    assert place.looked_for() == "the file /run/key, which SAFESEND_KEY_FILE names"

    monkeypatch.setenv("SAFESEND_KEY", KEY.hex())

    assert place.looked_for() == "the variable SAFESEND_KEY"

    place.file.parent.mkdir(parents=True, exist_ok=True)
    place.file.touch()

    assert "is not read beside it" in place.looked_for()


@pytest.mark.parametrize("given", ["", "relative/folder"])
def test_keys_lie_in_the_data_folder_of_the_user(monkeypatch, tmp_path, given):
    """
    XDG_DATA_HOME when it is absolute, else its default.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", given)

    assert default_key_home() == tmp_path / ".local" / "share" / "safesend" / "keys"

    monkeypatch.setenv("XDG_DATA_HOME", os.fspath(tmp_path / "data"))

    assert default_key_home() == tmp_path / "data" / "safesend" / "keys"


def test_a_key_is_destroyed(place):
    """
    Overwritten and gone; a hard link to it holds nothing of use either.
    """
    place.make()
    link = place.home / "link"
    link.hardlink_to(place.file)
    place.must_be_file()
    place.destroy()

    assert not place.file.exists()
    assert set(link.read_bytes()) == {ord("0")}
    assert place.find() is None


def test_a_key_that_is_no_file_is_not_destroyed(place, monkeypatch):
    """
    It is for who keeps it.
    """
    with pytest.raises(ConfigurationError, match="destroy it where you keep it"):
        place.must_be_file()
    place.make()
    monkeypatch.setenv("SAFESEND_KEY", KEY.hex())
    with pytest.raises(ConfigurationError, match="destroy it where you keep it"):
        place.must_be_file()


def test_a_key_file_that_is_gone_is_told(place):
    """
    The error names it.
    """
    with pytest.raises(LedgerKeyError, match="cannot be destroyed: No such file"):
        place.destroy()


def test_a_variable_may_name_the_file(place, monkeypatch, tmp_path):
    """
    As those do who keep secrets for a service: behind a link, readable for its group.
    """
    file, link = tmp_path / "kept", tmp_path / "ledger.key"
    file.write_text(KEY.hex() + "\n")
    file.chmod(0o440)
    link.symlink_to(file)
    monkeypatch.setenv("SAFESEND_KEY_FILE", str(link))

    assert place.find() == KEY
    with pytest.raises(ConfigurationError, match="SAFESEND_KEY_FILE"):
        place.must_be_file()


def test_a_named_file_that_everybody_can_read_is_refused(place, monkeypatch, tmp_path):
    """
    As is one that is not there, which is no reason to make another key.
    """
    file = tmp_path / "kept"
    monkeypatch.setenv("SAFESEND_KEY_FILE", str(file))
    with pytest.raises(LedgerKeyError, match="cannot be read"):
        place.find()
    file.write_text(KEY.hex())
    file.chmod(0o444)

    with pytest.raises(LedgerKeyError, match="everybody can read"):
        place.find()
