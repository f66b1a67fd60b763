"""cli/init.py: the example that everybody begins with."""

from __future__ import annotations

import re
import stat

import pytest
from click.testing import CliRunner

from safesend.cli.app import app
from safesend.cli.folder import open_folder
from safesend.cli.init import write_folder
from safesend.errors import ConfigurationError


def test_a_new_folder_holds_a_whole_example(tmp_path):
    """Settings, letter, list and a file to attach; only its owner may read it."""
    folder = tmp_path / "new" / "fair"
    result = CliRunner().invoke(app, ["init", str(folder)])
    assert result.exit_code == 0
    assert f"safesend check {folder}" in result.stdout
    assert f"safesend preview {folder}" in result.stdout
    assert f"safesend preflight {folder}" in result.stdout
    assert f"safesend send {folder}" in result.stdout
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))
    assert names == [
        "attachments",
        "attachments/programme.txt",
        "body.html",
        "body.txt",
        "campaign.toml",
        "people.csv",
        "subject.txt",
    ]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("folder", "name"),
    [("spring", "spring"), ("Größe 2", "Größe-2"), (".x", "x"), ("'\"", "summer-fair")],
)
def test_the_campaign_is_called_as_its_folder(tmp_path, folder, name):
    """Two examples side by side share no ledger, so each is sent to everybody."""
    CliRunner().invoke(app, ["init", str(tmp_path / folder)])
    opened = open_folder(tmp_path / folder)
    assert opened.settings.name == name
    assert opened.ledger == tmp_path / f"{name}.safesend.db"


def test_the_example_is_in_order(tmp_path):
    """It passes its own check, with every message shown."""
    CliRunner().invoke(app, ["init", str(tmp_path)])
    rehearsal = open_folder(tmp_path).campaign().rehearse()
    assert rehearsal.ok
    assert rehearsal.recipients == 5


def test_every_commented_key_of_the_example_is_known(tmp_path):
    """Taking a comment sign away gives no error."""
    write_folder(tmp_path, "starter")
    file = tmp_path / "campaign.toml"
    lines = file.read_text().splitlines()
    seen = set()
    for number, line in enumerate(lines):
        key, equals, _ = line.removeprefix("# ").partition(" = ")
        if line.startswith("# ") and equals and key.isidentifier() and key not in seen:
            lines[number] = line.removeprefix("# ")
            seen.add(key)
        elif re.fullmatch(r"# \[{1,2}\w+\]{1,2}", line):
            lines[number] = line.removeprefix("# ")
    # Two ways to name a password, and a second carrier, are alternatives.
    kept = [
        line for line in lines if not line.startswith(("password_file", 'via = "s'))
    ]
    file.write_text("\n".join(kept))
    settings = open_folder(tmp_path).settings
    assert seen >= {"reply_to", "key", "rate", "unsubscribe", "username"}
    assert settings.smtp.username == "fair@example.org"
    assert settings.rate == "50/s"
    assert settings.verify == (("email", "account_email"),)
    assert [table.check for table in settings.allow] == ["L23"]
    (tmp_path / "replies.toml").touch()
    pacing = open_folder(tmp_path).pacing()
    assert pacing.throttle is not None
    assert "google" in pacing.throttle.per_provider
    assert pacing.retry is not None


@pytest.mark.parametrize("name", ["x.txt", ".hidden"])
def test_a_folder_with_anything_in_it_is_refused(tmp_path, name):
    """Nothing is ever overwritten."""
    (tmp_path / name).write_text("mine")
    result = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert result.exit_code == 2
    assert "is not empty" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with pytest.raises(ConfigurationError):
        write_folder(tmp_path, "starter")


def test_a_file_is_no_folder(tmp_path):
    """A path that is a file is refused by the command line itself."""
    file = tmp_path / "x"
    file.write_text("mine")
    assert CliRunner().invoke(app, ["init", str(file)]).exit_code == 2
    assert file.read_text() == "mine"
