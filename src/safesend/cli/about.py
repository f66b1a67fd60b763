"""`safesend about LEDGER ADDRESS`: what a ledger knows of one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import attrs
import click

from safesend.cli import show
from safesend.cli.ledgers import existing_ledger
from safesend.cli.options import json_option, ledger_argument
from safesend.cli.overview import WORDS
from safesend.cli.persons import given_address, mailbox_of, purged_line
from safesend.ledger.base import Ledger
from safesend.ledger.persons import Trace
from safesend.ledger.replies import reason
from safesend.ledger.values import State
from safesend.message.attachment import Attachment
from safesend.message.rowdata import unpack
from safesend.redaction import mask_text

__all__ = ["about"]


@click.command(short_help="Say what is known of one person.")
@ledger_argument
@click.argument("address", metavar="ADDRESS")
@click.option(
    "--show-data",
    is_flag=True,
    help="Show the person's own address and fields, where they are still kept.",
)
@json_option
def about(ledger: str, address: str, *, show_data: bool, as_json: bool) -> None:
    """Say what LEDGER knows of one person, in all of its campaigns.

    ADDRESS may be "-": it is read from standard input then. Reading changes nothing.
    LEDGER is the ledger or the campaign folder.

    \b
    Examples:
      safesend about spring ada@example.com
      safesend about spring ada@example.com --show-data --json
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    who = given_address(address)
    from safesend.ledger import open_ledger

    with closing(open_ledger(existing_ledger(ledger))) as book:
        mailbox = mailbox_of(book, who)
        rows = [
            _entry(book, one, show_data=show_data)
            for one in book.persons.about(mailbox)
        ]
        purged = [one.name for one in book.campaigns() if one.purged is not None]
        found = {
            "ledger": book.name,
            "address": str(who),
            "rows": rows,
            "suppressed": book.suppressed(mailbox),
            "purged": purged,
        }
        last = purged_line(book)
    if as_json:
        show.emit(found)
        return
    for line in (*_lines(found), *last):
        show.say(line)


def _entry(book: Ledger, trace: Trace, *, show_data: bool) -> dict[str, Any]:
    kept = trace.payload is not None
    entry: dict[str, Any] = {
        "campaign": trace.campaign,
        "state": trace.state.value,
        "attempts": trace.attempts,
        "first_tried": trace.first_tried,
        "last_tried": trace.last_tried,
        "stage": trace.stage,
        "reply": mask_text(reason(trace.code, trace.enhanced, trace.text)),
        "heard": [attrs.asdict(word) for word in trace.heard],
        "data_kept": kept,
        "encrypted": kept and getattr(book, "encrypted", False),
    }
    if show_data and trace.payload is not None:
        entry["data"] = _data(trace.payload)
    return entry


def _data(payload: bytes) -> dict[str, Any]:
    person = unpack(payload)
    return {
        "address": person.address.wire,
        "key": person.key,
        "source": person.source,
        "fields": _plain(person.fields),
        "attachments": [_file(one) for one in person.attachments],
    }


def _plain(value: Any) -> Any:
    """Mappings and tuples of a row as JSON has them."""
    match value:
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
    return value


def _file(attachment: Attachment) -> dict[str, Any]:
    """Its size is that of when it was read in; a file that was missing has none."""
    size = attachment.size
    return {"name": attachment.name, "size": size if size >= 0 else None}


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"Ledger {found['ledger']}"
    if not found["rows"]:
        yield f"{found['address']} is in no campaign of this ledger."
    for row in found["rows"]:
        yield from _row_lines(row)
    left_out = "left out" if found["suppressed"] else "not left out"
    yield f"\n{found['address']}: {left_out} of later campaigns."


def _row_lines(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n{row['campaign']}: {WORDS[State(row['state'])]}"
    if row["last_tried"] is not None:
        tries = "1 try" if row["attempts"] == 1 else f"{row['attempts']} tries"
        first, last = (_date(row[f"{name}_tried"]) for name in ("first", "last"))
        dates = f"on {first}" if first == last else f"from {first} to {last}"
        yield f"  {tries}, {dates}"
    if row["reply"]:
        yield f"  The server said: {row['reply']}"
    for word in row["heard"]:
        said = reason(word["code"], word["enhanced"], word["text"])
        on = f" on {_date(word['at'])}" if word["at"] else ""
        yield f"  Afterwards {word['heard']}{on}{f': {said}' if said else ''}"
    if not row["data_kept"]:
        yield "  Address and fields are erased; a digest is kept"
        return
    how = "encrypted" if row["encrypted"] else "in clear"
    yield f"  Address and fields are kept until it is done ({how})"
    for name, value in _shown(row.get("data", {})):
        yield f"    {name}: {value}"


def _date(date: float) -> str:
    """With the day, whenever it is read."""
    return show.moment(date, 0.0)


def _shown(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if name == "fields":
            yield from value.items()
        elif name == "attachments":
            yield from (("attached file", one["name"]) for one in value)
        elif value:
            yield name, value
