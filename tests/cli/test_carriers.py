"""cli/carriers.py: one carrier or several, each with its own login."""

from __future__ import annotations

import pytest

from safesend.cli.carriers import each_alone, open_carrier
from safesend.cli.folder import CampaignFolder
from safesend.cli.passwords import PasswordPlace
from safesend.cli.settings import read_settings
from safesend.errors import ConfigurationError
from safesend.transports import Failover, SmtpTransport

_BASE = 'name = "x"\nsender = "a@example.org"\nlist = "p.csv"\n'


def _folder(path, text):
    file = path / "campaign.toml"
    file.write_text(_BASE + text)
    return CampaignFolder(path, read_settings(file))


def _open(folder, *vias, variable=None):
    return open_carrier(folder, vias, PasswordPlace(variable=variable))


def test_one_is_one(tmp_path):
    """Of campaign.toml, or of the command line."""
    folder = _folder(tmp_path, 'via = "smtp://a"\n')
    assert _open(folder) == SmtpTransport("a")
    assert _open(folder, "smtps://b").name == "smtps://b:465"
    assert each_alone(folder) == [folder]


def test_a_list_and_two_options_are_failover(tmp_path):
    """In their order."""
    folder = _folder(tmp_path, 'via = ["smtp://a", "smtp://b"]\n')
    assert _open(folder).name == "failover(smtp://a:587, smtp://b:587)"
    assert _open(folder, "smtp://c", "smtp://d").name.startswith("failover(smtp://c")
    assert [one.settings.via for one in each_alone(folder)] == ["smtp://a", "smtp://b"]


def test_a_table_has_weights(tmp_path):
    """By URL."""
    folder = _folder(tmp_path, '[via]\n"smtp://a" = 3\n"smtp://b" = 1.5\n')
    assert _open(folder).weights == (3, 1.5)


def test_each_has_its_own_login(tmp_path, monkeypatch):
    """No server is told the password of another."""
    monkeypatch.setenv("ONE", "hunter1")
    (tmp_path / "two").write_text("hunter2\n")
    (tmp_path / "two").chmod(0o600)
    folder = _folder(
        tmp_path,
        '[[carrier]]\nurl = "smtps://a"\nusername = "me"\npassword_env = "ONE"\n'
        '[[carrier]]\nurl = "smtps://you@b"\npassword_file = "two"\n',
    )
    carrier = _open(folder)
    assert isinstance(carrier, Failover)
    logins = [(one.username, one.password.reveal()) for one in carrier.members]
    assert logins == [("me", "hunter1"), ("you", "hunter2")]
    assert "hunter" not in repr(carrier)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('via = ["smtp://a"]\n', "two at least"),
        ("via = []\n", "two at least"),
        ("[via]\n", "two at least"),
        ('via = ["smtp://a", 3]\n', "list of texts"),
        ('[via]\n"smtp://a" = 0\n"smtp://b" = 1\n', "above 0"),
        ('via = ["smtp://a", "smtp://b"]\n[smtp]\nusername = "me"\n', "own login"),
        ('via = "smtp://a"\n[[carrier]]\nurl = "smtp://b"\n', "not both"),
        ('[[carrier]]\nurl = "smtp://a"\n[[carrier]]\nusername = "x"\n', "needs 'url'"),
        (
            '[[carrier]]\nurl = "smtp://a"\nweight = 1\n[[carrier]]\nurl = "smtp://b"\n',
            "all carriers a weight",
        ),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(tmp_path, text, words):
    """Before anything else."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        _folder(tmp_path, text)
    assert "campaign.toml:" in str(caught.value)


def test_one_password_is_not_for_several(tmp_path):
    """Whose would it be?"""
    folder = _folder(tmp_path, 'via = ["smtp://a", "smtp://b"]\n')
    with pytest.raises(ConfigurationError, match="not for several"):
        _open(folder, variable="SECRET")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ses://me@eu-west-1", "takes no password"),
        ("lmtp://me@a.example.org", "LMTP has no login"),
        ("mx://me@a.example.org?helo=b.example.org", "direct delivery logs in nowhere"),
        ("smtp://me@a.example.org/x", "no path"),
    ],
)
def test_a_wrong_carrier_is_told_before_a_password_is_wanted(tmp_path, url, words):
    """Nobody types a password for what takes none."""
    with pytest.raises(ConfigurationError, match=words):
        _open(_folder(tmp_path, f'via = "{url}"\n'))


def test_a_signature_that_would_break_is_warned_of(tmp_path, capsys):
    """Amazon SES writes over headers that it covers."""
    table = '[[dkim]]\ndomain = "example.org"\nselector = "s"\nkey_env = "KEY"\n'
    _open(_folder(tmp_path, f'via = "ses://eu-west-1"\n{table}'))
    assert "take [[dkim]] out" in capsys.readouterr().err
    _open(_folder(tmp_path, f'via = "smtp://a"\n{table}'))
    assert capsys.readouterr().err == ""
