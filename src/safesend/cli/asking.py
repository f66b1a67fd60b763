"""Questions that are answered with yes or no, and who is there to answer them."""

from __future__ import annotations

import sys

import click

__all__ = ["agreed", "interactive"]


def interactive() -> bool:
    """Whether somebody sits there who can answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """Ask; no is the default. Raises `UsageError` where nobody answers."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if interactive():  # Ctrl-C, Ctrl-D
            raise
        click.echo(err=True)  # the question stands there without an answer
        raise click.UsageError("nobody is here to be asked; say --yes") from None
