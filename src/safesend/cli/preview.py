"""`safesend preview DIR`: a page that shows the mailing as its recipients get it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safesend.cli import show
from safesend.cli.check import findings_json, tell_findings
from safesend.cli.exits import Exit
from safesend.cli.options import folder_argument, json_option
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.preview import Look, Preview

__all__ = ["preview"]

_EXAMPLES = """\b
Examples:
  safesend preview spring --open
  safesend preview spring --page spring.html --search müller --search example.net
"""


@click.command(
    epilog=_EXAMPLES, short_help="Show the mailing as its recipients get it."
)
@folder_argument
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the page and its messages (.eml) go; else NAME-preview beside DIR.",
)
@click.option(
    "--page",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this one self-contained page instead of a folder.",
)
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--sample",
    type=click.IntRange(1, 500),
    default=25,
    show_default=True,
    help="How many messages can be looked at, at most.",
)
@click.option(
    "--search",
    metavar="TEXT",
    multiple=True,
    help="Choose people with this in their address or a field. May be repeated.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Write even where something lies that no preview made.",
)
@json_option
@click.pass_context
def preview(
    context: click.Context,
    *,
    folder: Path,
    out: Path | None,
    file: Path | None,
    opened: bool,
    sample: int,
    search: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write a page that shows the mailing of DIR as its recipients get it.

    Every message is composed and checked, as 'safesend check' does. A sample can be
    stepped through: the first, the last, the longest and the shortest letter, one
    mailbox of each provider, rows with unusual characters, and whomever you search
    for. The page loads nothing and runs nothing of the letter. Nothing is sent.
    """
    from safesend import preview as room
    from safesend.cli.folder import open_folder
    from safesend.policies.providers import builtin

    if out is not None and file is not None:
        raise click.UsageError("--out and --page are two ways; give one of them")
    campaign = open_folder(folder)
    target = file or out or _beside(folder, campaign.settings.name)
    if not force:  # before a long list is read
        (room.check_folder if file is None else room.check_page)(target)
    found = room.look(
        campaign.campaign(),
        sample=sample,
        search=search,
        providers=builtin().extended(campaign.pacing().providers),
    )
    write = room.write_folder if file is None else room.write_page
    page = write(found, target, force=force)
    if as_json:
        show.emit(_as_json(found, page))
    else:
        _tell(found, page, folder)
    if opened:
        _open(page)
    if not found.rehearsal.ok:
        context.exit(Exit.PROBLEMS)


def _beside(folder: Path, name: str) -> Path:
    return folder.resolve().parent / f"{name}-preview"


def _tell(found: Preview, page: Path, folder: Path) -> None:
    rehearsal = found.rehearsal
    tell_findings(rehearsal)
    for text in found.search:
        if not found.sample.matched:
            show.say(f"Nobody in the list has {mask_text(repr(text))}.", err=True)
    people = show.people(rehearsal.recipients)
    show.say(f"{people}; {show.count(len(found.looks))} can be looked at in:")
    show.say(f"  {page}")
    show.say(
        "It holds addresses and letters in clear, for you alone to read: delete it"
    )
    show.say("when you have looked.")
    if rehearsal.ok:
        show.say(f"Nothing was sent. To send: safesend send {folder}")
    else:
        show.say("Nothing was sent. Mend this and look again.", err=True)


def _open(page: Path) -> None:
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        show.say(f"No browser could be started; open {page} yourself.", err=True)


def _as_json(found: Preview, page: Path) -> dict[str, Any]:
    return {
        **findings_json(found.rehearsal),
        "page": str(page),
        "matched": found.sample.matched,
        "sample": [_look_json(one) for one in found.looks],
    }


def _look_json(one: Look) -> dict[str, Any]:
    return {
        "recipient": str(one.recipient.address),
        "row": one.recipient.source,
        "reasons": [mask_text(reason) for reason in one.pick.reasons],
        "ok": one.ok,
        "says": mask_text(one.sentence),
    }
