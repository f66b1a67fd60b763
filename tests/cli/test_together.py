"""cli/together.py: what other processes are handed."""

from __future__ import annotations

from pathlib import Path

from cli.campaigns import make_folder
from message.judges import pem
from safesend import SuppressionList
from safesend.cli.carriers import open_all
from safesend.cli.folder import open_folder
from safesend.cli.passwords import PasswordPlace
from safesend.cli.together import processes_of


def test_passwords_keys_and_places_go_over(tmp_path, monkeypatch):
    """From wherever they are kept; paths count from everywhere."""
    monkeypatch.setenv("MAIL_PW", "hunter2")
    path = make_folder(tmp_path)
    (path / "key.pem").write_bytes(pem())
    (path / "key.pem").chmod(0o600)
    table = '[[dkim]]\ndomain = "example.org"\nselector = "s"\nkey_file = "key.pem"\n'
    (path / "campaign.toml").write_text((path / "campaign.toml").read_text() + table)
    with SuppressionList(tmp_path / "out.db"):
        pass
    folder, url = open_folder(path), "smtp://me@mail.example.org"
    opened = open_all(folder, [url], PasswordPlace(variable="MAIL_PW"))
    told = processes_of(folder, opened, "x.db", 2, tmp_path / "out.db")
    assert (told.wanted, Path(told.place)) == (2, Path("x.db").absolute())
    assert [way.url for way in told.ways] == [url]
    assert told.secrets.passwords[url].reveal() == "hunter2"
    [key] = told.secrets.dkim
    assert key.read().kind == "rsa"
    assert told.secrets.suppression == tmp_path / "out.db"
    far = processes_of(folder, opened, "postgresql://db/mail", None, None)
    assert far.place == "postgresql://db/mail"
