"""`safesend report LEDGER`: the account of a mailing that somebody may file."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from safesend.cli import show
from safesend.cli.ledgers import chosen_campaign, existing_ledger, meant
from safesend.cli.options import JSON, ledger_argument
from safesend.errors import ConfigurationError
from safesend.ledger.postgres.address import is_address
from safesend.redaction import mask_text

if TYPE_CHECKING:
    from safesend.dossier import Dossier
    from safesend.intake import TableAudience
    from safesend.ledger.values import Account
    from safesend.message.recipient import Recipient

__all__ = ["report"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_LIST = click.Path(exists=True, dir_okay=False, path_type=Path)
_PROBLEMS = 5
"""So many lines of a list that cannot be read are told one by one."""


@attrs.frozen(kw_only=True)
class _Wish:
    """The options as they were given."""

    place: str
    form: str
    recipients: Path | None
    address: str | None
    key: str | None
    out: Path | None
    show: bool


def _note_json(context: click.Context, _: click.Parameter, value: str) -> str:
    context.meta[JSON] = value == "json"
    return value


@click.command(short_help="Give the account of a mailing, to file.")
@ledger_argument
@click.option(
    "--campaign", metavar="NAME", help="Which one, when the ledger holds several."
)
@click.option("--html", "form", flag_value="html", help="A page in a file of its own.")
@click.option("--csv", "form", flag_value="csv", help="A line for each figure.")
@click.option(
    "--json",
    "form",
    flag_value="json",
    is_eager=True,
    callback=_note_json,
    help="Print one JSON object on standard output.",
)
@click.option(
    "--recipients",
    type=_LIST,
    metavar="LIST",
    help="A line for each person of this list, as CSV, with addresses in clear.",
)
@click.option("--address", metavar="COLUMN", help="The list's column of addresses.")
@click.option(
    "--key", metavar="COLUMN", help="The list's key column, where the campaign has one."
)
@click.option("--out", type=_FILE, metavar="FILE", help="Where to write it.")
@click.option("--open", "shown", is_flag=True, help="Show the page in the browser.")
def report(
    ledger: str,
    *,
    campaign: str | None,
    form: str | None,
    recipients: Path | None,
    address: str | None,
    key: str | None,
    out: Path | None,
    shown: bool,
) -> None:
    """Give the account of a mailing, as its ledger knows it.

    What was sent to how many and when, what became of it, who ordered what, which
    checks ran, how the line was secured. LEDGER is the ledger or the campaign folder;
    reading it changes nothing. No address is in it, but with --recipients: you hold
    the list then, and each person of it is told with what became of the message.

    \b
    Examples:
      safesend report spring
      safesend report spring --html
      safesend report spring --recipients spring/people.csv --out who.csv
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    wish = _Wish(
        place=ledger,
        form=form or ("html" if shown else "csv" if recipients else "text"),
        recipients=recipients,
        address=address,
        key=key,
        out=out,
        show=shown,
    )
    _refuse_what_does_not_go_together(wish)
    from safesend.dossier import read_dossier, table
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        record = chosen_campaign(book, meant(ledger, campaign))
        dossier = read_dossier(book, record.name)
        if wish.form == "html":
            _write_page(dossier, _home(wish.place, book.name), wish)
        elif recipients is None:
            _write(_account(dossier, wish.form), out)
            _tell_where(dossier, out)
        else:
            audience = _audience(wish)
            found = table.joined(book, record.name, audience)
            _write(_people(dossier, found, wish.form), out)
            _tell_skipped(audience)
            _tell_where(dossier, out)


def _refuse_what_does_not_go_together(wish: _Wish) -> None:
    if wish.show and wish.form != "html":
        raise click.UsageError("--open shows the page: it goes with --html")
    if wish.recipients is None and (wish.address or wish.key):
        raise click.UsageError("--address and --key are about a list: --recipients")
    if wish.recipients is not None and wish.form == "html":
        raise click.UsageError(
            "the page names nobody; --recipients goes with --csv or --json"
        )


def _account(dossier: Dossier, form: str) -> Iterator[str]:
    """The account of everybody together."""
    from safesend.dossier import table, text

    if form == "json":
        yield json.dumps(dossier.to_json(), ensure_ascii=False, indent=2) + "\n"
    elif form == "csv":
        yield from table.cells(table.figures(dossier))
    else:
        yield from (f"{show.printable(line)}\n" for line in text.lines(dossier))


def _people(
    dossier: Dossier, found: Iterable[tuple[Recipient, Account | None]], form: str
) -> Iterator[str]:
    """The account of each person of a list, a piece at a time: it may be long."""
    from safesend.dossier import table

    rows = table.recipients(found)
    if form == "csv":
        yield from table.cells(rows)
    else:
        yield from _as_json(dossier, rows)


def _as_json(dossier: Dossier, rows: Iterable[list[object]]) -> Iterator[str]:
    """The account with one more field, `recipients`, one object to a line."""
    account = json.dumps(dossier.to_json(), ensure_ascii=False, indent=2)
    lines = iter(rows)
    names = [*map(str, next(lines))]
    yield account.removesuffix("\n}") + ',\n  "recipients": ['
    before = "\n    "
    for line in lines:
        one = dict(zip(names, line, strict=True))
        yield before + json.dumps(one, ensure_ascii=False)
        before = ",\n    "
    yield "\n  ]\n}\n"


def _audience(wish: _Wish) -> TableAudience:
    """The list, read as campaign.toml says where a campaign folder was named."""
    from safesend.intake.anything import is_csv, read_any

    file = wish.recipients
    assert file is not None
    said = dict.fromkeys(("address", "key", "delimiter", "encoding"))
    if Path(wish.place).is_dir():
        from safesend.cli.folder import open_folder

        settings = open_folder(Path(wish.place)).settings
        said = {name: getattr(settings, name) for name in said}
    address, key = wish.address or said["address"], wish.key or said["key"]
    csv = ("delimiter", "encoding") if is_csv(file) else ()
    return read_any(
        file,
        address=address,
        key=key,
        skip_invalid=True,
        **{name: said[name] for name in csv},
    )


def _tell_skipped(audience: TableAudience) -> None:
    for problem in audience.problems[:_PROBLEMS]:
        show.say(f"Left out: {mask_text(str(problem))}", err=True)
    if (more := audience.skipped - _PROBLEMS) > 0:
        show.say(f"Left out: {show.count(more)} lines more", err=True)


def _tell_where(dossier: Dossier, out: Path | None) -> None:
    """On standard error: what was asked for is in the file."""
    if out is not None:
        place = shlex.quote(str(out.absolute()))
        show.say(f"The account of {dossier.campaign}: {place}", err=True)


def _write_page(dossier: Dossier, folder: Path, wish: _Wish) -> None:
    out = (wish.out or folder / _file_name(dossier)).absolute()
    _write([dossier.to_html()], out)
    show.say(f"The account of {dossier.campaign}: {shlex.quote(str(out))}")
    if wish.show:
        import webbrowser

        webbrowser.open(out.as_uri())


def _home(place: str, ledger: str) -> Path:
    """Where the page lies: beside the ledger, or beside the folder, or here."""
    if not is_address(ledger):
        return Path(ledger).parent
    return Path(place).resolve().parent if Path(place).is_dir() else Path()


def _file_name(dossier: Dossier) -> str:
    name = re.sub(r"[^\w .+-]", "_", dossier.campaign).lstrip(".")
    return f"{name or 'campaign'}-report.html"


def _write(pieces: Iterable[str], out: Path | None) -> None:
    """To standard output, or whole into a file that only its owner may read."""
    if out is None:
        for piece in pieces:
            sys.stdout.write(piece)
        return
    draft = ""
    try:
        # mkstemp: only its owner may read it, from the first octet on.
        descriptor, draft = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
            file.writelines(pieces)
        Path(draft).replace(out)
    except OSError as error:
        raise ConfigurationError(
            f"{out} cannot be written: {error.strerror}; say where with --out"
        ) from None
    finally:
        if draft:
            Path(draft).unlink(missing_ok=True)
