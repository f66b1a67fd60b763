"""What a program that holds the command line gives it: a carrier of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import click

if TYPE_CHECKING:
    from safesend.transports.base import Transport

__all__ = ["VARIABLE", "Project", "arguments_of", "own_carrier"]

VARIABLE = "SAFESEND_LEDGER"
"""Names the ledger where nothing else does."""


@attrs.frozen
class Project:
    """Whose command line it is: `safesend` itself, or a project's around it.

    `prog_name` is how a person calls it. `carrier` gives the transport that is taken
    where neither the command line nor campaign.toml names one, or None; `ledger` is
    the ledger of commands whose only argument that is.
    """

    prog_name: str = "safesend"
    carrier: Callable[[], Transport | None] = lambda: None
    ledger: str | None = None

    def defaults(self, group: click.Group) -> dict[str, dict[str, str]]:
        """The arguments that need not be given, as click takes them."""
        ledger = self.ledger or os.environ.get(VARIABLE)
        if not ledger:
            return {}
        return {
            name: {"ledger": ledger}
            for name, command in group.commands.items()
            if arguments_of(command) == ["ledger"]
        }


def arguments_of(command: click.Command) -> list[str | None]:
    """The names of what a command asks for."""
    return [one.name for one in command.params if isinstance(one, click.Argument)]


def own_carrier() -> Transport | None:
    """The carrier of the project whose command line this is."""
    project = click.get_current_context().find_object(Project)
    return None if project is None else project.carrier()
