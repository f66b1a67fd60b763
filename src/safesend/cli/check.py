"""`safesend check DIR`: compose and check every message, show a few, send none."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.aim import Aim, correction_options
from safesend.cli.exits import Exit
from safesend.cli.findings import leak_json, sarif, tell_leaks
from safesend.cli.kinds import kind_line, seeds_words
from safesend.cli.letter import Letter, read_letter, show_letter
from safesend.cli.lists import kept_back, list_of
from safesend.cli.options import FolderType, format_option, json_option
from safesend.cli.show import Masker
from safesend.engine.report import Rehearsal
from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.whereabouts import is_kept, masked
from safesend.message.content import short_form
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.cli.folder import CampaignFolder

__all__ = ["check", "findings_json", "tell_findings"]

_SHOWN = 20


@click.command(short_help="Compose and check every message; show a few.")
@click.argument(
    "folder",
    metavar="[DIR]",
    required=False,
    type=FolderType(),
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many messages to show.",
)
@click.option(
    "--full-addresses",
    is_flag=True,
    help="Show addresses whole in the samples (they are masked otherwise).",
)
@click.option(
    "--message",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Inspect this one message (.eml) instead, whatever program made it.",
)
@click.option(
    "--audience",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --message: the list of all who get the mailing (CSV, Parquet ...).",
)
@click.option(
    "--recipient",
    metavar="ADDRESS",
    help="With --message: whom it is for (else the one mailbox of its To).",
)
@correction_options
@format_option
@json_option
@click.pass_context
def check(
    context: click.Context,
    /,
    *,
    folder: Path | None,
    sample: int,
    full_addresses: bool,
    message: Path | None,
    audience: Path | None,
    recipient: str | None,
    form: str | None,
    as_json: bool,
    **aim: Any,
) -> None:
    """Compose every message of DIR, check it and show a few. Nothing is sent.

    Whatever is wrong is listed with its file and line, and gives the exit code 1.

    With --message and --audience, one finished message of any program is inspected
    instead: it must show nobody of the audience but the one whom it is for.

    \b
    Examples:
      safesend check spring
      safesend check spring --sample 0 --json
      safesend check --message letter.eml --audience people.csv
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    form = "json" if as_json else form or "text"
    if message is not None:
        if folder is not None or audience is None:
            raise click.UsageError("--message goes with --audience, and without DIR")
        from safesend.cli.inspect import inspect_file

        context.exit(inspect_file(message, audience, recipient, form))
    if folder is None:
        raise click.UsageError("name a campaign folder, or --message and --audience")
    _check_folder(
        context, folder, Aim(**aim), sample, form, full_addresses=full_addresses
    )


def _check_folder(
    context: click.Context,
    folder: Path,
    aim: Aim,
    sample: int,
    form: str,
    *,
    full_addresses: bool,
) -> None:
    from safesend.cli.folder import open_folder

    opened = open_folder(folder)
    _check_way(opened)
    shared, campaign = list_of(opened, None), opened.campaign(aim)
    # With a ledger there is a digest that people approve.
    rehearsal = campaign.rehearse(ledger=_ledger(opened))
    mask = Masker(opened.own_addresses, show_all=full_addresses)
    letters = _letters(rehearsal, sample, mask) if rehearsal.ok else []
    out = kept_back(shared, campaign.audience) if rehearsal.ok else 0
    if form == "json":
        shown = [letter.to_json() for letter in letters]
        booked = {"kind": campaign.booked.kind, "about": campaign.booked.about}
        found = findings_json(rehearsal) | booked
        show.emit({**found, "sample": shown, "suppressed": out})
    elif form == "sarif":
        leaks = [*rehearsal.leaks, *rehearsal.warnings]
        show.emit(sarif(leaks, str(opened.settings.file)))
    else:
        if line := kind_line(campaign.booked.kind, campaign.booked.about):
            show.say(line)
        _tell(rehearsal, letters, shlex.join([str(folder), *aim.words()]), out)
    if not rehearsal.ok:
        context.exit(Exit.PROBLEMS)


def _ledger(folder: CampaignFolder) -> str | None:
    """The folder's ledger, if there is one, and it can be reached from here."""
    try:
        return folder.place if is_kept(folder.place) else None
    except LedgerError as error:
        show.say(f"Checked without the ledger: {masked(str(error))}", err=True)
        return None


def _check_way(folder: CampaignFolder) -> None:
    """Whether campaign.toml's carrier and pace can be used; nothing is connected."""
    from safesend.cli.carriers import each_alone, look_at

    folder.pacing()
    folder.caution()
    try:
        for alone in each_alone(folder):
            look_at(alone, alone.way(None))
    except ConfigurationError as error:
        where = folder.settings.where("via")
        raise ConfigurationError(f"{where}: {error}") from None


def _letters(rehearsal: Rehearsal, sample: int, mask: Masker) -> list[Letter]:
    envelopes = itertools.islice(rehearsal.messages(), sample)
    return [read_letter(envelope, mask) for envelope in envelopes]


def findings_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """What a rehearsal found as plain values, masked."""
    return {
        "ok": rehearsal.ok,
        "recipients": rehearsal.recipients,
        "seeds": rehearsal.seeds,
        "notes": list(rehearsal.notes),
        "skipped": rehearsal.skipped,
        "total_problems": rehearsal.total_problems,
        "leaks": [leak_json(leak) for leak in rehearsal.leaks],
        "warnings": [leak_json(leak) for leak in rehearsal.warnings],
        "allowed": [
            {"allow": str(allow), "met": met}
            for allow, met in rehearsal.allowed.items()
        ],
        "problems": [mask_text(str(problem)) for problem in rehearsal.problems],
        "failures": [mask_text(str(problem)) for problem in rehearsal.failures],
        "seconds": rehearsal.seconds,
        "digest": rehearsal.digest.hex() or None,
    }


def _tell(rehearsal: Rehearsal, letters: list[Letter], again: str, out: int) -> None:
    for number, letter in enumerate(letters, 1):
        show_letter(letter, f"Message {number} of {show.count(rehearsal.recipients)}")
    tell_findings(rehearsal)
    if not rehearsal.ok:
        show.say("Nothing was sent. Mend this and check again.", err=True)
        return
    people = show.people(rehearsal.recipients) + seeds_words(rehearsal.seeds)
    show.say(
        f"{people}, each with a message of their own; every one was composed and"
        f" checked in {show.duration(rehearsal.seconds)}."
    )
    if rehearsal.digest:
        show.say(f"Content, as people approve it: {short_form(rehearsal.digest)}.")
    if out:
        them = "1 of them is" if out == 1 else f"{show.count(out)} of them are"
        show.say(f"{them} on the suppression list and will be left out.")
    show.say(f"Nothing was sent. To send: safesend send {again}")


def tell_findings(rehearsal: Rehearsal) -> None:
    """Print what a rehearsal found, on standard error."""
    tell_leaks("This would expose somebody:", rehearsal.leaks)
    _list("Problems:", [str(problem) for problem in rehearsal.problems])
    _list(
        "These messages cannot be made; the others are not held up:",
        [str(problem) for problem in rehearsal.failures],
    )
    tell_leaks("Worth a look; nothing is held up:", rehearsal.warnings)
    _list(
        "Allowed in this campaign:",
        [
            f"{allow} (met {'once' if met == 1 else f'{met} times'})"
            for allow, met in rehearsal.allowed.items()
        ],
    )
    _list("To know of this list:", list(rehearsal.notes))
    if rehearsal.skipped and rehearsal.ok:
        show.say(
            f"{show.people(rehearsal.skipped)} left out, their lines cannot be used"
            " (skip_invalid).",
            err=True,
        )


def _list(title: str, lines: list[str]) -> None:
    if lines:
        show.say(title, err=True)
        for line in lines[:_SHOWN]:
            show.say(f"  {mask_text(line)}", err=True)
        if len(lines) > _SHOWN:
            show.say(f"  ... and {show.count(len(lines) - _SHOWN)} more", err=True)
