"""cli/resolve.py: who is in doubt, and what a person says."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.testing import SmtpServer
from safesend.testing.ledger_rows import NOW, digest, live_campaign

_RELAY = "smtp://mail.example.org:587"


def _run(*words, typed=""):
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


def _listed(place, *more):
    return json.loads(_run("resolve", place, "--json", *more).stdout)["in_doubt"]


@pytest.fixture
def doubts(tmp_path):
    """A folder of which two of three people are in doubt, and its server."""
    folder = make_folder(tmp_path, more="lanes = 1\n")
    with SmtpServer() as server:
        server.drop_before_reply("dot", times=2)
        sent = _run("send", folder, "--yes", "--via", server.url)
        assert sent.exit_code == 1
        yield folder, server


@pytest.fixture
def ledger(tmp_path):
    """A ledger of which three rows are in doubt, by a crash."""
    path = tmp_path / "spring.db"
    with closing(open_ledger(str(path))) as book:
        campaign = live_campaign(book, 3)
        run = book.start_run(campaign, NOW, _RELAY)
        book.claim(campaign, run, 3, NOW)
        book.end_run(run, NOW)
    return path


def _counts(path):
    with closing(open_ledger(str(path))) as book:
        [record] = book.campaigns()
        return dict(book.counts(record.id))


def _steer(path, control):
    with closing(open_ledger(str(path))) as book:
        [record] = book.campaigns()
        book.set_control(record.id, control, actor="", reason="", now=NOW)


def test_the_whole_story(doubts):
    """Two answers are lost; one arrived, says the log, and one is sent once more."""
    folder, server = doubts
    listed = _run("resolve", folder)
    assert listed.exit_code == 0
    assert "fair: 2 people in doubt." in listed.stdout
    assert listed.stdout.count(f"through {server.url}") == 2
    assert "person" not in listed.stdout.replace("1 person", "")
    ids = re.findall(r"Message-ID ([0-9a-f]{32})@\.\.\.", listed.stdout)
    log = b"".join(message.content for message in server.messages)
    assert [f"<{left}@example.org>".encode() in log for left in ids] == [True] * 2
    one, other = re.findall(r"\n  ([0-9a-f]{7})  p…@example\.com", listed.stdout)

    decided = _run("resolve", folder, "--accepted", one)
    assert decided.exit_code == 0
    assert decided.stdout.splitlines() == [
        "fair: 1 person counted as accepted.",
        f"1 person still in doubt: safesend resolve {folder}",
    ]
    held = _run("send", folder, "--yes", "--via", server.url)
    assert (held.exit_code, len(server.messages)) == (1, 3)

    decided = _run("resolve", folder, "--resend", other[:4])
    assert decided.stdout == (
        "fair: 1 person to be sent it once more, with the same Message-ID: run"
        " 'safesend send' again.\n"
    )
    done = _run("send", folder, "--yes", "--via", server.url)
    assert done.exit_code == 0
    copies = [message.recipients[0] for message in server.messages]
    assert len(copies) == 4
    assert len({message.content for message in server.messages}) == 3
    assert "fair: nobody is in doubt." in _run("resolve", folder).stdout


def test_the_other_commands_lead_there(doubts):
    """The account after a run, and the status."""
    folder, server = doubts
    ledger = folder.parent.resolve() / "fair.safesend.db"
    words = f"safesend resolve {ledger}"
    assert words in _run("status", folder).stdout
    assert words in _run("send", folder, "--yes", "--via", server.url).stdout
    _run("resolve", folder, "--accepted", "--yes")
    assert words not in _run("status", folder).stdout


def test_addresses_are_whole_for_who_asks(doubts):
    """To look them up in the server's log, which has no others."""
    folder, _ = doubts
    assert "p…@example.com" in _run("resolve", folder).stdout
    found = [one["address"] for one in _listed(folder, "--full-addresses")]
    assert all(re.fullmatch(r"person[012]@example\.com", one) for one in found)
    assert found[0] in _run("resolve", folder, "--full-addresses").stdout


def test_as_json(doubts):
    """Everything that is known of each, masked; and what was decided."""
    folder, server = doubts
    found = _listed(folder)
    assert [one["address"] for one in found] == ["p…@example.com"] * 2
    for one in found:
        assert one["digest"].startswith(one["key"])
        assert (len(one["digest"]), len(one["message_id"])) == (32, 32)
        assert (one["relay"], one["provider"]) == (server.url, "example.com")
        assert one["since"] > 1_700_000_000
        assert "lost" in one["reply"] or "closed" in one["reply"]
    assert _listed(folder, found[1]["key"]) == found[1:]
    said = json.loads(
        _run("resolve", folder, "--json", "--resend", found[0]["digest"]).stdout
    )
    ledger = str(folder.parent.resolve() / "fair.safesend.db")
    assert said == {
        "ledger": ledger,
        "campaign": "fair",
        "decision": "resend",
        "decided": 1,
        "in_doubt": 1,
    }


@pytest.mark.parametrize(
    ("option", "state"),
    [("--resend", State.WAITING), ("--accepted", State.ACCEPTED)],
)
def test_all_of_them_after_a_question(ledger, option, state):
    """The default is no."""
    for typed in ("\n", "n\n"):
        result = _run("resolve", ledger, option, typed=typed)
        assert (result.exit_code, result.stdout) == (0, "")
        assert "3 people in doubt" in result.stderr
        assert "Nothing was changed." in result.stderr
    assert _run("resolve", ledger, option).exit_code == 2
    assert _counts(ledger) == {State.IN_DOUBT: 3}
    assert _run("resolve", ledger, option, typed="y\n").exit_code == 0
    assert _counts(ledger) == {state: 3}
    again = _run("resolve", ledger, option)
    assert again.stdout == "spring: nobody is in doubt, so nothing was changed.\n"


def test_all_of_them_without_a_question(ledger):
    """For scripts."""
    assert _run("resolve", ledger, "--accepted", "--yes").exit_code == 0
    assert _counts(ledger) == {State.ACCEPTED: 3}


def test_a_key_is_as_long_as_it_must_be(ledger):
    """Two that begin alike are told apart; in what is typed case does not count."""
    assert [one["key"] for one in _listed(ledger)] == [
        digest(n).hex() for n in range(3)
    ]
    assert _run("resolve", ledger, "--resend", f"{digest(1).hex()}".upper()).stdout
    assert _counts(ledger) == {State.IN_DOUBT: 2, State.WAITING: 1}


@pytest.mark.parametrize("option", ["--resend", "--accepted", "--yes"])
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("0000", f"0000 may be {digest(0).hex()} or {digest(1).hex()} or"),
        ("beef", "beef is nobody's"),
        (digest(9).hex(), "is nobody's"),
        ("000", "'000' is no key (4 to 32 of 0-9 and a-f)"),
        ("person0@example.com", "is no key"),
        ("", "'' is no key"),
    ],
)
def test_a_key_that_means_nobody_or_several_decides_nothing(ledger, option, key, words):
    """Nor do the good ones beside it; what is possible is listed."""
    result = _run("resolve", ledger, option, digest(0).hex(), key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert f"In doubt: {digest(0).hex()}, {digest(1).hex()}, " in result.stderr
    assert "person0" not in result.stderr
    assert _counts(ledger) == {State.IN_DOUBT: 3}


def test_a_long_list_of_keys_is_cut(tmp_path):
    """Twenty are enough to see what a key looks like."""
    path = tmp_path / "many.db"
    with closing(open_ledger(str(path))) as book:
        campaign = live_campaign(book, 30)
        run = book.start_run(campaign, NOW)
        book.claim(campaign, run, 30, NOW)
        book.end_run(run, NOW)
    stderr = _run("resolve", path, "beef").stderr
    assert (stderr.count(", "), stderr.rstrip()[-5:]) == (20, ", ...")


def test_a_decision_is_one_of_two(ledger):
    """Not both at once."""
    result = _run("resolve", ledger, "--accepted", "--resend")
    assert result.exit_code == 2
    assert "one at a time" in result.stderr


def test_what_a_dead_run_left_is_listed(tmp_path):
    """Nobody has to send first to find out; a row that cannot be read is told, too."""
    path = tmp_path / "spring.db"
    with closing(open_ledger(str(path))) as book:
        campaign = live_campaign(book, 1)
        book.claim(campaign, book.start_run(campaign, NOW), 1, NOW)
    [found] = _listed(path)
    assert (found["address"], found["relay"]) == ("(cannot be read)", "")
    assert "through an unknown relay" in _run("resolve", path).stdout


def test_a_paused_campaign_is_resumed_first(ledger):
    """What comes next is said in its order."""
    _steer(ledger, Control.PAUSE)
    result = _run("resolve", ledger, "--resend", "--yes")
    assert "run 'safesend resume', then 'safesend send' again." in result.stdout


def test_in_a_cancelled_campaign_nobody_gets_it(ledger):
    """Who did not get it is cancelled as the others are; who did is accepted."""
    _steer(ledger, Control.CANCEL)
    one = digest(0).hex()
    assert "counted as accepted" in _run("resolve", ledger, "--accepted", one).stdout
    result = _run("resolve", ledger, "--resend", "--yes")
    assert "2 people counted as cancelled" in result.stdout
    assert _counts(ledger) == {State.ACCEPTED: 1, State.CANCELLED: 2}


class _Thinking(io.BytesIO):
    """Who thinks for so long that somebody else decides about one."""

    def __init__(self, path):
        super().__init__(b"y\n")
        self.path = path

    def read1(self, size=-1):
        with closing(open_ledger(str(self.path))) as book:
            book.resolve(1, State.WAITING, [digest(0)], NOW, "eve")
        return super().read1(size)


def test_who_was_decided_meanwhile_is_left_alone(ledger):
    """What the other one said stands."""
    result = _run("resolve", ledger, "--accepted", typed=_Thinking(ledger))
    assert result.stdout.splitlines() == [
        "spring: 2 people counted as accepted.",
        "1 person decided by somebody else meanwhile.",
    ]
    assert _counts(ledger) == {State.ACCEPTED: 2, State.WAITING: 1}


def test_one_of_several_campaigns_must_be_named(ledger):
    """No row is taken for one of another campaign."""
    with closing(open_ledger(str(ledger))) as book:
        live_campaign(book, 1, "summer")
    result = _run("resolve", ledger)
    assert result.exit_code == 2
    assert "--campaign" in result.stderr
    assert _run("resolve", ledger, "--campaign", "summer").stdout == (
        "summer: nobody is in doubt.\n"
    )
    assert len(_listed(ledger, "--campaign", "spring")) == 3
