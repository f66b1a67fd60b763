"""`safesend worker LEDGER`: send what a ledger holds, without the campaign's folder."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import attrs
import click

from safesend.cli import exits, show
from safesend.cli.exits import Exit
from safesend.cli.kinds import ahead
from safesend.cli.ledgers import chosen_campaign, existing_ledger
from safesend.cli.options import json_option, seconds
from safesend.cli.passwords import (
    PasswordPlace,
    password_at,
    password_options,
    refuse_password,
)
from safesend.cli.progress import watching
from safesend.cli.settings import MOST_LANES
from safesend.cli.summary import summary
from safesend.cli.telling import Telling, telling_options
from safesend.clock import SYSTEM

if TYPE_CHECKING:
    from safesend.engine.report import Report
    from safesend.engine.stop import Stop
    from safesend.fleet import Secrets
    from safesend.ledger.base import CampaignRecord

__all__ = ["worker"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    ledger: str
    campaign: str | None
    via: str | None
    keys: tuple[Path, ...]
    suppression: str | None
    lanes: int | None
    deadline: float | None
    password: PasswordPlace
    telling: Telling
    as_json: bool


@click.command(short_help="Send what a ledger holds, without the folder.")
@click.argument("ledger", metavar="LEDGER")
@click.option(
    "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
)
@click.option("--via", metavar="URL", help="Carrier, in place of the campaign's own.")
@click.option(
    "--dkim-key",
    "keys",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A private key in PEM that the campaign is signed with; one for each.",
)
@click.option(
    "--suppression",
    metavar="PATH",
    help="The suppression list that the campaign was enrolled with.",
)
@click.option(
    "--lanes",
    type=click.IntRange(1, MOST_LANES),
    metavar="N",
    help="Connections at a time, in place of the campaign's number.",
)
@click.option(
    "--deadline",
    callback=seconds,
    metavar="TIME",
    help="Begin nothing more after that, 50m for example.",
)
@password_options
@telling_options
@json_option
@click.pass_context
def worker(
    context: click.Context,
    /,
    *,
    ledger: str,
    campaign: str | None,
    via: str | None,
    keys: tuple[Path, ...],
    suppression: str | None,
    lanes: int | None,
    deadline: float | None,
    password_file: Path | None,
    password_env: str | None,
    password_keyring: str | None,
    metrics: tuple[str, int] | None,
    log: str | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Send what 'safesend enrol' put into LEDGER.

    Letter, files and settings are in the ledger. Passwords, DKIM keys and the
    suppression list are not: name them here. Several workers may send at once. Asked to
    stop (SIGTERM), a worker finishes what is on the wire and gives back the rest.

    \b
    Examples:
      safesend worker spring.safesend.db
      safesend worker spring.safesend.db --password-env SMTP_PASSWORD --json
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(
        ledger=ledger,
        campaign=campaign,
        via=via,
        keys=keys,
        suppression=suppression,
        lanes=lanes,
        deadline=deadline,
        password=PasswordPlace(
            file=password_file, variable=password_env, keyring=password_keyring
        ),
        telling=Telling(metrics=metrics, log=log, verbose=verbose),
        as_json=as_json,
    )
    context.exit(_work(wish))


def _work(wish: _Wish) -> Exit:
    from safesend.ledger import open_ledger

    place = existing_ledger(wish.ledger)
    with closing(open_ledger(place)) as book:
        record = chosen_campaign(book, wish.campaign)
    with _asked_to_stop() as stop:
        report = _sent(wish, place, record, stop)
        if stop.reason is not None:
            return _stopped(wish, report.waiting)
    return _told(wish, report)


def _sent(wish: _Wish, place: str, record: CampaignRecord, stop: Stop) -> Report:
    from safesend.fleet import pump

    secrets = _secrets(wish)
    watch = watching(quiet=wish.as_json, ahead=ahead(record.kind))
    with watch as watcher, wish.telling.listeners() as others:
        pumped = pump(
            place,
            record.name,
            secrets=secrets,
            via=wish.via,
            seconds=wish.deadline,
            lanes=wish.lanes,
            on_event=[watcher, *others],
            stop=stop,
        )
    return pumped.report


def _secrets(wish: _Wish) -> Secrets:
    """Those that the options name; what they leave out, the environment may."""
    from safesend.fleet import Pem, Secrets

    found, place = Secrets.from_environment(), wish.password
    if wish.via is not None:
        refuse_password(wish.via)
    given = place.one_only()
    return attrs.evolve(
        found,
        password=place.at_hand() if given else found.password,
        keyring=place.keyring,
        dkim=tuple(map(Pem, wish.keys)) or found.dkim,
        suppression=Path(wish.suppression) if wish.suppression else found.suppression,
        ask=lambda url: password_at(url, PasswordPlace()),
    )


@contextmanager
def _asked_to_stop() -> Iterator[Stop]:
    """A service manager's word to stop."""
    from safesend.engine.stop import Stop

    stop = Stop()

    def hear(_number: int, _frame: FrameType | None) -> None:
        stop.ask("asked to")

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


def _stopped(wish: _Wish, waiting: int) -> Exit:
    """It did as it was told; whether somebody has to go on, the code says."""
    code = Exit.AGAIN if waiting else Exit.OK
    if wish.as_json:
        show.emit({"stopped": "asked to", "waiting": waiting, "exit_code": int(code)})
    else:
        show.say(
            f"Stopped as asked; {show.people(waiting)} waiting. To go on:"
            f" {_again(wish)}"
        )
    return code


def _told(wish: _Wish, report: Report) -> Exit:
    code = exits.of_report(report)
    if wish.as_json:
        show.emit(report.to_json() | {"exit_code": int(code)})
        return code
    for line in summary(report, _again(wish), SYSTEM.now()):
        show.say(line)
    return code


def _again(wish: _Wish) -> str:
    """The command that goes on."""
    words = ["safesend", "worker", wish.ledger]
    for option, value in (
        ("--campaign", wish.campaign),
        ("--via", wish.via),
        *(("--dkim-key", file) for file in wish.keys),
        ("--suppression", wish.suppression),
        ("--lanes", wish.lanes),
    ):
        if value is not None:
            words += [option, str(value)]
    return shlex.join([*words, *wish.password.words(), *wish.telling.words()])
