"""cli/options.py: what the commands have in common."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from safesend.cli.app import app
from safesend.cli.options import beginning, ledger_argument, nameserver_option, seconds


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


@pytest.mark.parametrize("name", ["check", "send", "preview"])
def test_a_folder_must_be_there(name, tmp_path):
    """A mistyped folder is refused by its name, and a file in it leads to it."""
    nowhere = tmp_path / "nowhere"
    result = CliRunner().invoke(app, [name, str(nowhere)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: there is no folder {nowhere}; 'safesend init {nowhere}' makes one with"
        " a small example\n"
    )
    (tmp_path / "campaign.toml").touch()
    result = CliRunner().invoke(app, [name, str(tmp_path / "campaign.toml")])
    assert result.exit_code == 2
    assert f"is a file; name the campaign folder that it lies in: {tmp_path}" in (
        result.stderr
    )


@pytest.mark.parametrize(
    ("written", "length"),
    [("50m", 3000), ("1h 30m", 5400), ("90", 90), ("0.5", 0.5)],
)
def test_a_length_of_time_may_have_units(written, length):
    """A mere number is seconds."""
    option = click.Option(["--deadline"], callback=seconds)
    command = click.Command("x", params=[option], callback=lambda deadline: deadline)
    asked = command.main(["--deadline", written], standalone_mode=False)
    assert asked == length
    assert command.main([], standalone_mode=False) is None


@pytest.mark.parametrize("written", ["soon", "-1", "0", "0m", "5x"])
def test_what_is_no_length_of_time_is_a_usage_error(written):
    """The option is named, and how a time is written."""
    option = click.Option(["--deadline"], callback=seconds)
    command = click.Command("x", params=[option])
    with pytest.raises(click.BadParameter, match=r"not understood|longer than nothing"):
        command.main(["--deadline", written], standalone_mode=False)


def test_a_delay_may_be_nothing():
    """It takes the place of one in campaign.toml."""
    option = click.Option(["--delay"], callback=seconds)
    command = click.Command("x", params=[option], callback=lambda delay: delay)
    assert command.main(["--delay", "0"], standalone_mode=False) == 0


def test_a_date_is_handed_on_as_it_was_written():
    """What is none is a usage error that says how to write one."""
    option = click.Option(["--at"], callback=beginning)
    command = click.Command("x", params=[option], callback=lambda at: at)
    written = "2026-12-01 09:00"
    assert command.main(["--at", written], standalone_mode=False) == written
    assert command.main([], standalone_mode=False) is None
    with pytest.raises(click.BadParameter, match="2026-12-01 09:00"):
        command.main(["--at", "noon"], standalone_mode=False)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("192.0.2.53", (["192.0.2.53"], 53)),
        ("192.0.2.53:5353", (["192.0.2.53"], 5353)),
        ("2001:db8::53", (["2001:db8::53"], 53)),
        ("[2001:db8::53]:5353", (["2001:db8::53"], 5353)),
        (None, (None, 53)),
    ],
)
def test_a_nameserver_has_an_address_and_a_port(written, place):
    """Without one it is the system's."""
    command = click.command()(nameserver_option(lambda nameserver: nameserver))
    words = [] if written is None else ["--nameserver", written]
    assert command.main(words, standalone_mode=False) == place


def test_a_ledger_that_is_not_named_is_asked_for():
    """What it may be is said, and the variable that names one."""
    command = click.command()(ledger_argument(lambda ledger: ledger))
    assert command.main(["x.db"], standalone_mode=False) == "x.db"
    with pytest.raises(click.MissingParameter) as caught:
        command.main([], standalone_mode=False)
    with pytest.raises(click.BadParameter, match="it is empty"):
        command.main([""], standalone_mode=False)
    told = caught.value.format_message()
    assert told.startswith("Missing argument 'LEDGER'. Give a ledger")
    assert "SAFESEND_LEDGER" in told
    command = click.command()(click.argument("key")(ledger_argument(lambda: None)))
    with pytest.raises(click.MissingParameter) as caught:
        command.main(["x.db"], standalone_mode=False)
    assert "SAFESEND_LEDGER" not in caught.value.format_message()
