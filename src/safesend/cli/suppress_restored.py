"""`safesend suppress restored`: a person says that this copy of a list is the list."""

from __future__ import annotations

import getpass

import click

from safesend.cli import show
from safesend.cli.lists import known_list
from safesend.cli.options import json_option

__all__ = ["restored"]


@click.command(short_help="Say that this copy is the list from now on.")
@click.argument("place", metavar="LIST")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is kept.")
@json_option
def restored(place: str, reason: str, as_json: bool) -> None:
    """Say that LIST, put back from a backup, is the list from now on.

    A run refuses a list that lacks what others saw in it: people who left since that
    copy was made would get mail. Put on it first whom it lacks, as far as you can tell
    (see 'safesend suppress import'). Every other copy is refused afterwards.

    \b
    Example:
      safesend suppress restored suppressed.db --reason "the disk died; of Monday"
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    if not reason.strip():
        raise click.UsageError("--reason TEXT: what became of the newer one?")
    with known_list(place) as shared:
        number = shared.restored(actor=getpass.getuser(), reason=reason)
    if as_json:
        show.emit({"list": shared.name, "number": number})
    else:
        show.say(
            f"{shared.name} is the list from now on, with {show.count(number)} on it;"
            " every other copy of it is refused."
        )
