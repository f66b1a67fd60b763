"""`safesend preflight DIR`: will it arrive? Asks DNS, the server and the list."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.leaving import check_heard
from safesend.cli.lists import list_of
from safesend.cli.options import (
    folder_argument,
    json_option,
    ledger_option,
    nameserver_option,
)
from safesend.cli.passwords import PasswordPlace, password_options
from safesend.cli.project import own_carrier
from safesend.errors import ConfigurationError
from safesend.preflight.report import Grade

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder
    from safesend.preflight.profiles import Standing
    from safesend.preflight.result import Preflight
    from safesend.transports.base import Transport

__all__ = ["preflight"]

_SERVER = frozenset({"P7", "P8"})
"""Checks for which the mail server is looked at."""


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    folder: Path
    via: tuple[str, ...]
    only: str | None
    offline: bool
    profile: tuple[str, ...]
    everybody: bool
    nameserver: tuple[Sequence[str] | None, int]
    address: tuple[str, ...]
    blocklist: tuple[str, ...]
    ledger: str | None
    suppression: str | None
    strict: bool
    as_json: bool
    password: PasswordPlace

    def again(self, command: str) -> str:
        """What to type now: that command, for the mailing as it was looked at."""
        words = [command, str(self.folder)]
        for name, values in (
            ("--via", self.via),
            ("--address", self.address if command == "preflight" else ()),
            ("--ledger", (self.ledger,)),
            ("--suppression", (self.suppression,)),
        ):
            words += [word for value in values if value for word in (name, value)]
        return shlex.join(words)


@click.command(short_help="Will it arrive? Ask DNS, the server and the list.")
@folder_argument
@click.option(
    "--via",
    multiple=True,
    metavar="URL",
    help="Carrier to look at, in place of campaign.toml's.",
)
@click.option(
    "--address",
    multiple=True,
    metavar="IP",
    help="An address from which the mail leaves, as others see it; may be repeated.",
)
@click.option(
    "--only", metavar="P1,P4", help="These checks only, of P1 to P14 [all of them]."
)
@click.option(
    "--offline", is_flag=True, help="Ask nobody: the DKIM plan, list and messages only."
)
@click.option(
    "--profile",
    multiple=True,
    metavar="NAME",
    help="Hold it against this provider: gmail, yahoo, microsoft, icloud; may be"
    " repeated [those who have people on the list; none with --only or --offline].",
)
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="Hold it against providers who have nobody on the list as well.",
)
@nameserver_option
@click.option(
    "--blocklist",
    multiple=True,
    metavar="ZONE",
    help="A DNS block list to look for the addresses in; may be repeated.",
)
@ledger_option
@click.option(
    "--suppression",
    metavar="PATH",
    help="A list of people who get nothing, in place of campaign.toml's.",
)
@click.option("--strict", is_flag=True, help="Warnings give the exit code 1 as well.")
@password_options
@json_option
@click.pass_context
def preflight(
    context: click.Context,
    /,
    *,
    password_file: Path | None,
    password_env: str | None,
    password_keyring: str | None,
    **options: Any,
) -> None:
    """Look whether the mailing in DIR will arrive. Nothing is sent.

    DNS is asked for what Gmail, Yahoo, Microsoft and others look at; the mail server
    for what it can do, up to the login; and every message is composed and checked.
    What is not well comes with what was seen, and with what to publish in its place.

    What cannot be looked at, for want of a server or an address, says so ("-"). The
    exit code is 0 where nothing stands in the way, 1 where something fails, and 3 where
    something could not be seen now, or nothing at all was looked at.

    \b
    Examples:
      safesend preflight spring
      safesend preflight spring --address 203.0.113.25
      safesend preflight spring --only P1,P2,P4 --nameserver 192.0.2.53
      safesend preflight spring --json --strict
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    place = PasswordPlace(
        file=password_file, variable=password_env, keyring=password_keyring
    )
    context.exit(_looked(_Wish(password=place, **options)))


def _looked(wish: _Wish) -> Exit:
    from safesend.cli.folder import open_folder
    from safesend.engine.outlook import Look, look_ahead
    from safesend.engine.sync import from_sync
    from safesend.preflight.profiles import known
    from safesend.transports.mx_settings import Nameservers

    known(wish.profile)
    folder = open_folder(wish.folder)
    campaign, checks = folder.campaign(), _checks(wish)
    shared = list_of(folder, wish.suppression)
    check_heard(campaign, shared)
    addresses, port = wish.nameserver
    servers = None if addresses is None else Nameservers(tuple(addresses), port)
    with _telling(len(checks), quiet=wish.as_json) as tell:
        look = Look(
            transport=_transport(wish, folder, checks),
            ledger=_ledger(wish, folder),
            suppression=shared,
            nameservers=servers,
            addresses=wish.address,
            blocklists=wish.blocklist,
            only=checks,
            tell=tell,
        )
        result = from_sync(lambda: look_ahead(campaign, look))
    code = _exit(result, strict=wish.strict)
    standings = _standings(result, wish)
    if wish.as_json:
        told = attrs.evolve(result, profiles=standings).to_json()
        show.emit({**told, "exit_code": int(code)})
    else:
        from safesend.cli.foresight import tell_preflight

        tell_preflight(result, standings, wish.again, beyond=bool(wish.profile))
    return code


def _checks(wish: _Wish) -> frozenset[str]:
    from safesend.preflight.titles import OFFLINE, chosen

    checks = chosen(wish.only)
    if not wish.offline:
        return checks
    if wish.only is not None and (online := checks - OFFLINE):
        raise ConfigurationError(
            f"{_in_order(online)} cannot be done --offline; what can is"
            f" {_in_order(OFFLINE)}"
        )
    return checks & OFFLINE


def _in_order(checks: frozenset[str]) -> str:
    from safesend.preflight.titles import TITLES

    return ", ".join(check for check in TITLES if check in checks)


def _transport(
    wish: _Wish, folder: CampaignFolder, checks: frozenset[str]
) -> Transport | None:
    """The carrier; None where none is named, or where only a login could be looked at.

    A password is asked for where the server is to be looked at.
    """
    from safesend.cli.carriers import each_alone, open_carrier

    settings = folder.settings
    if not (wish.via or settings.via or settings.ways):
        return own_carrier()
    ways = wish.via or [alone.way(None) for alone in each_alone(folder)]
    if not checks & _SERVER and any(urlsplit(way).username for way in ways):
        return None
    return open_carrier(folder, wish.via, wish.password)


def _ledger(wish: _Wish, folder: CampaignFolder) -> str:
    """The ledger, which need not be there unless it was named."""
    from safesend.cli.ledgers import existing_ledger, ledger_of

    if wish.ledger is not None:
        return existing_ledger(wish.ledger)
    return ledger_of(folder, None)


def _standings(result: Preflight, wish: _Wish) -> tuple[Standing, ...]:
    """How it stands with those providers who were asked for, or are concerned.

    A part of the checks says little of what a provider asks, so nothing is told then.
    """
    if wish.profile:
        return tuple(one for one in result.profiles if one.profile.name in wish.profile)
    if (wish.only is not None or wish.offline) and not wish.everybody:
        return ()
    return tuple(one for one in result.profiles if one.people or wish.everybody)


def _exit(result: Preflight, *, strict: bool) -> Exit:
    match result.grade:
        case Grade.FAIL:
            return Exit.PROBLEMS
        case Grade.UNKNOWN | Grade.SKIPPED:
            return Exit.AGAIN
        case Grade.WARN if strict:
            return Exit.PROBLEMS
        case _:
            return Exit.OK


@contextmanager
def _telling(checks: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """How far it is, on a terminal."""
    screen = show.console(err=True)
    if quiet or not screen.is_terminal:
        yield lambda _: None
        return
    done: list[str] = []

    def line() -> str:
        return f"Asking DNS and servers: {len(done)} of {checks} checks done"

    with screen.status(line()) as status:

        def tell(names: str) -> None:
            done.extend(names.split())
            status.update(line())

        yield tell
