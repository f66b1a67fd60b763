"""cli/question.py: what is told before anything is sent."""

from __future__ import annotations

from contextlib import closing

from cli.campaigns import make_folder
from cli.terminal import at_terminal
from safesend.ledger import open_ledger


def test_the_question_tells_where_from_and_through_what(tmp_path):
    """The last look before it; no is the answer of whoever only presses Return."""
    folder = make_folder(tmp_path, 3)
    ended = at_terminal("send", folder, prompt="[y/N]", typed="\n")
    for word in (
        "From      The fair",
        "Subject   Hello {{",
        "Through   eml:",
        "Ledger    ",
    ):
        assert word in ended.text
    assert "3 people will each get their own message" in " ".join(ended.text.split())
    assert not (folder / "outbox").exists()


def test_who_was_done_is_counted_in_the_mailing_that_is_meant(tmp_path):
    """A test and a trial in the same ledger are others."""
    folder = make_folder(tmp_path, 3)
    at_terminal("send", folder, "--test", "me@example.org", prompt="[y/N]", typed="")
    settings = folder / "campaign.toml"
    text = settings.read_text()
    settings.write_text(text + 'redirect_all_to = "qa@example.org"\n')
    at_terminal("send", folder, "--yes", prompt="[y/N]", typed="")
    again = at_terminal("send", folder, prompt="[y/N]", typed="n\n")
    assert "3 people were done in an earlier run" in " ".join(again.text.split())
    settings.write_text(text)
    ended = at_terminal("send", folder, prompt="[y/N]", typed="n\n")
    assert "earlier run" not in ended.text
    with closing(open_ledger(tmp_path / "fair.safesend.db")) as ledger:
        kinds = [record.kind for record in ledger.campaigns()]
    assert kinds == ["test", "redirected"]


def test_the_question_tells_when_it_begins(tmp_path):
    """A day that is past is perhaps the wrong year: it is said, and nothing waits."""
    folder = make_folder(tmp_path, 3)
    for word, told in (
        ("2999-01-01", "Begins    2999-01-01 00:00 (in "),
        ("2020-01-01", "Note: 2020-01-01 is past, so it begins at once."),
    ):
        ended = at_terminal("send", folder, "--at", word, prompt="[y/N]", typed="n\n")
        assert told in ended.text
    assert not (folder / "outbox").exists()
