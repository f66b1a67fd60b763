"""cli/status.py: how far a campaign is."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer


def _run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def test_a_finished_campaign_is_told_in_words(tmp_path):
    """The name, the people and where they stand."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    result = _run("status", folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Ledger {tmp_path.resolve() / 'fair.safesend.db'}",
        "",
        "fair: 3 people",
        "          3  accepted by the mail server",
    ]


def test_what_waits_and_what_was_refused_have_their_replies(tmp_path):
    """Masked replies with their number, and the date of the next try."""
    folder = make_folder(tmp_path, 4, more="lanes = 1\n")
    with SmtpServer() as server:
        for number, reply in enumerate(
            ("450 4.2.1 {} is busy", "550 5.1.1 {} is unknown")
        ):
            person = f"person{number}@example.com"
            server.reply(
                "rcpt", reply.format(person), when=lambda m, p=person: p in m.argument
            )
        sent = _run("send", folder, "--yes", "--via", server.url)
    assert sent.exit_code == 3
    result = _run("status", folder)
    assert "1  waiting" in result.stdout
    assert "1  refused by the mail server" in result.stdout
    assert "2  accepted" in result.stdout
    assert "unknown" in result.stdout
    assert "1 person put off by the server." in result.stdout
    assert "The next is due at" in result.stdout
    assert "person" not in result.stdout.replace("1 person put", "").replace(
        "4 people", ""
    )
    found = json.loads(_run("status", folder, "--json").stdout)["campaigns"][0]
    assert found["counts"] == {"accepted": 2, "waiting": 1, "refused": 1}
    assert found["deferred"] == 1
    assert found["next_due"] > 1_700_000_000
    assert "is unknown" in found["reasons"]["refused"][0]["reply"]


def test_who_was_never_tried_has_no_reply(tmp_path):
    """Nothing is made up where no server said anything."""
    folder = make_folder(tmp_path)
    with SmtpServer() as server:
        nowhere = server.url
    _run("send", folder, "--yes", "--via", nowhere, "--deadline", "0.5")
    lines = _run("status", folder).stdout.splitlines()
    assert lines[3] == "          3  waiting"
    assert lines[4].startswith("  The next is due now: run ")


def test_an_empty_ledger_says_so(tmp_path):
    """A ledger without campaigns is no error."""
    open_ledger(tmp_path / "x.db").close()
    assert "It holds no campaign." in _run("status", tmp_path / "x.db").stdout


def test_a_missing_ledger_is_an_error(tmp_path):
    """Exit code 2, and nothing is made."""
    assert _run("status", tmp_path / "x.db").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_person_ordered_is_told(tmp_path):
    """Paused and cancelled are said before the numbers."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    _run("pause", folder)
    assert "This campaign is paused" in _run("status", folder).stdout
    _run("cancel", folder, "--yes")
    assert "This campaign is cancelled" in _run("status", folder).stdout
