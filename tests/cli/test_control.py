"""cli/control.py: pause, resume, cancel."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.ledger.runs import this_user
from safesend.testing import SmtpServer


def _run(*words, typed=""):
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


def _two_providers(tmp_path):
    """A folder with three people at example.com, and two with Google."""
    folder = make_folder(tmp_path)
    with (folder / "people.csv").open("a") as file:
        file.write("ada@gmail.com,Ada\nbob@googlemail.com,Bob\n")
    return folder


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
    again = _run("cancel", folder, "--yes")
    assert (again.exit_code, "was cancelled before." in again.stdout) == (0, True)


def test_a_paused_campaign_says_what_must_come_first(tmp_path):
    """Sending again alone would do nothing; and others read the reason."""
    folder = _waiting_campaign(tmp_path)
    _run("pause", folder, "--reason", "wrong day, says ada@example.org")
    resume = f"safesend resume {folder.parent / 'fair.safesend.db'}"
    status = _run("status", folder).stdout
    who = f"  This campaign is paused by {this_user()} since "
    assert who in status
    assert ": wrong day, says a…@example.org\n" in status
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


def test_the_only_campaign_that_is_not_over_needs_no_name(tmp_path):
    """To be held and let go; to be cancelled for good it does."""
    folder = make_folder(tmp_path)
    ledger = tmp_path / "both.db"
    settings = folder / "campaign.toml"
    _run("send", folder, "--yes", "--ledger", ledger)
    settings.write_text(settings.read_text().replace('"fair"', '"second"'))
    _run("enrol", folder, "--yes", "--ledger", ledger)
    paused = _run("pause", ledger)
    assert paused.stdout.startswith("second is paused. To go on:")
    assert f"safesend resume {ledger} --campaign second, then" in paused.stdout
    assert json.loads(_run("resume", ledger, "--json").stdout)["campaign"] == "second"
    cancelled = _run("cancel", ledger, "--yes")
    assert cancelled.exit_code == 2
    assert "say which campaign with --campaign NAME" in cancelled.stderr
    assert _run("cancel", ledger, "--yes", "--campaign", "second").exit_code == 0
    assert "say which campaign" in _run("pause", ledger).stderr


def test_what_cancelling_left_is_counted(tmp_path):
    """Who has it, who does not, and where their names are found."""
    folder = _waiting_campaign(tmp_path)
    lines = _run("cancel", folder, "--yes").stdout.splitlines()
    assert lines == [
        "fair is cancelled.",
        "No mail can be called back. As it stands now:",
        "          2  accepted by the mail server",
        "          1  cancelled",
        f"Who they are: safesend report {folder} --recipients LIST.csv",
    ]
    again = json.loads(_run("cancel", folder, "--yes", "--json").stdout)
    assert again["counts"] == {"accepted": 2, "cancelled": 1}
    assert (again["control"], again["provider"]) == ("cancel", "")


def test_where_nothing_had_left_that_is_said(tmp_path):
    """Nobody needs to be written to about it."""
    folder = make_folder(tmp_path)
    assert _run("send", folder, "--yes", "--deadline", "0.1", "--delay", "5m").exit_code
    cancelled = _run("cancel", folder, "--yes").stdout
    assert "Nothing had left: nobody has it.\n          3  cancelled\n" in cancelled
    assert "Who they are" not in cancelled


def test_one_provider_is_paused_while_the_others_flow(tmp_path):
    """Send, status and resume say who holds what, and how it goes on."""
    folder = _two_providers(tmp_path)
    ledger = tmp_path.resolve() / "fair.safesend.db"
    _run("send", folder, "--yes", "--deadline", "0.1", "--delay", "3s")
    paused = _run("pause", folder, "--provider", "google", "--reason", "bounces")
    again = f"safesend resume {folder} --provider google"
    assert paused.stdout == f"fair: mail for google is paused. To go on: {again}\n"
    sent = _run("send", folder, "--yes")
    assert (sent.exit_code, "Accepted for 3 of 5 people" in sent.stdout) == (3, True)
    assert "Paused for google by " in sent.stdout
    assert f": bounces; to go on: safesend resume {ledger} --prov" in sent.stdout
    assert f"\n  safesend resume {ledger} --provider google\n" in sent.stdout
    status = _run("status", folder).stdout
    assert "  Paused for google by " in status
    assert "to go on: safesend resume" in status
    assert "mail for google may go on" in _run("resume", *again.split()[2:]).stdout
    assert _run("send", folder, "--yes").exit_code == 0


def test_a_resumed_campaign_says_what_is_still_held(tmp_path):
    """So that nobody wonders."""
    folder = _two_providers(tmp_path)
    _run("send", folder, "--yes", "--deadline", "0.1", "--delay", "3s")
    _run("pause", folder)
    _run("pause", folder, "--provider", "google")
    resumed = _run("resume", folder).stdout
    assert "fair may go on" in resumed
    assert f"to go on: safesend resume {folder} --provider google" in resumed


def test_one_provider_is_cancelled(tmp_path):
    """For good: it takes no other order, and the others get theirs."""
    folder = _two_providers(tmp_path)
    _run("send", folder, "--yes", "--deadline", "0.1", "--delay", "3s")
    cancelled = _run("cancel", folder, "--provider", "google", "--yes", "--json")
    assert json.loads(cancelled.stdout)["counts"] == {"cancelled": 2}
    for word in ("pause", "resume"):
        refused = _run(word, folder, "--provider", "google")
        assert refused.exit_code == 2
        assert "mail of fair for google was cancelled" in refused.stderr
    sent = _run("send", folder, "--yes")
    assert (sent.exit_code, "Accepted for 3 of 5" in sent.stdout) == (1, True)
    assert "Cancelled for google by " in sent.stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("gmail.com", "google"), (" GOOGLE", "google"), ("example.com", "example.com")],
)
def test_a_provider_is_known_by_its_domains(tmp_path, typed, meant):
    """As people call it."""
    folder = _two_providers(tmp_path)
    _run("send", folder, "--yes")
    paused = _run("pause", folder, "--provider", typed, "--json")
    assert json.loads(paused.stdout)["provider"] == meant


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("gmail", "did you mean 'google'?"),
        ("gogle", "did you mean 'google'?"),
        ("exampel.com", "did you mean 'example.com'?"),
        ("zzz", "'safesend status' counts them"),
    ],
)
def test_a_mistyped_provider_changes_nothing(tmp_path, typed, hint):
    """It would hold nobody, and be thought to."""
    folder = _two_providers(tmp_path)
    _run("send", folder, "--yes")
    refused = _run("pause", folder, "--provider", typed)
    assert (refused.exit_code, hint in refused.stderr) == (2, True)
    status = json.loads(_run("status", folder, "--json").stdout)
    assert status["campaigns"][0]["held"] == []


def test_a_pause_that_holds_nobody_says_so(tmp_path):
    """Somebody in a fright must not believe that it stopped anything."""
    folder = _two_providers(tmp_path)
    _run("send", folder, "--yes")
    with (folder / "people.csv").open("a") as file:
        file.write("late@example.com,Late\n")
    told = " is waiting: nothing is held up. What left has left."
    assert f"Nobody{told}" in _run("pause", folder).stdout
    _run("send", folder, "--yes")
    assert told not in _run("pause", folder).stdout
    paused = _run("pause", folder, "--provider", "google").stdout
    assert f"Nobody at google{told}" in paused


def test_what_was_not_paused_is_not_resumed(tmp_path):
    """It is no mistake, and said."""
    folder = _waiting_campaign(tmp_path)
    assert _run("resume", folder).stdout == "fair was not paused.\n"
    one = _run("resume", folder, "--provider", "google")
    assert (one.exit_code, one.stdout) == (0, "fair: mail for google was not paused.\n")
    _run("pause", folder, "--provider", "google")
    one = _run("resume", folder, "--provider", "google")
    assert "mail for google may go on" in one.stdout
