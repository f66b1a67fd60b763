"""`manage.py safesend ...`: the command line, with the project's carrier and ledger."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from safesend.integrations.django.project import project

__all__ = ["Command"]


class Command(BaseCommand):
    """Everything of `safesend`'s command line; it ends with the same exit codes."""

    help = "Send campaigns, and look after them: the command line of safesend."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Run it as a program."""
        _check_extra()
        from safesend.cli.app import run  # noqa: PLC0415 - needs the extra `cli`

        sys.exit(
            run(_without_django(argv[2:]), project(f"{Path(argv[0]).name} {argv[1]}"))
        )

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """A parser that takes all that comes as it is, --help too."""
        parser = super().create_parser(prog_name, subcommand, add_help=False, **kwargs)
        parser.prefix_chars = ""  # nothing that comes is an option of Django's
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """All of it belongs to the command line of safesend."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """What `manage.py help safesend` shows."""
        self._call(["--help"], f"{Path(prog_name).name} {subcommand}")

    def handle(self, *_: Any, arguments: Sequence[str] = (), **__: Any) -> None:
        """Run it within a program: `call_command("safesend", "status", ...)`.

        Raises `CommandError`, which has `returncode`, where it does not end with 0.
        """
        with _printed_to(self.stdout, self.stderr):
            code = self._call(arguments, "manage.py safesend")
        if code:
            raise CommandError(f"it ended with exit code {code}", returncode=code)

    def _call(self, arguments: Sequence[str], name: str) -> int:
        _check_extra()
        from safesend.cli.app import call  # noqa: PLC0415 - needs the extra `cli`

        return call(arguments, project(name))


def _check_extra() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("click", "rich")):
        raise CommandError("it needs two more packages: pip install 'safesend[cli]'")


def _without_django(arguments: Sequence[str]) -> list[str]:
    """What `manage.py` has used already; nothing of ours is called so."""
    parser = CommandParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    _, others = parser.parse_known_args(arguments)
    return others


@contextlib.contextmanager
def _printed_to(out: Any, err: Any) -> Iterator[None]:
    """What a caller gave as stdout= and stderr= gets what is printed."""
    # Django's wrapper ends every piece with a line end; what it wraps does not.
    plain_out: TextIO = getattr(out, "_out", out)
    plain_err: TextIO = getattr(err, "_out", err)
    with contextlib.redirect_stdout(plain_out), contextlib.redirect_stderr(plain_err):
        yield
