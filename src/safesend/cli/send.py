"""`safesend send DIR`: ask once, send to everybody, say what became of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs
import click

from safesend.cli import exits, show
from safesend.cli.aim import Aim, correction_options, test_options
from safesend.cli.asking import interactive
from safesend.cli.exits import Exit
from safesend.cli.kinds import ahead, kind_line
from safesend.cli.leaving import check_heard
from safesend.cli.ledgers import ledger_of, tell_what_lies_open
from safesend.cli.limiting import limiting_options
from safesend.cli.lists import list_of
from safesend.cli.options import (
    beginning,
    caution_options,
    folder_argument,
    json_option,
    ledger_option,
    seconds,
)
from safesend.cli.orders_shown import Undoing
from safesend.cli.passwords import PasswordPlace, password_options
from safesend.cli.progress import watching
from safesend.cli.settings import MOST_LANES
from safesend.cli.summary import summary
from safesend.cli.telling import Telling, telling_options
from safesend.clock import SYSTEM
from safesend.engine.report import Report
from safesend.errors import (
    AudienceError,
    LedgerError,
    LedgerForgot,
    TransportError,
    UnsafeMessage,
)
from safesend.ledger.whereabouts import shown

if TYPE_CHECKING:
    from safesend.campaign import Campaign
    from safesend.cli.carriers import Opened
    from safesend.cli.folder import CampaignFolder
    from safesend.cli.pacing import Wanted

__all__ = ["send"]

_LANES = 8
_FILE = click.Path(dir_okay=False, path_type=Path)


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    folder: Path
    aim: Aim
    via: tuple[str, ...]
    pace: Wanted
    pilot: str | None
    approvals: int | None
    lanes: int | None
    processes: int | None
    ledger: str | None
    yes: bool
    as_json: bool
    deadline: float | None
    confirm_changes: bool
    on_doubt: Literal["hold", "resend", "assume-accepted"]
    suppression: str | None
    password: PasswordPlace
    telling: Telling


@click.command()
@folder_argument
@test_options
@correction_options
@click.option(
    "--via",
    multiple=True,
    metavar="URL",
    help="Carrier, in place of campaign.toml's. Given twice: the second stands in"
    " where the first is down.",
)
@click.option(
    "--rate", metavar="N/UNIT", help="At most so many: 50/s, 600/min, 20k/day."
)
@click.option(
    "--lanes",
    type=click.IntRange(1, MOST_LANES),
    metavar="N",
    help="Connections at a time [8].",
)
@click.option(
    "--processes",
    type=click.IntRange(1, MOST_LANES),
    metavar="N",
    help="Processes that share the lanes [for a long list one for each processor].",
)
@limiting_options
@ledger_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--deadline",
    callback=seconds,
    metavar="TIME",
    help="Begin nothing more after that, 50m for example (a mere number is seconds);"
    " what is left waits for the next run.",
)
@click.option(
    "--delay",
    callback=seconds,
    metavar="TIME",
    help="Wait so long before the first message leaves, 5m for example; until then"
    " 'safesend cancel' undoes it all.",
)
@click.option(
    "--at",
    callback=beginning,
    metavar="DATE",
    help='Begin at that date: "2026-12-01 09:00", in local time.',
)
@click.option(
    "--hours",
    metavar="HOURS",
    help='When mail may leave: "Mon-Fri 09:00-17:00 Europe/Berlin".',
)
@click.option(
    "--give-up-after",
    metavar="TIME",
    help="Give somebody up who was put off for so long: 12h, 5d [2d].",
)
@click.option(
    "--rules", type=_FILE, metavar="FILE", help="Rules of your own for replies."
)
@click.option(
    "--mx",
    is_flag=True,
    help="Ask DNS who keeps the mailboxes of domains that are in no table.",
)
@caution_options
@click.option(
    "--confirm-changes",
    is_flag=True,
    help="Go on although the letter changed or the list grew much since the first run.",
)
@click.option(
    "--on-doubt",
    type=click.Choice(["hold", "resend", "assume-accepted"]),
    default="hold",
    show_default=True,
    help="When the line breaks between a message and its answer: hold the row for a"
    " person, send it again (may arrive twice), or count it as accepted.",
)
@click.option(
    "--suppression",
    metavar="PATH",
    help="A list of people who get nothing, in place of campaign.toml's.",
)
@password_options
@telling_options
@json_option
@click.pass_context
def send(
    context: click.Context,
    /,
    *,
    folder: Path,
    via: tuple[str, ...],
    rate: str | None,
    lanes: int | None,
    processes: int | None,
    connections: int | None,
    limits: str | None,
    ledger: str | None,
    yes: bool,
    as_json: bool,
    deadline: float | None,
    delay: float | None,
    at: str | None,
    hours: str | None,
    give_up_after: str | None,
    rules: Path | None,
    mx: bool,
    pilot: str | None,
    approvals: int | None,
    confirm_changes: bool,
    on_doubt: Literal["hold", "resend", "assume-accepted"],
    suppression: str | None,
    password_file: Path | None,
    password_env: str | None,
    password_keyring: str | None,
    metrics: tuple[str, int] | None,
    log: str | None,
    verbose: bool,
    **aim: Any,
) -> None:
    """Send the letter in DIR to everybody on its list.

    Every message is composed and checked before the first one leaves; then one
    question is asked. NAME.safesend.db beside the folder remembers who got it: after
    a crash, Ctrl-C or a deferral run the same command again, and it goes on without
    writing to anybody twice.

    \b
    Examples:
      safesend send spring
      safesend send spring --via smtp://me@mail.example.org --rate 50/s
      safesend send spring --test me@example.org --as row:17
      safesend send oops --correction-of spring.safesend.db
      safesend send spring --yes --json --password-env SMTP_PASSWORD
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.cli.pacing import Wanted

    pace = Wanted(
        rate=rate,
        hours=hours,
        give_up_after=give_up_after,
        rules=rules,
        mx=mx,
        delay=delay,
        start=at,
        connections=connections,
        limits=limits,
    )
    wish = _Wish(
        folder=folder,
        aim=Aim(**aim),
        via=via,
        pace=pace,
        pilot=pilot,
        approvals=approvals,
        lanes=lanes,
        processes=processes,
        ledger=ledger,
        yes=yes,
        as_json=as_json,
        deadline=deadline,
        confirm_changes=confirm_changes,
        on_doubt=on_doubt,
        suppression=suppression,
        password=PasswordPlace(
            file=password_file, variable=password_env, keyring=password_keyring
        ),
        telling=Telling(metrics=metrics, log=log, verbose=verbose),
    )
    context.exit(_send(wish))


def _send(wish: _Wish) -> Exit:
    from safesend.cli.carriers import open_for_all
    from safesend.cli.folder import open_folder

    if not wish.yes and not wish.aim.tests and not interactive():
        raise click.UsageError(
            "nobody is here to be asked; check with 'safesend check"
            f" {shlex.quote(str(wish.folder))}', then send with --yes"
        )
    folder = open_folder(wish.folder)
    pacing = folder.pacing(wish.pace)  # what is wrong is said before anything is asked
    caution = folder.caution(approvals=wish.approvals, pilot=wish.pilot)
    shared = list_of(folder, wish.suppression)
    ledger = ledger_of(folder, wish.ledger)
    campaign, opened = (
        folder.campaign(wish.aim),
        open_for_all(folder, wish.via, wish.password),
    )
    transport = opened.carrier
    if wish.aim.tests:
        from safesend.cli.trial import try_out

        rules, as_json = pacing.rules, wish.as_json
        return try_out(campaign, transport, wish.aim, ledger, rules, as_json=as_json)
    check_heard(campaign, shared)
    if line := kind_line(campaign.booked.kind, campaign.booked.about):
        show.say(line, err=True)
    from safesend.cli.question import ask, beginning_of

    begins = beginning_of(pacing)
    if not wish.yes:
        refusal = ask(
            folder,
            campaign,
            transport,
            caution=caution,
            shared=shared,
            ledger=ledger,
            begins=begins,
        )
        if refusal is not None:
            return refusal
    how = pacing.options() | caution.options()
    return _tell(wish, _run(wish, folder, how, campaign, opened))


def _run(
    wish: _Wish,
    folder: CampaignFolder,
    how: Mapping[str, Any],
    campaign: Campaign,
    opened: Opened,
) -> Report:
    from safesend.cli.together import processes_of
    from safesend.engine.options import Options
    from safesend.fleet.sending import send as send_by
    from safesend.fleet.signals import interrupted_by_sigterm
    from safesend.ledger import open_ledger

    place, shared = ledger_of(folder, wish.ledger), list_of(folder, wish.suppression)
    options = Options(
        **{"give_up_after": "2d", "auto_stop": True, **how},
        lanes=wish.lanes or folder.settings.lanes or _LANES,
        deadline=wish.deadline,
        on_doubt=wish.on_doubt,
        suppression=shared,
        confirm_changes=wish.confirm_changes,
    )
    others = processes_of(folder, opened, place, wish.processes, shared)
    book = open_ledger(place)
    try:
        # Closing it writes as well, and may fail as sending may.
        with (
            closing(book) as ledger,
            watching(quiet=wish.as_json, ahead=ahead(campaign.booked.kind)) as listener,
            wish.telling.listeners() as more,
            interrupted_by_sigterm(),
        ):
            undoing = Undoing(listener, ledger, shown(place), campaign.booked.name)
            report = send_by(
                campaign,
                opened.carrier,
                ledger,
                options,
                processes=others,
                on_event=[undoing, *more],
            )
            tell_what_lies_open(ledger, report)
    except (AudienceError, UnsafeMessage) as wrong:
        look = shlex.join(["safesend", "check", str(wish.folder), *wish.aim.words()])
        wrong.add_note(f"Mend this first. All of it is told by: {look}")
        raise
    except LedgerForgot:
        raise  # a person is to look before anything goes on
    except (KeyboardInterrupt, LedgerError, TransportError) as end:
        end.add_note(
            "What was sent before is recorded. To go on; nobody gets it twice:\n"
            f"  {_again(wish)}"
        )
        raise
    return report


def _again(wish: _Wish) -> str:
    """The command that goes on: above all with the same ledger."""
    words = ["safesend", "send", str(wish.folder)]
    pace = wish.pace
    for option, value in (
        *(("--via", via) for via in wish.via),
        ("--rate", pace.rate),
        ("--lanes", wish.lanes),
        ("--processes", wish.processes),
        ("--connections", pace.connections),
        ("--limits", pace.limits),
        ("--ledger", wish.ledger),
        ("--hours", pace.hours),
        ("--give-up-after", pace.give_up_after),
        ("--rules", pace.rules),
        ("--suppression", wish.suppression),
    ):
        if value is not None:
            words += [option, str(value)]
    if pace.mx:
        words.append("--mx")
    words += [*wish.password.words(), *wish.telling.words(), *wish.aim.words()]
    if wish.on_doubt != "hold":
        words += ["--on-doubt", wish.on_doubt]
    return shlex.join(words)


def _tell(wish: _Wish, report: Report) -> Exit:
    code = exits.of_report(report)
    if wish.as_json:
        show.emit(report.to_json() | {"exit_code": int(code)})
        return code
    for line in summary(report, _again(wish), SYSTEM.now()):
        show.say(line)
    return code
