"""cli/aim.py: whom a command is about; corrections, seeds and staging by hand."""

from __future__ import annotations

import json
from collections import Counter
from email import message_from_bytes

import click
import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from cli.terminal import at_terminal
from safesend.cli.aim import Aim
from safesend.cli.app import app
from safesend.testing import SmtpServer


def _run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def _renamed(folder, name, more=""):
    """The same folder under another name."""
    new = folder.parent / name
    new.mkdir()
    for file in folder.iterdir():
        if file.is_file():
            (new / file.name).write_bytes(file.read_bytes())
    settings = new / "campaign.toml"
    text = settings.read_text().replace('name = "fair"', f'name = "{name}"')
    settings.write_text(text + more)
    return new


def _got(folder):
    files = (folder / "outbox").glob("*.eml")
    return Counter(message_from_bytes(file.read_bytes())["To"] for file in files)


def test_options_that_need_another_say_so():
    """And a command that goes on repeats what it must."""
    for wrong in ({"as_recipient": "row:2"}, {"of_campaign": "x"}):
        with pytest.raises(click.UsageError):
            Aim(**wrong)
    aim = Aim(correction_of="a.db", of_campaign="x y", include_in_doubt=True)
    assert aim.words() == [
        *("--correction-of", "a.db", "--of-campaign", "x y", "--include-in-doubt")
    ]
    assert Aim(tests=("me@example.org",), as_recipient="row:2").words() == []


def test_a_correction_reaches_who_was_accepted(tmp_path):
    """Told before it is asked, who cannot be reached as well."""
    folder = make_folder(tmp_path, 4)
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.7.1 no", to="person1@example.com")
        assert _run("send", folder, "--yes", "--via", server.url).exit_code == 1
    oops = _renamed(folder, "oops")
    lines = (oops / "people.csv").read_text().splitlines()
    lines[-1] = "new@example.com,New"
    (oops / "people.csv").write_text("\n".join(lines) + "\n")
    checked = _run("check", oops, "--correction-of", folder, "--sample", "0")
    assert "2 people, each with a message of their own" in checked.stdout
    assert f"safesend send {oops} --correction-of {folder}" in checked.stdout
    words = ("send", oops, "--correction-of", tmp_path / "fair.safesend.db")
    ended = at_terminal(*words, prompt="[y/N]", typed="y\n")
    said = " ".join(ended.text.split())
    assert "A correction of fair: only those who have that one get it." in said
    assert "'fair' went to 1 person who is not in this list" in said
    assert said.index("'fair' went to") < said.index("2 people will each get their own")
    assert ended.code == 0
    assert _got(oops) == {"person0@example.com": 1, "person2@example.com": 1}
    again = _run(*words, "--yes")
    assert "nothing was sent now" in again.stdout
    plain = _run("send", oops, "--yes")
    assert plain.exit_code == 2
    assert "as a correction of fair" in plain.stderr
    assert sum(_got(oops).values()) == 2
    status = json.loads(_run("status", oops, "--json").stdout)["campaigns"][0]
    assert (status["kind"], status["about"]) == ("correction", "of fair")
    assert "It was a correction of fair" in " ".join(
        _run("report", oops).stdout.split()
    )


def test_campaign_toml_may_say_what_it_corrects(tmp_path):
    """Relative to the folder; what is wrong is told with its line."""
    folder = make_folder(tmp_path, 2)
    _run("send", folder, "--yes")
    oops = _renamed(folder, "oops", 'correction_of = "../fair.safesend.db"\n')
    found = json.loads(_run("send", oops, "--yes", "--json").stdout)
    assert (found["kind"], found["accepted"], found["notes"]) == ("correction", 2, [])
    wrong = _renamed(folder, "wrong", 'correction_of = "../none.db"\n')
    result = _run("check", wrong)
    assert result.exit_code == 2
    assert "campaign.toml:5: there is no ledger at" in result.stderr
    lonely = _renamed(folder, "lonely", 'of_campaign = "fair"\n')
    result = _run("check", lonely)
    assert "campaign.toml:5: 'of_campaign' goes with 'correction_of'" in result.stderr


def test_a_doubt_can_be_taken_in(tmp_path):
    """By an option, of one of several campaigns."""
    folder, ledger = make_folder(tmp_path, 2), tmp_path / "both.db"
    with SmtpServer() as server:
        server.drop_before_reply("dot", to="person1@example.com", times=1)
        _run("send", folder, "--yes", "--via", server.url, "--ledger", ledger)
    _run("send", _renamed(folder, "second"), "--yes", "--ledger", ledger)
    oops = _renamed(folder, "oops")
    words = ("send", oops, "--yes", "--correction-of", ledger)
    assert "--of-campaign" in _run(*words).stderr
    assert _run(*words, "--of-campaign", "fair").exit_code == 0
    assert _got(oops) == {"person0@example.com": 1}
    _run(*words, "--of-campaign", "fair", "--include-in-doubt")
    assert _got(oops) == {"person0@example.com": 1, "person1@example.com": 1}


def test_seeds_are_told_apart(tmp_path):
    """Before the question, in the account, and in the status."""
    more = 'via = "eml:outbox"\nseeds = "seeds.csv"\nseed_every = 2\n'
    folder = make_folder(tmp_path, 4, more=more)
    (folder / "seeds.csv").write_text("email,name\nseed@watch.example,Seed\n")
    assert "of them 3 seeds, each with" in _run("check", folder).stdout
    ended = at_terminal("send", folder, prompt="[y/N]", typed="y\n")
    assert "Seeds     3 of the messages" in ended.text
    assert "Accepted for 7 of 7 people, of them 3 seeds" in ended.text
    assert _got(folder)["seed@watch.example"] == 3
    assert "fair: 7 people, of them 3 seeds" in _run("status", folder).stdout
    account = json.loads(_run("status", folder, "--json").stdout)
    assert account["campaigns"][0]["seeds"] == 3


def test_seeds_that_cannot_be_used_are_told(tmp_path):
    """With the line of their own file, and never left out."""
    more = 'via = "eml:outbox"\nseeds = "seeds.csv"\nskip_invalid = true\n'
    folder = make_folder(tmp_path, 2, more=more)
    result = _run("check", folder)
    assert "campaign.toml:5: there is no file" in result.stderr
    (folder / "seeds.csv").write_text("email,name\nnobody,Seed\n")
    assert "seeds.csv:2" in _run("check", folder).stderr
    (folder / "seeds.csv").write_text("email,name\nperson1@example.com,Seed\n")
    result = _run("send", folder, "--yes")
    assert result.exit_code == 1
    assert "people.csv:3" in result.stderr
    assert "is a seed as well" in result.stderr
    assert not (folder / "outbox").exists()


def test_staging_is_loud(tmp_path):
    """Before, during and afterwards; and the mailing itself is still to come."""
    more = 'via = "eml:outbox"\nredirect_all_to = "quality@example.org"\n'
    folder = make_folder(tmp_path, 3, more=more)
    loud = "REDIRECTED to q…@example.org: nobody on the list gets it."
    ended = at_terminal("send", folder, prompt="[y/N]", typed="y\n")
    assert "3 messages to q…@example.org. Send?" in ended.text
    assert ended.text.count(loud) == 2
    assert _got(folder) == {"quality@example.org": 3}
    again = _run("send", folder, "--yes")
    assert again.stderr.startswith(loud)
    assert "REDIRECTED, 3 people checked" in again.stderr
    assert again.stdout.startswith(loud)
    assert f"  {loud}" in _run("status", folder).stdout
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text().replace("redirect_all_to", "# to"))
    assert _run("send", folder, "--yes").exit_code == 0
    assert sum(_got(folder).values()) == 6
    assert _run("pause", folder).stdout.startswith("fair is paused")
    wrong = settings.read_text() + 'redirect_all_to = "nobody"\n'
    settings.write_text(wrong)
    assert "campaign.toml:6: 'redirect_all_to'" in _run("check", folder).stderr
