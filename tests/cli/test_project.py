"""cli/project.py: what a program that holds the command line gives it."""

from __future__ import annotations

import click

from safesend.cli.app import app, call
from safesend.cli.project import Project, arguments_of, own_carrier
from safesend.errors import ConfigurationError
from safesend.transports import MemoryTransport


def test_the_ledger_is_given_to_commands_that_ask_for_nothing_else():
    """One that asks for an address as well has a first argument to be named."""
    defaults = Project(ledger="mail.db").defaults(app)
    assert defaults["status"] == {"ledger": "mail.db"}
    assert {"about", "forget", "resolve", "send"} & defaults.keys() == set()
    assert Project().defaults(app) == {}


def test_a_commands_carrier_is_that_of_its_project():
    """None where nobody gave one."""
    memory = MemoryTransport()
    found = []
    command = click.Command("go", callback=lambda: found.append(own_carrier()))
    for given in (None, Project(), Project(carrier=lambda: memory)):
        command.main([], obj=given, standalone_mode=False)
    assert found == [None, None, memory]


def test_calling_it_gives_the_exit_code(capsys):
    """Under the name that the program has for it."""
    project = Project("manage.py safesend", ledger="none/there.db")
    assert call(["status"], project) == 2
    assert "there is no ledger at none/there.db" in capsys.readouterr().err
    assert call(["--help"], project) == 0
    assert "Usage: manage.py safesend" in capsys.readouterr().out


def test_a_carrier_that_cannot_be_made_is_told_as_any_setting(tmp_path, capsys):
    """When it is needed, and not before."""

    def carrier():
        raise ConfigurationError("the settings are wrong")

    folder = tmp_path / "spring"
    assert call(["init", str(folder)]) == 0
    file = folder / "campaign.toml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("via")))
    project = Project(carrier=carrier)
    assert call(["check", str(folder)], project) == 0
    assert call(["send", str(folder), "--yes"], project) == 2
    assert "the settings are wrong" in capsys.readouterr().err


def test_what_a_command_asks_for_is_known():
    """Options are none of it."""
    command = click.Command("x", params=[click.Argument(["a"]), click.Option(["--b"])])
    assert arguments_of(command) == ["a"]
