"""Options that several commands share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from safesend.cli.project import VARIABLE, arguments_of
from safesend.errors import ConfigurationError

__all__ = [
    "JSON",
    "FolderType",
    "LedgerType",
    "beginning",
    "caution_options",
    "folder_argument",
    "format_option",
    "json_option",
    "ledger_argument",
    "ledger_option",
    "nameserver_option",
    "seconds",
]

JSON = "safesend.json"
"""Where a context notes that the answer is wanted as JSON, errors included."""

_DNS = 53
_MAY_BE_NOTHING = frozenset({"delay"})

_Command = TypeVar("_Command", bound=Callable[..., object])


def _note(context: click.Context, _: click.Parameter, value: bool) -> bool:
    context.meta[JSON] = value
    return value


def json_option(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=_note,
        help="Print one JSON object on standard output.",
    )(command)


def _note_format(
    context: click.Context, _: click.Parameter, value: str | None
) -> str | None:
    if value in {"json", "sarif"}:
        context.meta[JSON] = True
    return value


def format_option(command: _Command) -> _Command:
    """Add `--format`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "sarif"]),
        is_eager=True,
        callback=_note_format,
        help="How to print what was found (default: text).",
    )(command)


def seconds(
    _: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    """Read an option's length of time: "50m", "1h 30m", or a number of seconds."""
    from safesend.policies.retry import duration

    if value is None:
        return None
    try:
        length = (
            float(value) if value.replace(".", "", 1).isdigit() else duration(value)
        )
    except ConfigurationError as error:
        raise click.BadParameter(str(error), param=parameter) from None
    if not length and parameter.name not in _MAY_BE_NOTHING:
        raise click.BadParameter("it must be longer than nothing", param=parameter)
    return length


def beginning(
    _: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Check an option's date: "2026-12-01 09:00"."""
    from safesend.engine.beginning import Beginning

    try:
        Beginning.of(0, value)
    except ConfigurationError as error:
        raise click.BadParameter(str(error), param=parameter) from None
    return value


class FolderType(click.Path):
    """A campaign folder that is there."""

    def __init__(self) -> None:
        """As a path."""
        super().__init__(file_okay=False, path_type=Path)

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Raise `ConfigurationError` where it is not there."""
        path = Path(value)
        if path.is_dir():
            return super().convert(value, param, ctx)
        if path.exists():
            raise ConfigurationError(
                f"{path} is a file; name the campaign folder that it lies in:"
                f" {path.parent}"
            )
        again = shlex.join(["safesend", "init", str(path)])
        raise ConfigurationError(
            f"there is no folder {path}; '{again}' makes one with a small example"
        )


class LedgerType(click.types.StringParamType):
    """A ledger, by its path, its URL or its campaign folder."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Refuse what a script gives whose variable is not set."""
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)

    def get_missing_message(
        self, param: click.Parameter, ctx: click.Context | None
    ) -> str:
        """Say what it may be, and where it may stand."""
        del param
        what = "its path, or postgresql://user@host/database"
        told = f"Give a ledger ({what}) or a campaign folder"
        # With others beside it nobody knows which of them was left out.
        if ctx is None or len(arguments_of(ctx.command)) > 1:
            return f"{told}."
        return f"{told}, or name the ledger in {VARIABLE}."


def ledger_argument(command: _Command) -> _Command:
    """Add the ledger LEDGER; `Project` knows where else it may be named."""
    return click.argument("ledger", metavar="LEDGER", type=LedgerType())(command)


def folder_argument(command: _Command) -> _Command:
    """Add the campaign folder DIR."""
    return click.argument(
        "folder",
        metavar="DIR",
        type=FolderType(),
    )(command)


def _nameserver(
    _: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[Sequence[str] | None, int]:
    """Address and port of 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353."""
    import ipaddress

    if value is None:
        return None, _DNS
    host, colon, port = value, "", ""
    if value.startswith("[") or value.count(":") == 1:
        host, colon, port = value.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        return [str(address)], int(port) if colon else _DNS
    except ValueError:
        reason = "an IP address, with a port or without: 192.0.2.53:53"
        raise click.BadParameter(reason, param=parameter) from None


def nameserver_option(command: _Command) -> _Command:
    """Add `--nameserver`: IP addresses (None: those of the system) and a port."""
    return click.option(
        "--nameserver",
        metavar="IP[:PORT]",
        callback=_nameserver,
        help="Ask this one, for example that of your domain (default: the system's).",
    )(command)


def ledger_option(command: _Command) -> _Command:
    """Add `--ledger`."""
    return click.option(
        "--ledger",
        metavar="LEDGER",
        help="The ledger, in place of campaign.toml's or the default: a path, or"
        " postgresql://user@host/database.",
    )(command)


def caution_options(command: _Command) -> _Command:
    """Add `--pilot` and `--approvals`."""
    approvals = click.option(
        "--approvals",
        type=click.IntRange(min=0),
        metavar="N",
        help="So many people must have approved it, now and in every later run.",
    )
    pilot = click.option(
        "--pilot",
        metavar="N",
        help="The first N people only; the others wait for 'safesend approve', or go by"
        ' themselves: "50, 30m, 2%".',
    )
    return pilot(approvals(command))
