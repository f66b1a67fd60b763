"""`safesend worker LEDGER`: send what a ledger holds, without the campaign's folder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safesend.cli import exits, show
from safesend.cli.asking import interactive
from safesend.cli.exits import Exit
from safesend.cli.kinds import ahead
from safesend.cli.ledgers import existing_ledger, meant
from safesend.cli.options import json_option, ledger_argument, seconds
from safesend.cli.orders_shown import command
from safesend.cli.passwords import (
    PasswordPlace,
    password_at,
    password_options,
    refuse_password,
)
from safesend.cli.progress import Troubles, watching
from safesend.cli.settings import MOST_LANES
from safesend.cli.summary import summary
from safesend.cli.telling import Telling, port_of, telling_options
from safesend.clock import SYSTEM
from safesend.ledger.whereabouts import masked, shown

if TYPE_CHECKING:
    from safesend.engine.events import Listener
    from safesend.engine.report import Report
    from safesend.fleet.looking import Chance
    from safesend.fleet.pump import Pumped
    from safesend.fleet.secrets import Secrets
    from safesend.fleet.serving import Served
    from safesend.ledger.base import CampaignRecord
    from safesend.redaction import Secret

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
    keep_running: bool
    health: tuple[str, int] | None
    health_file: Path | None
    password: PasswordPlace
    telling: Telling
    as_json: bool


@click.command(short_help="Send what a ledger holds, without the folder.")
@ledger_argument
@click.option("--campaign", metavar="NAME", help="This one only, of several.")
@click.option("--via", metavar="URL", help="Carrier, in place of the campaign's own.")
@click.option(
    "--dkim-key",
    "keys",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A private key in PEM that a campaign is signed with; one for each.",
)
@click.option(
    "--suppression",
    metavar="PATH",
    help="The suppression list that the campaigns were enrolled with.",
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
@click.option(
    "--keep-running",
    is_flag=True,
    help="Never end: wait for new work, and for a database that is away.",
)
@click.option(
    "--health",
    metavar="[HOST:]PORT",
    callback=port_of,
    help="Answer /live and /ready there over HTTP (this machine alone, unless a host"
    " is named).",
)
@click.option(
    "--health-file",
    type=_FILE,
    metavar="FILE",
    help="Touch it every second while all is well.",
)
@password_options
@telling_options
@json_option
@click.pass_context
def worker(
    context: click.Context,
    /,
    *,
    password_file: Path | None,
    password_env: str | None,
    password_keyring: str | None,
    metrics: tuple[str, int] | None,
    log: str | None,
    verbose: bool,
    **given: Any,
) -> None:
    """Send what 'safesend enrol' and 'safesend send' put into LEDGER.

    Letter, files and settings are in the ledger. Passwords, DKIM keys and the
    suppression list are not: name them here, or in SAFESEND_PASSWORD (or
    SAFESEND_PASSWORD_FILE), SAFESEND_DKIM_KEYS and SAFESEND_SUPPRESSION. Several
    workers may send at once. Asked to stop (SIGTERM, Ctrl-C), a worker finishes what is
    on the wire and gives back the rest; asked twice, it ends at once.

    \b
    Examples:
      safesend worker spring.safesend.db
      safesend worker spring.safesend.db --password-env SMTP_PASSWORD --json
      safesend worker postgresql://mail@db.example.org/mail --keep-running --health 8080
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(
        password=PasswordPlace(
            file=password_file, variable=password_env, keyring=password_keyring
        ),
        telling=Telling(metrics=metrics, log=log, verbose=verbose),
        **given,
    )
    context.exit(_work(wish))


def _work(wish: _Wish) -> Exit:
    from safesend.engine.stop import Stop
    from safesend.engine.sync import from_sync
    from safesend.fleet.health import Health
    from safesend.fleet.serving import Audience, Job, serve
    from safesend.fleet.signals import stopped_by_signals

    job = Job(
        # A service may be there before its database is.
        ledger=existing_ledger(wish.ledger, bare=wish.keep_running),
        secrets=_secrets(wish),
        campaign=meant(wish.ledger, wish.campaign),
        via=wish.via,
        lanes=wish.lanes,
        seconds=wish.deadline,
        for_ever=wish.keep_running,
    )
    stop = Stop()
    health = Health(stop, wish.health_file)
    if wish.keep_running:
        show.say(f"Serving {shown(job.ledger)} until it is told to stop.", err=True)
    troubles = Troubles()
    with (
        stopped_by_signals(stop),
        wish.telling.listeners() as others,
        health.told_at(wish.health),
    ):
        audience = Audience(
            watch=lambda record: _watched(wish, record, others, troubles),
            turned=lambda pumped: _turned(wish, pumped, troubles),
            say=lambda words: show.say(masked(words), err=True),
        )
        served = from_sync(lambda: serve(job, audience, stop, health))
    if stop.reason is not None:
        return _stopped(wish, served, stop.reason)
    return _told(wish, served)


def _secrets(wish: _Wish) -> Secrets:
    """Those that the options name; what they leave out, the environment may."""
    from safesend.fleet.secrets import Pem, Secrets

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
        # Where nobody sits, the error names the variables that a worker reads.
        ask=_asked if interactive() else None,
    )


def _asked(url: str) -> Secret | None:
    return password_at(url, PasswordPlace())


@contextmanager
def _watched(
    wish: _Wish, record: CampaignRecord, others: list[Listener], troubles: Troubles
) -> Iterator[list[Listener]]:
    if wish.keep_running:
        yield [troubles.of(record.name), *others]
        return
    quiet = wish.as_json
    with watching(quiet=quiet, ahead=ahead(record.kind)) as watcher:
        yield [watcher, *others]


def _turned(wish: _Wish, pumped: Pumped, troubles: Troubles) -> None:
    """A service tells what it did, a line for each time that something went."""
    report = pumped.report
    if not wish.keep_running or not report.sent_now:
        return
    troubles.over(report.campaign)
    if wish.as_json:
        brief = {"campaign": report.campaign, "sent": report.sent_now}
        click.echo(json.dumps(brief | {"waiting": pumped.waiting}))
    else:
        show.say(
            f"{report.campaign}: {show.count(report.sent_now)} sent,"
            f" {show.count(pumped.waiting)} waiting"
        )


def _stopped(wish: _Wish, served: Served, reason: str) -> Exit:
    """It did as it was told; whether somebody has to go on, the code says."""
    waiting = sum(pumped.waiting for pumped in served.pumped.values())
    code = Exit.AGAIN if waiting and not wish.keep_running else Exit.OK
    if reason == "interrupted" and not wish.keep_running:
        code = Exit.INTERRUPTED
    if wish.as_json:
        brief = {"stopped": reason, "waiting": waiting, "exit_code": int(code)}
        click.echo(json.dumps(brief)) if wish.keep_running else show.emit(brief)
        return code
    again = "" if wish.keep_running else f" To go on: {_again(wish)}"
    show.say(f"Stopped as asked; {show.people(waiting)} waiting.{again}")
    return code


def _told(wish: _Wish, served: Served) -> Exit:
    reports = [pumped.report for pumped in served.pumped.values()]
    codes = [
        *(exits.of_report(report) for report in reports),
        *(exits.of_error(error) for error in served.failed.values()),
    ]
    if served.left:
        codes.append(Exit.AGAIN)
    code = max(codes, key=_WORST.index, default=Exit.OK)
    for name, error in served.failed.items():
        show.say(f"Error: {name} was not sent: {masked(str(error))}", err=True)
    if wish.as_json:
        show.emit(_as_json(reports, served) | {"exit_code": int(code)})
        return code
    for report in reports:
        for line in summary(report, _again(wish), SYSTEM.now()):
            show.say(line)
    for line in _left(wish, served, SYSTEM.now()):
        show.say(line)
    return code


def _left(wish: _Wish, served: Served, now: float) -> Iterator[str]:
    """Who had no turn, and why; or that there was nobody."""
    for chance in served.left:
        name = chance.record.name
        if chance.held:
            again = command("resume", wish.ledger, campaign=name)
            yield f"{name} is paused. To let it go on: {again}"
        elif chance.due is not None:
            yield f"{name} goes on at {show.when(chance.due, now)}."
        else:
            yield f"{name}: all who wait are in the hands of other workers."
    if not (served.pumped or served.failed or served.left):
        yield f"Nobody waits in {shown(wish.ledger)}; nothing was sent."


_WORST = (Exit.OK, Exit.PROBLEMS, Exit.AGAIN, Exit.USAGE)


def _as_json(reports: list[Report], served: Served) -> dict[str, Any]:
    """The report of the one campaign, or those of several by their names."""
    if len(reports) == 1 and not served.failed and not served.left:
        return reports[0].to_json()
    failed = {name: masked(str(error)) for name, error in served.failed.items()}
    told = {report.campaign: report.to_json() for report in reports}
    left = {one.record.name: _why_left(one) for one in served.left}
    return {"campaigns": told, "failed": failed, "left": left}


def _why_left(chance: Chance) -> str:
    if chance.held:
        return "paused"
    return "in other hands" if chance.due is None else "not yet due"


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
