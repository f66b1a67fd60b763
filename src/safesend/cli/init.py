"""`safesend init DIR`: a campaign folder with a small example, ready to be sent."""

from __future__ import annotations

import importlib.resources
import re
import shlex
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from safesend.cli import show
from safesend.errors import ConfigurationError

__all__ = ["init", "write_folder"]

_NAME = "summer-fair"
"""What the example is called in its campaign.toml."""


@click.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path)
)
def init(folder: Path) -> None:
    """Make the campaign folder DIR with a small example in it.

    The people in it are fictitious and the example is sent into files, so that you
    can try every command before a server is named. DIR must be new or empty.

    \b
    Example:
      safesend init spring
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    write_folder(folder, "starter")
    _name_after(folder)
    name = shlex.quote(str(folder))
    show.say(f"{folder} is ready. Next:\n")
    for command, what in (
        ("check", "shows what would be sent; sends nothing"),
        ("preview", "a page that shows it as it will be read"),
        ("preflight", "asks DNS and your server: will it arrive?"),
        ("send", f"sends it, for now into {folder / 'outbox'}"),
    ):
        gap = " " * (len("preflight") - len(command))
        show.say(f"  safesend {command} {name}{gap}    {what}")
    show.say(
        f"\nYour letter and your list go into {folder}; its campaign.toml tells how."
    )


def _name_after(folder: Path) -> None:
    """Call the campaign as its folder: two of them side by side are two campaigns."""
    name = re.sub(r"[^\w.-]+", "-", folder.resolve().name).strip(".-")
    settings = folder / "campaign.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(_NAME, name or _NAME), "utf-8")


def write_folder(folder: Path, example: str) -> None:
    """Copy one of the examples that come along: "starter" or "mailing".

    Raises `ConfigurationError` when the folder holds anything already.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(
            f"{folder} is not empty; give a new folder, so that nothing is overwritten"
        )
    # Only the owner may read a list of people.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy(importlib.resources.files("safesend.cli") / example, folder)


def _copy(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        copy = target / entry.name
        if entry.is_dir():
            copy.mkdir()
            _copy(entry, copy)
        else:
            copy.write_bytes(entry.read_bytes())
