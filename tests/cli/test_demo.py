"""cli/demo.py: the proof that everybody can repeat."""

from __future__ import annotations

import json
import os

import attrs
import pytest
from click.testing import CliRunner

from cli.terminal import environment, run
from safesend.cli.app import app
from safesend.cli.demo import Teller, is_proven
from safesend.cli.demo_runs import Killed, mailed
from safesend.testing import SmtpServer


@pytest.fixture(autouse=True)
def _findable(monkeypatch):
    """The demo starts a process of its own, which must find the library."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])


def test_the_demo_proves_both_promises():
    """Nobody named anywhere but in their own message; nobody mailed twice."""
    result = CliRunner().invoke(app, ["demo", "--recipients", "60", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["ok"] is True
    assert found["recipients"] == found["accepted"] == found["received"] == 60
    assert found["distinct_recipients"] == 60
    assert found["max_recipients_per_message"] == 1
    assert found["messages_naming_others"] == 0
    assert found["messages_naming_their_own"] == 60
    assert found["max_copies"] == 1
    assert found["search_finds_planted"] is True
    assert found["seconds"] > 0
    second = found["killed_and_resumed"]
    assert second["max_copies"] == 1
    assert second["forgotten"] == 0
    assert 0 < second["received_before_the_kill"] < second["recipients"] == 200


def test_the_demo_tells_it_in_words_and_leaves_nothing(tmp_path):
    """No file in the current folder or in the user's data folder."""
    home = tmp_path / "home"
    home.mkdir()
    ended = run(
        "demo",
        "--recipients",
        "30",
        cwd=tmp_path,
        XDG_DATA_HOME=str(home),
        TMPDIR=str(home),
    )
    assert ended.code == 0, ended.text
    assert "Proven: nobody could see anybody else" in ended.text
    assert "messages naming anybody else" in ended.text
    assert list(tmp_path.iterdir()) == [home]
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("change", [{"max_copies": 2}, {"messages_naming_others": 1}])
def test_a_failed_proof_is_a_failure(tmp_path, capsys, change):
    """The verdict needs every figure; it says NOT PROVEN otherwise."""
    with SmtpServer() as server:
        first = mailed(tmp_path, 3, server)
    second = Killed(
        recipients=9,
        before=4,
        report=attrs.evolve(first.report, in_doubt=2),
        received=8,
        max_copies=1,
        arrived_in_doubt=1,
        forgotten=0,
    )
    assert is_proven(first, second, 3)
    assert not is_proven(first, second, 4)
    assert not is_proven(first, attrs.evolve(second, max_copies=2), 3)
    worse = attrs.evolve(first, proof=attrs.evolve(first.proof, **change))
    assert not is_proven(worse, second, 3)
    teller = Teller(quiet=False)
    teller.first(
        attrs.evolve(
            worse,
            report=attrs.evolve(first.report, seconds=0.0),
            proof=attrs.evolve(worse.proof, search_finds_planted=False),
        )
    )
    teller.second(second)
    teller.closing(1.0, proven=False)
    told = capsys.readouterr().out
    assert "NOT PROVEN" in told
    assert "planted" not in told
    assert "server has\n   1 of them" in told
    teller.second(attrs.evolve(second, report=first.report))
    assert "Messages in doubt" not in capsys.readouterr().out


def test_the_key_of_the_user_is_left_alone(monkeypatch):
    """SAFESEND_KEY is as it was afterwards."""
    monkeypatch.setenv("SAFESEND_KEY", "f" * 64)
    CliRunner().invoke(app, ["demo", "--recipients", "2", "--json"])
    assert os.environ["SAFESEND_KEY"] == "f" * 64
