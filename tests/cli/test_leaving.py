"""cli/leaving.py: `unsubscribe` in campaign.toml, as a text or as a table."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from cli.terminal import at_terminal
from safesend import SuppressionList
from safesend.cli.app import app
from safesend.cli.folder import open_folder
from safesend.errors import ConfigurationError

NAMED = 'via = "eml:outbox"\nsuppression = "../never.db"\n'
SEALED = re.compile(r"https://x\.example/leave/(v1\.[0-9a-f]+\.[0-9a-f]{8})\b")


@pytest.fixture
def never(tmp_path):
    """The list of those who left."""
    with SuppressionList(tmp_path / "never.db") as opened:
        yield opened


def _campaign(tmp_path, more):
    return open_folder(make_folder(tmp_path, more=more)).campaign()


def _refused(tmp_path, more, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        _campaign(tmp_path, more)
    return str(caught.value)


def test_a_link_without_a_token_is_sealed_by_the_list(tmp_path, never):
    """
    That campaign.toml names; who follows it is on that list, and gets nothing more.
    """
    folder = make_folder(
        tmp_path,
        more=f'{NAMED}unsubscribe = "https://x.example/leave"\n',
        text="Dear {{ name }},\n\n{{ unsubscribe_url }}\n",
    )
    result = CliRunner().invoke(app, ["send", str(folder), "--yes"])
    assert result.exit_code == 0
    letters = [one.read_text() for one in (folder / "outbox").glob("*.eml")]
    assert len(letters) == 3
    [mine] = [one for one in letters if "To: person1@" in one]
    header = next(one for one in mine.splitlines() if one.startswith("List-Unsub"))
    assert never.unsubscribe(SEALED.search(header)[1]) is True
    assert never.has("person1@example.com")
    again = (folder / "campaign.toml").read_text().replace('"fair"', '"winter fair"')
    (folder / "campaign.toml").write_text(again)
    report = CliRunner().invoke(app, ["send", str(folder), "--yes"]).stdout
    assert "Accepted for 2 of 3 people" in report


def test_a_link_with_a_token_is_what_it_was(tmp_path, never):
    """
    The row's own, which an application of one's own looks up; with a list or without.
    """
    link = 'unsubscribe = "https://x.example/u?t={token}"\n'
    assert _campaign(tmp_path, NAMED + link).unsubscribe == (
        "https://x.example/u?t={token}"
    )
    settings = tmp_path / "fair" / "campaign.toml"
    settings.write_text(settings.read_text().replace("suppression", "# suppression"))
    assert open_folder(tmp_path / "fair").campaign().unsubscribe.endswith("{token}")


@pytest.mark.parametrize(
    ("table", "template"),
    [
        (
            'unsubscribe = {url = "https://x.example/u?t={token}", sealed = true}\n',
            "https://x.example/u?t={token}",
        ),
        (
            '[unsubscribe]\nurl = "https://x.example/u?t={token}"\nsealed = true\n',
            "https://x.example/u?t={token}",
        ),
        ('[unsubscribe]\nurl = "https://x.example/u"\n', "https://x.example/u/{token}"),
    ],
)
def test_a_table_says_who_makes_the_token(tmp_path, never, table, template):
    """
    With a token in its place, or at the end.
    """
    link = _campaign(tmp_path, NAMED + table).unsubscribe
    assert link.template == template
    assert link.key.id == never.unsubscribe_key().id


def test_a_table_may_leave_the_token_to_an_application(tmp_path):
    """
    As the text does.
    """
    table = '[unsubscribe]\nurl = "https://x.example/u/{token}"\n'
    link = "https://x.example/u/{token}"
    assert _campaign(tmp_path, table).unsubscribe == link


def test_a_sealed_link_needs_a_list(tmp_path):
    """
    The error says so, and what else could be meant.
    """
    link = 'unsubscribe = "https://x.example/leave"\n'
    told = _refused(tmp_path, link, r"toml:4: 'unsubscribe': .*so name one")
    assert 'suppression = "../suppressed.db"' in told
    assert "{token}" in told


def test_the_list_must_be_there(tmp_path):
    """
    It is not made here: a slip in its name would give everybody a useless link.
    """
    link = f'{NAMED}unsubscribe = "https://x.example/leave"\n'
    _refused(tmp_path, link, r"toml:6: 'unsubscribe': there is no suppression list")
    assert not (tmp_path / "never.db").exists()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("unsubscribe = 5\n", r"toml:6: 'unsubscribe' must be a text in quotes, or a"),
        ("[unsubscribe]\nsealed = true\n", r"toml:6: \[unsubscribe\] needs 'url'"),
        ("[unsubscribe]\nurl = 5\n", r"toml:7: 'unsubscribe.url' must be a text"),
        ('[unsubscribe]\nlink = "x"\n', r"toml:7: unknown key 'link'"),
        ('unsubscribe = "http://x.example/u"\n', r"toml:6: 'unsubscribe': .*https://"),
        ('unsubscribe = "https://x.example/?a=b"\n', "say where in it the token goes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, never, link, words):
    """
    Whichever way it is written.
    """
    _refused(tmp_path, NAMED + link, words)


def test_a_link_that_is_not_sealed_has_a_token(tmp_path, never):
    """
    Whoever says that it is not sealed meant another one.
    """
    table = '[unsubscribe]\nurl = "https://x.example/u"\nsealed = false\n'
    campaign = _campaign(tmp_path, NAMED + table)
    with pytest.raises(ConfigurationError, match=r"\{token\} exactly once"):
        campaign.rehearse()


def test_another_list_than_that_of_the_links_is_refused(tmp_path, never):
    """
    Who left would go on getting mail; nothing is sent.
    """
    folder = make_folder(
        tmp_path, more=f'{NAMED}unsubscribe = "https://x.example/leave"\n'
    )
    other = tmp_path / "other.db"
    SuppressionList(other).close()
    words = ["send", str(folder), "--suppression", str(other)]
    result = CliRunner().invoke(app, [*words, "--yes"])
    assert result.exit_code != 0
    assert "has another key" in result.output
    assert not list((folder / "outbox").glob("*"))
    ended = at_terminal(*words, prompt="another key", typed="")
    assert "Send?" not in ended.text


def test_a_redirected_mailing_may_ask_any_list(tmp_path, never):
    """
    Its links take nobody off; nor do those of a test.
    """
    folder = make_folder(
        tmp_path,
        more=f'{NAMED}unsubscribe = "https://x.example/leave"\n'
        'redirect_all_to = "qa@staging.example"\n',
    )
    other = tmp_path / "other.db"
    SuppressionList(other).close()
    words = ["send", str(folder)]
    for more in (["--yes", "--suppression", str(other)], ["--test", "me@example.org"]):
        result = CliRunner().invoke(app, [*words, *more])
        assert result.exit_code == 0, result.output
    letters = [one.read_text() for one in (folder / "outbox").glob("*.eml")]
    assert len(letters) == 4
    for letter in letters:
        assert never.unsubscribe(SEALED.search(letter)[1]) is False
