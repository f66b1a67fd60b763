"""cli/control.py: pause, resume, cancel."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.testing import SmtpServer


def _run(*words, typed=""):
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


def _waiting_campaign(tmp_path):
    """A campaign of which one person waits."""
    folder = make_folder(tmp_path)
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        _run("send", folder, "--yes", "--via", server.url)
    return folder


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(tmp_path):
    """The order is in the ledger and holds for the next run, too."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    with (folder / "people.csv").open("a") as file:
        file.write("late@example.com,Late\n")
    assert "is paused" in _run("pause", folder, "--reason", "wrong day").stdout
    paused = _run("send", folder, "--yes")
    assert paused.exit_code == 3
    assert "paused" in paused.stdout
    assert len(list((folder / "outbox").iterdir())) == 3
    assert "may go on" in _run("resume", folder).stdout
    assert _run("send", folder, "--yes").exit_code == 0
    assert len(list((folder / "outbox").iterdir())) == 4


def test_a_cancelled_campaign_stays_so(tmp_path):
    """Who waits gets nothing, and the run says it."""
    folder = _waiting_campaign(tmp_path)
    assert "is cancelled" in _run("cancel", folder, "--yes").stdout
    again = _run("send", folder, "--yes")
    assert again.exit_code == 1
    assert "1  cancelled" in again.stdout
    assert not (folder / "outbox").exists()


@pytest.mark.parametrize("order", ["resume", "pause"])
def test_a_cancelled_campaign_takes_no_other_order(tmp_path, order):
    """Who is added to its list later gets nothing either."""
    folder = _waiting_campaign(tmp_path)
    _run("cancel", folder, "--yes", "--reason", "moved")
    refused = _run(order, folder)
    assert refused.exit_code == 2
    assert "fair was cancelled, and that is for good" in refused.stderr
    assert "nobody else gets it: moved" in _run("status", folder).stdout
    assert "is cancelled" in _run("cancel", folder, "--yes").stdout


def test_a_paused_campaign_says_what_must_come_first(tmp_path):
    """Sending again alone would do nothing; and others read the reason."""
    folder = _waiting_campaign(tmp_path)
    _run("pause", folder, "--reason", "wrong day, says ada@example.org")
    resume = f"safesend resume {folder.parent / 'fair.safesend.db'}"
    status = _run("status", folder).stdout
    assert "  This campaign is paused: wrong day, says a…@example.org\n" in status
    assert f"To go on: {resume}, then send again." in status
    assert "run 'safesend send' again" not in status
    sent = _run("send", folder, "--yes").stdout
    assert f"  {resume}\n  safesend send {folder}\n" in sent


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_cancelling_asks_first(tmp_path, typed):
    """The default is no."""
    folder = _waiting_campaign(tmp_path)
    result = _run("cancel", folder, typed=typed)
    assert (result.exit_code, "Nothing was changed" in result.stderr) == (0, True)
    assert "1  waiting" in _run("status", folder).stdout
    assert "is cancelled" in _run("cancel", folder, typed="y\n").stdout


def test_one_of_several_campaigns_must_be_named(tmp_path):
    """No campaign is taken for another."""
    folder = make_folder(tmp_path)
    ledger = tmp_path / "both.db"
    _run("send", folder, "--yes", "--ledger", ledger)
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text().replace('"fair"', '"second"'))
    _run("send", folder, "--yes", "--ledger", ledger)
    result = _run("pause", ledger)
    assert result.exit_code == 2
    assert "fair, second" in result.stderr
    assert _run("pause", ledger, "--campaign", "third").exit_code == 2
    paused = _run("pause", ledger, "--campaign", "second").stdout
    assert "second is paused" in paused
    assert f"safesend resume {ledger} --campaign second, then" in paused
