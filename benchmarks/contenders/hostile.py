"""Letters that must be refused: by this very build, before anything is measured.

They go the way of the measured ones, from a list in a file over the SQLite ledger to a
server. Each must be refused by the check that is there for it; afterwards the ledger is
read from the disk and the server asked: nobody was enrolled, and nothing arrived.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from benchmarks import letter
from benchmarks.contenders.ours import LANES
from benchmarks.core.sinks import run_sink
from safesend import Campaign, Template, read_csv
from safesend.errors import UnsafeMessage
from safesend.ledger import open_ledger
from safesend.message.address import Address
from safesend.message.envelope import seal_ready

__all__ = ["LETTERS", "refused"]

PEOPLE = 100
_PLANTED, _MARKED = letter.row(PEOPLE - 2)[0], letter.row(1)[1]


def refused(folder: Path) -> list[str]:
    """What was refused; ends the run when something was not, or by another check."""
    with run_sink("fast", folder) as sink:
        url = f"smtp+insecure-plaintext://127.0.0.1:{sink.port}"
        for number, (what, (check, attempt)) in enumerate(LETTERS.items()):
            place = folder / str(number)
            place.mkdir()
            _must_be_refused(what, check, functools.partial(attempt, place, url))
            _is_untouched(what, place / "benchmark.db")
    if taken := sink.told()["messages"]:
        raise SystemExit(f"{taken} letters that were refused arrived all the same")
    return [*LETTERS]


def _must_be_refused(what: str, check: str, attempt: Callable[[], object]) -> None:
    try:
        attempt()
    except UnsafeMessage as error:
        checks = {leak.check for leak in error.leaks}
        if checks == {check}:
            return
        raise SystemExit(f"{what} was refused by {checks} and not by {check}") from None
    raise SystemExit(f"{what} was not refused: this build is not safe")


def _is_untouched(what: str, ledger: Path) -> None:
    if not ledger.exists():
        return
    book = open_ledger(str(ledger))
    rows = sum(sum(book.counts(one.id).values()) for one in book.campaigns())
    book.close()
    if rows:
        raise SystemExit(f"{what} was refused, and {rows} rows are in the ledger")


def _sent(folder: Path, url: str, *, text: str = letter.TEXT, value: str = "") -> None:
    """With a value in place of one person's name."""
    people = folder / "people.csv"
    letter.write_list(people, PEOPLE)
    if value:
        rows = people.read_bytes().decode("utf-8")
        quoted = '"' + value + '"'
        people.write_bytes(rows.replace(f",{_MARKED},", f",{quoted},", 1).encode())
    Campaign(
        name="refused",
        sender=letter.SENDER,
        template=Template(letter.SUBJECT, text=text, html=letter.HTML),
        audience=read_csv(people),
    ).send(url, ledger=str(folder / "benchmark.db"), lanes=LANES)


def _planted(folder: Path, url: str) -> None:
    _sent(folder, url, text=f"{letter.TEXT}\n{_PLANTED}\n")


def _planted_in_row(folder: Path, url: str) -> None:
    _sent(folder, url, value=_PLANTED)


def _injected(folder: Path, url: str) -> None:
    _sent(folder, url, value="Ada\r\nBcc: eve@example.org")


def _lone_in_value(folder: Path, url: str) -> None:
    _sent(folder, url, value="Ada\nBcc: eve@example.org")


def _lone(_folder: Path, _url: str) -> None:
    """In the octets themselves: no value gets that far."""
    block = b"From: office@example.org\r\nTo: ada@example.org\r\n\r\n"
    ada = Address.parse("ada@example.org")
    seal_ready((block, b"Hello\n.\r\n"), "office@example.org", ada)


LETTERS: dict[str, tuple[str, Callable[[Path, str], None]]] = {
    "a leak planted in the letter": ("I3", _planted),
    "a leak planted in a row": ("I3", _planted_in_row),
    "an injected header": ("L11", _injected),
    "a lone line feed in a header": ("L11", _lone_in_value),
    "a lone line feed in the octets": ("I5", _lone),
}
"""What must be refused, by which check, and how it is tried."""
