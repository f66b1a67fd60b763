"""Whom a command is about, in place of everybody on the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
import click

__all__ = ["Aim", "correction_options", "test_options"]

_Command = TypeVar("_Command", bound=Callable[..., object])


@attrs.frozen(kw_only=True)
class Aim:
    """What the options say; with none of them it is about everybody."""

    tests: tuple[str, ...] = ()
    as_recipient: str | None = None
    correction_of: str | None = None
    of_campaign: str | None = None
    include_in_doubt: bool = False

    def __attrs_post_init__(self) -> None:
        if self.as_recipient is not None and not self.tests:
            raise click.UsageError("--as goes with --test ADDRESS")
        corrects = self.of_campaign is not None or self.include_in_doubt
        if corrects and self.correction_of is None:
            raise click.UsageError(
                "--of-campaign and --include-in-doubt go with --correction-of LEDGER"
            )

    def words(self) -> list[str]:
        """The options again, for a command that goes on; of a test nothing goes on."""
        words: list[str] = []
        if self.correction_of is not None:
            words += ["--correction-of", self.correction_of]
        if self.of_campaign is not None:
            words += ["--of-campaign", self.of_campaign]
        return [*words, "--include-in-doubt"] if self.include_in_doubt else words


def correction_options(command: _Command) -> _Command:
    """Add `--correction-of`, `--of-campaign` and `--include-in-doubt`."""
    return _with(
        command,
        click.option(
            "--include-in-doubt",
            is_flag=True,
            help="With --correction-of: those in doubt get it as well.",
        ),
        click.option(
            "--of-campaign",
            metavar="NAME",
            help="With --correction-of: which campaign, when the ledger holds several.",
        ),
        click.option(
            "--correction-of",
            metavar="LEDGER",
            help="Write only to those of the list whom an earlier mailing reached; its"
            " ledger, or its campaign folder.",
        ),
    )


def test_options(command: _Command) -> _Command:
    """Add `--test` and `--as`."""
    return _with(
        command,
        click.option(
            "--as",
            "as_recipient",
            metavar="WHOM",
            help="With --test: as whom, row:17 (a line of the list) or"
            " address:ada@example.org [the first].",
        ),
        click.option(
            "--test",
            "tests",
            metavar="ADDRESS",
            multiple=True,
            help="Send one person's message there instead, to look at it; nobody on the"
            " list gets anything.",
        ),
    )


def _with(command: _Command, *options: Callable[[_Command], _Command]) -> _Command:
    for option in options:
        command = option(command)
    return command
