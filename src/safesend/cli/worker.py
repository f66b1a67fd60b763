"""`safesend worker LEDGER`: send what a ledger holds, without the campaign's folder."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
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
from safesend.cli.passwords import PasswordPlace, password_at, password_options
from safesend.cli.progress import watching
from safesend.cli.settings import MOST_LANES
from safesend.cli.summary import summary
from safesend.cli.telling import Telling, telling_options
from safesend.clock import SYSTEM
from safesend.errors import ConfigurationError
from safesend.ledger.whereabouts import shown

if TYPE_CHECKING:
    from safesend.engine.content import Kept, Keys, Way
    from safesend.engine.joining import Joint
    from safesend.engine.report import Report
    from safesend.ledger.base import Ledger
    from safesend.suppression import SuppressionList
    from safesend.transports.base import Transport

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
    from safesend.engine.joining import joint
    from safesend.ledger import open_ledger

    place = existing_ledger(wish.ledger)
    with closing(open_ledger(place)) as book, _asked_to_stop() as asked:
        found = joint(book, chosen_campaign(book, wish.campaign).name)
        try:
            report = _sent(wish, found)
        except KeyboardInterrupt:
            if not asked:
                raise
            return _stopped(wish, book, found)
    return _told(wish, report)


def _sent(wish: _Wish, found: Joint) -> Report:
    from safesend.engine.joining import join
    from safesend.engine.sync import from_sync
    from safesend.suppression.lending import lent

    carrier = _carrier(wish, found.kept.way)
    shared = Path(wish.suppression) if wish.suppression is not None else None
    with ExitStack() as stack:
        enter = stack.enter_context
        asked = enter(lent(shared))
        keys = _keys(wish, found.kept, asked)
        watch = watching(quiet=wish.as_json, ahead=ahead(found.record.kind))
        hearing = [enter(watch), *enter(wish.telling.listeners())]
        return from_sync(
            lambda: join(
                found,
                carrier,
                keys=keys,
                suppression=asked,
                deadline=wish.deadline,
                lanes=wish.lanes,
                on_event=hearing,
            )
        )


def _carrier(wish: _Wish, way: Way | None) -> Transport:
    from safesend.transports import open_transport

    own, place = None if wish.via else way, wish.password
    url = wish.via or (own.url if own else "")
    if not url:
        raise ConfigurationError(
            "the campaign names no carrier; name one: --via smtp://mail.example.org:587"
        )
    if own is not None and not place.one_only():
        file = own.password_file
        place = PasswordPlace(
            file=Path(file) if file else None, variable=own.password_env
        )
    return open_transport(url, password=password_at(url, place))


def _keys(wish: _Wish, kept: Kept, shared: SuppressionList | None) -> Keys:
    from safesend.engine.content import Keys
    from safesend.message.dkim_key import read_key

    sealed = kept.seals_links and shared is not None
    return Keys(
        dkim=[read_key(file) for file in wish.keys],
        unsubscribe=shared.unsubscribe_key() if sealed and shared else None,
    )


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Whether a service manager said so; it ends the run as Ctrl-C does."""
    asked: list[int] = []

    def hear(number: int, _: FrameType | None) -> None:
        asked.append(number)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def _stopped(wish: _Wish, book: Ledger, found: Joint) -> Exit:
    """It did as it was told; whether somebody has to go on, the code says."""
    from safesend.ledger.base import State

    waiting = book.counts(found.record.id).get(State.WAITING, 0)
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
    words = ["safesend", "worker", shown(wish.ledger)]
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
