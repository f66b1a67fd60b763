"""cli/passwords.py: where a password comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from safesend.cli.folder import CampaignFolder
from safesend.cli.passwords import PasswordPlace, find_password
from safesend.cli.settings import Settings, Smtp
from safesend.errors import ConfigurationError

URL = "smtp://me%40work@mail.example.org:587"


def _folder(path: Path, **smtp: str) -> CampaignFolder:
    settings = Settings(
        file=path / "campaign.toml",
        name="x",
        sender="a@example.org",
        list="p.csv",
        smtp=Smtp(**smtp),
    )
    return CampaignFolder(path, settings)


def _find(folder: CampaignFolder, url: str = URL, **place) -> str:
    secret = find_password(url, folder, PasswordPlace(**place))
    assert secret is not None
    assert "hunter" not in repr(secret)
    return secret.reveal()


def _file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_file_gives_its_first_line(tmp_path, capsys):
    """The line end is no part of the password; spaces are."""
    file = _file(tmp_path / "pw", "hunter 2 \nrest\n")
    assert _find(_folder(tmp_path), file=file) == "hunter 2 "
    assert capsys.readouterr().err == ""


def test_a_file_that_others_can_read_is_told(tmp_path, capsys):
    """It works, as container platforms mount secrets so, and it is said."""
    file = _file(tmp_path / "pw", "hunter2", 0o644)
    assert _find(_folder(tmp_path), file=file) == "hunter2"
    assert f"chmod 600 {file}" in capsys.readouterr().err


def test_a_variable_gives_its_value(tmp_path, monkeypatch):
    """The variable is named, not the password."""
    monkeypatch.setenv("MAIL_PW", "hunter2")
    assert _find(_folder(tmp_path), variable="MAIL_PW") == "hunter2"


def test_campaign_toml_names_the_place(tmp_path, monkeypatch):
    """A path counts from the folder; an option goes before the file."""
    _file(tmp_path / "pw", "hunter2")
    monkeypatch.setenv("A", "hunterA")
    monkeypatch.setenv("B", "hunterB")
    assert _find(_folder(tmp_path, password_file="pw")) == "hunter2"
    assert _find(_folder(tmp_path, password_env="A")) == "hunterA"
    assert _find(_folder(tmp_path, password_env="A"), variable="B") == "hunterB"
    assert _find(_folder(tmp_path, password_file="pw"), variable="B") == "hunterB"


def test_without_a_user_there_is_no_password(tmp_path):
    """A carrier without a login is not asked about."""
    folder = _folder(tmp_path, password_env="UNSET")
    assert find_password("maildir:x", folder, PasswordPlace()) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "maildir:x", "variable": "A"}, "needs a user name"),
        ({"file": Path("a"), "variable": "A"}, "not both"),
        ({"file": Path("a"), "keyring": "A"}, "not both"),
        ({"url": "maildir:x", "keyring": "A"}, "needs a user name"),
        ({"url": "smtp://me:hunter2@mail.example.org"}, "a password in a URL is seen"),
        ({"url": "smtp://me:@mail.example.org"}, "a password in a URL is seen"),
        ({"file": Path("missing")}, "there is no password file missing"),
        ({"variable": "UNSET_VARIABLE"}, "variable UNSET_VARIABLE should hold"),
        ({}, "the password of me@work at mail.example.org is needed and nobody"),
    ],
)
def test_without_a_way_it_is_refused(tmp_path, settings, message):
    """The message says what is missing and what to use."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        _find(_folder(tmp_path), **settings)
    assert "hunter" not in str(caught.value)


def test_an_empty_or_binary_file_is_refused(tmp_path):
    """An empty password would be sent as one."""
    empty = _file(tmp_path / "empty", "")
    with pytest.raises(ConfigurationError, match="first line of"):
        _find(_folder(tmp_path), file=empty)
    empty.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="is not text"):
        _find(_folder(tmp_path), file=empty)
