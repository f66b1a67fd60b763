"""The options for what holds for all workers together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["MOST_CONNECTIONS", "limiting_options"]

MOST_CONNECTIONS = 1000

_Command = TypeVar("_Command", bound=Callable[..., Any])


def limiting_options(command: _Command) -> _Command:
    """Add `--connections` and `--limits`."""
    for option in (
        click.option(
            "--limits",
            metavar="URL",
            help="A Redis that keeps rates and connections for all workers, in place of"
            " the ledger: redis://host:6379/0.",
        ),
        click.option(
            "--connections",
            type=click.IntRange(1, MOST_CONNECTIONS),
            metavar="N",
            help="Connections to a server at a time, of all workers together.",
        ),
    ):
        command = option(command)
    return command
