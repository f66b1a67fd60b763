"""cli/trial.py: `safesend send --test`."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.testing import SmtpServer


def _send(*words):
    return CliRunner().invoke(app, ["send", *map(str, words)])


def test_it_says_what_it_does_and_asks_nothing(tmp_path):
    """Then what became of it; the mailing is still to come."""
    folder = make_folder(tmp_path)
    for _ in range(2):
        result = _send(folder, "--test", "me@example.org", "--as", "row:3")
        assert result.exit_code == 0
        assert result.stderr == (
            "1 test message, as row 3 (p…@example.com), to me@example.org; nobody on"
            " the list gets anything.\n"
        )
        first, second, last = result.stdout.splitlines()
        assert first == "m…@example.org: accepted by the mail server"
        assert second.startswith("  Message-ID: <")
        assert last == f"Ledger: {tmp_path.resolve() / 'fair.safesend.db'}"
    contents = [file.read_text() for file in (folder / "outbox").glob("*.eml")]
    assert len(contents) == 2
    assert all("To: me@example.org" in content for content in contents)
    assert all("person" not in content for content in contents)
    assert "Accepted for 3 of 3 people: 3 now" in _send(folder, "--yes").stdout


def test_json_and_exit_codes(tmp_path):
    """0 when all were accepted, 3 when one waits, 1 for the rest."""
    folder = make_folder(tmp_path)
    me, you = ("--test", "me@example.org"), ("--test", "you@example.org")
    with SmtpServer() as server:
        words = (folder, "--via", server.url, "--json", *me, *you)
        assert json.loads(_send(*words).stdout)["exit_code"] == 0
        server.reply("rcpt", "550 5.7.1 no", to="you@example.org")
        result = _send(*words)
        found = json.loads(result.stdout)
        assert (result.exit_code, found["exit_code"]) == (1, 1)
        assert [one["state"] for one in found["tests"]] == ["accepted", "refused"]
        assert result.stderr == ""
        server.reply("rcpt", "450 4.2.0 later", to="me@example.org")
        result = _send(folder, "--via", server.url, *me)
    assert result.exit_code == 3
    assert "m…@example.org: waiting: 450 4.2.0 later" in result.stdout


def test_several_addresses_and_a_list_without_lines(tmp_path):
    """Said in the plural; by default it is the first row."""
    folder = make_folder(tmp_path)
    result = _send(folder, "--test", "a@example.org", "--test", "b@example.org")
    assert result.stderr.startswith("2 test messages, as row 2 (p…@example.com), to a@")


def test_what_is_wrong_is_told(tmp_path):
    """A row that is not there, an address that is none, a letter that is not safe."""
    folder = make_folder(tmp_path)
    assert _send(folder, "--as", "row:3", "--yes").exit_code == 2
    result = _send(folder, "--test", "me@example.org", "--as", "row:99")
    assert result.exit_code == 2
    assert "nobody in the list" in result.stderr
    assert _send(folder, "--test", "nobody").exit_code == 2
    assert _send(folder, "--test", "me@example.org", "--as", "17").exit_code == 2
    (folder / "body.txt").write_text("Dear {{ name }}, write to person2@example.com")
    result = _send(folder, "--test", "me@example.org")
    assert result.exit_code == 1
    assert "this would expose somebody" in result.stderr
