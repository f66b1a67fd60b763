"""cli/app.py: the border at which errors become sentences."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from cli.terminal import run
from safesend import errors
from safesend.cli.app import Commands, app
from safesend.cli.options import json_option


def _raising(error: BaseException) -> click.Group:
    group = Commands("test")

    @group.command()
    @json_option
    def go(as_json: bool) -> None:
        secret = "local-value-7"  # noqa: F841 - it must not be printed
        raise error

    return group


def _invoke(error: BaseException, *words: str):
    return CliRunner().invoke(_raising(error), ["go", *words])


def test_the_help_teaches_the_first_mailing():
    """Every command, the first steps and the exit codes are on one screen."""
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for name in app.commands:
        assert f"\n  {name} " in shown
    for line in ("safesend init spring", "Exit codes:", "130  interrupted"):
        assert line in shown


@pytest.mark.parametrize("name", sorted(app.commands))
def test_every_command_explains_itself(name):
    """Each option has a help text."""
    shown = CliRunner().invoke(app, [name, "-h"])
    assert shown.exit_code == 0
    for option in app.commands[name].params:
        if isinstance(option, click.Option):
            assert option.help


def _every_command(group: click.Group, before: tuple[str, ...] = ()):
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from _every_command(command, (*before, name))


@pytest.mark.parametrize("words", [*_every_command(app)], ids=" ".join)
def test_every_command_shows_an_example(words):
    """What is typed for it, whole, and nothing that is cut in the list above it."""
    shown = CliRunner().invoke(app, [*words, "--help"]).stdout
    assert f"\n    safesend {' '.join(words)}" in shown
    above = CliRunner().invoke(app, [*words[:-1], "--help"]).stdout
    [line] = [line for line in above.splitlines() if line.startswith(f"  {words[-1]} ")]
    assert line.endswith(".")
    assert not line.endswith("...")


def test_an_error_of_ours_is_one_message():
    """No traceback, masked addresses, the code of its kind."""
    error = errors.TransportError("no way to ada@example.org")
    result = _invoke(error)
    assert result.exit_code == 3
    assert result.stderr == "Error: no way to a…@example.org\n"


def test_a_fault_of_a_file_or_disk_is_told_in_json_too():
    """
    With its kind and place, as every other error.
    """
    result = _invoke(FileNotFoundError(2, "No such file", "no/such.pem"), "--json")
    told = json.loads(result.stdout)
    assert (told["error"], told["exit_code"]) == ("FileNotFoundError", 2)
    assert told["message"] == "no/such.pem: No such file"


def test_problems_and_leaks_are_listed_in_json():
    """What was found stands in the object, one text each."""
    problem = errors.Problem("p.csv", 3, "", "bad")
    leak = errors.Leak("L01", "To", "two people", "p.csv:4")
    result = _invoke(errors.AudienceError([problem]), "--json")
    assert '"problems": [\n    "p.csv:3: bad"\n  ]' in result.stdout
    result = _invoke(errors.UnsafeMessage([leak]), "--json")
    assert "p.csv:4: To: two people [L01]" in result.stdout
    assert '"exit_code": 1' in result.stdout


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_has_its_own_code(error):
    """Ctrl-C at a question or in the middle of work: 130."""
    result = _invoke(error)
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")
    assert '"exit_code": 130' in _invoke(error, "--json").stdout


def test_a_note_says_how_to_go_on():
    """What a command adds to an error stands below it."""
    error = errors.LedgerError("the disk is full")
    error.add_note("Run it again.")
    assert _invoke(error).stderr == "Error: the disk is full\nRun it again.\n"


def test_a_file_that_cannot_be_read_is_no_defect():
    """The user's disk is told as it is."""
    result = _invoke(PermissionError(13, "Permission denied", "people.csv"))
    assert result.exit_code == 2
    assert result.stderr == "Error: people.csv: Permission denied\n"
    assert _invoke(OSError()).stderr == "Error: OSError\n"


def test_a_reader_that_went_away_is_no_error():
    """`safesend check x | head` ends quietly."""
    result = _invoke(BrokenPipeError(32, "Broken pipe"))
    assert result.exit_code == 1
    assert result.stderr == ""


def test_a_defect_shows_frames_and_no_values():
    """The traceback names the place; addresses and locals are not in it."""
    error = KeyError("ada@example.org")
    error.__cause__ = ValueError("about bela@example.com")
    result = _invoke(error)
    assert result.exit_code == 70
    assert "test_app.py" in result.stderr
    assert "KeyError: '…@example.org'" in result.stderr
    assert "about b…@example.com" in result.stderr
    assert "local-value-7" not in result.stderr.replace('secret = "local-value-7"', "")
    assert "Nothing is sent twice" in result.stderr


def test_a_usage_error_is_left_to_click():
    """A wrong option: the usage line and exit code 2."""
    result = CliRunner().invoke(app, ["check", "--wrong"])
    assert result.exit_code == 2
    assert "No such option" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--wrong", "--json"],
        ["check", "--json"],
        ["suppress", "remove", "x.db", "ada@example.org", "--json"],
        ["chekc", "--json"],
    ],
)
def test_a_usage_error_is_json_as_well(words):
    """Whatever is wrong with the line, and wherever in it `--json` stands."""
    result = CliRunner().invoke(app, words)
    found = json.loads(result.stdout)
    assert (result.exit_code, found["exit_code"]) == (2, 2)
    assert (found["ok"], found["error"]) == (False, "UsageError")
    assert f"Error: {found['message']}" in result.stderr


def test_the_version_is_printed():
    """One line: name and version, from the package's metadata or the source."""
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("safesend ")
    assert len(result.stdout.splitlines()) == 1


def test_a_name_that_the_terminal_lacks_is_no_error(tmp_path):
    """Under an ASCII locale letters are escaped, and the command ends well."""
    run("init", tmp_path / "fair")
    ended = run("check", tmp_path / "fair", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.code == 0
    assert "B\\xe9la" in ended.text


@pytest.mark.parametrize(
    ("word", "meant"),
    [("campaigns", "list"), ("migrate", "ledger migrate"), ("enroll", "enrol")],
)
def test_a_word_that_others_use_is_understood(word, meant):
    """It is told, and not done."""
    result = CliRunner().invoke(app, [word, "x.db"])
    assert result.exit_code == 2
    assert f"No such command '{word}'. Did you mean '{meant}'?" in result.stderr
