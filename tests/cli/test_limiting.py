"""cli/limiting.py: the options for what holds for all workers together."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from safesend.cli.limiting import MOST_CONNECTIONS, limiting_options


@click.command()
@limiting_options
def _command(connections, limits):
    click.echo(f"{connections} {limits}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "None None"),
        (["--connections", "20"], "20 None"),
        (["--limits", "redis://host/0"], "None redis://host/0"),
    ],
)
def test_they_are_read(words, told):
    """Both may be left out."""
    assert CliRunner().invoke(_command, words).output.strip() == told


def test_a_number_of_connections_is_one():
    """From one to a thousand."""
    for number in ("0", str(MOST_CONNECTIONS + 1), "many"):
        assert CliRunner().invoke(_command, ["--connections", number]).exit_code == 2
