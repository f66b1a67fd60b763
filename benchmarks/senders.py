"""The senders that are compared, each in a process of its own.

`python senders.py NAME PORT PEOPLE FOLDER` sends to so many people and prints one JSON
object: sent, seconds (sending), preparing (before that), cpu (of the whole process).
"""

from __future__ import annotations

import json
import re
import smtplib
import sys
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import letter

__all__ = ["main"]

SENDER = "The office <office@example.org>"


def by_smtplib(port: int, people: int, _folder: Path) -> dict[str, float]:
    """The loop that most programs have: EmailMessage, one connection."""
    begin = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        for number in range(people):
            fields = dict(zip(letter.COLUMNS, letter.row(number), strict=True))
            client.send_message(_message(fields))
    return {"sent": people, "seconds": time.perf_counter() - begin, "preparing": 0.0}


def _message(fields: dict[str, str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = SENDER, fields["email"]
    message["Subject"] = _filled(letter.SUBJECT, fields)
    # RFC 5322 section 3.6: a Date must and a Message-ID should be there; safesend
    # writes both, so the same work is done here.
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(_filled(letter.TEXT, fields))
    message.add_alternative(_filled(letter.HTML, fields), subtype="html")
    return message


def _filled(source: str, fields: dict[str, str]) -> str:
    return re.sub(r"\{\{ (\w+) \}\}", lambda hit: fields[hit[1]], source)


def by_safesend(port: int, people: int, folder: Path, ledger: str) -> dict[str, float]:
    """What safesend does as it comes, from the list in a file to the last record."""
    from safesend import Campaign, Template, read_csv

    file = folder / f"people-{people}.csv"
    if not file.exists():
        letter.write_list(file, people)
    campaign = Campaign(
        name=f"benchmark-{time.time_ns()}",
        sender=SENDER,
        template=Template(letter.SUBJECT, text=letter.TEXT, html=letter.HTML),
        audience=read_csv(file),
    )
    way = f"smtp+insecure-plaintext://127.0.0.1:{port}"
    report = campaign.send(way, ledger=ledger, lanes=16)
    if ledger != ":memory:":
        _read_back(ledger, campaign.name, people)
    return {
        "sent": report.accepted,
        "seconds": report.seconds,
        "preparing": report.rehearsal_seconds,
    }


def _read_back(ledger: str, name: str, people: int) -> None:
    """The ledger on disk says the same as the report."""
    from safesend.ledger import open_ledger
    from safesend.ledger.base import State

    book = open_ledger(ledger)
    [record] = [known for known in book.campaigns() if known.name == name]
    counts = dict(book.counts(record.id))
    book.close()
    if counts != {State.ACCEPTED: people}:
        raise SystemExit(f"the ledger disagrees: {counts}")


def by_refusing(_port: int, _people: int, folder: Path) -> dict[str, float]:
    """What must be refused is refused by this very build, with these very options."""
    from safesend import Campaign, Recipient, Template
    from safesend.errors import SafesendError

    hostile = {
        "an injected header": {"name": "Ada\r\nBcc: eve@example.org"},
        "a lone line feed": {"name": "Ada\nBcc: eve@example.org"},
    }
    planted = {"a planted recipient": {"Cc": "bo@example.org"}}
    refused = 0
    for what, fields in [*hostile.items(), *planted.items()]:
        person = dict(zip(letter.COLUMNS[1:], letter.row(1)[1:], strict=True))
        headers = fields if what in planted else {}
        values = person if what in planted else person | fields
        try:
            Campaign(
                name=what,
                sender=SENDER,
                template=Template(
                    letter.SUBJECT, text=letter.TEXT, html=letter.HTML, headers=headers
                ),
                audience=[Recipient("ada@example.org", **values)],
            ).send(f"eml:{folder / 'refused'}", ledger=":memory:")
        except SafesendError:
            refused += 1
        else:
            raise SystemExit(f"{what} was not refused: this build is not safe")
    return {"sent": refused, "seconds": 0.0, "preparing": 0.0}


def main() -> None:
    """Send with the sender that the command line names."""
    name, port, people = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    folder = Path(sys.argv[4])
    match name:
        case "smtplib":
            result = by_smtplib(port, people, folder)
        case "safesend-memory":
            result = by_safesend(port, people, folder, ":memory:")
        case "safesend-sqlite":
            ledger = str(folder / "benchmark.db")
            result = by_safesend(port, people, folder, ledger)
        case "refusals":
            result = by_refusing(port, people, folder)
        case _:
            raise SystemExit(f"no sender is called {name}")
    print(json.dumps(result | {"cpu": time.process_time()}))


if __name__ == "__main__":
    main()
