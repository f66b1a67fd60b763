"""cli/demo.py: the proof that everybody can repeat."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from cli.terminal import environment, run
from safesend.cli.app import app


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


def test_the_key_of_the_user_is_left_alone(monkeypatch):
    """SAFESEND_KEY is as it was afterwards."""
    monkeypatch.setenv("SAFESEND_KEY", "f" * 64)
    CliRunner().invoke(app, ["demo", "--recipients", "2", "--json"])
    assert os.environ["SAFESEND_KEY"] == "f" * 64
