"""cli/asking.py: a question, its answer, and nobody to give one."""

from __future__ import annotations

import click
from click.testing import CliRunner

from cli.terminal import at_terminal, run
from safesend.cli.asking import agreed, interactive


@click.command()
def _ask():
    click.echo("yes" if agreed("Sure?") else "no")


def test_a_test_run_is_not_interactive():
    """Both ends must be a terminal."""
    assert not interactive()


def test_no_is_the_default():
    """A mere Enter agrees to nothing."""
    assert CliRunner().invoke(_ask, input="y\n").stdout == "yes\n"
    assert CliRunner().invoke(_ask, input="\n").stdout == "no\n"


def test_where_nobody_answers_the_option_is_named():
    """From cron a question is a wrong command line, not an interruption."""
    result = CliRunner().invoke(_ask, input="")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: nobody is here to be asked; say --yes\n")


def test_nobody_and_somebody_are_told_apart(tmp_path):
    """Without a terminal it is an error; at one, Ctrl-D is an interruption."""
    assert run("init", tmp_path / "fair").code == 0
    assert run("send", tmp_path / "fair", "--yes").code == 0
    unasked = run("cancel", tmp_path / "fair")
    assert unasked.code == 2
    assert "say --yes" in unasked.text
    stopped = at_terminal("cancel", tmp_path / "fair", prompt="[y/N]", typed="\x04")
    assert stopped.code == 130
    assert "Interrupted." in stopped.text
