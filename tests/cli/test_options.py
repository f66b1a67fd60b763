"""cli/options.py: what the commands have in common."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from safesend.cli.app import app


@pytest.mark.parametrize("name", ["check", "send", "status", "demo"])
def test_whatever_answers_can_answer_in_json(name):
    """`--json` is offered by every command that has something to tell."""
    assert "--json" in CliRunner().invoke(app, [name, "--help"]).stdout


def test_an_error_is_json_as_well(tmp_path):
    """A script finds one object on standard output whatever happened."""
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["exit_code"]) == (2, 2)
    assert (found["ok"], found["error"]) == (False, "ConfigurationError")
    assert found["message"] in result.stderr


@pytest.mark.parametrize("name", ["check", "send"])
def test_a_folder_must_be_there(name, tmp_path):
    """A mistyped folder is refused by its name."""
    result = CliRunner().invoke(app, [name, str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
