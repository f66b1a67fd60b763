"""The one workload of the benchmark: text and HTML with five fields, 2 KB or 20 KB."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import attrs

__all__ = [
    "COLUMNS",
    "HTML",
    "LETTERS",
    "SENDER",
    "SUBJECT",
    "TEXT",
    "Letter",
    "fields",
    "filled",
    "row",
    "write_list",
]

SENDER = "The office <office@example.org>"

COLUMNS = ("email", "name", "city", "amount", "day", "code")
NAMES = ("Ada", "Bö", "Chén", "Dédé", "Eve", "Øystein", "Zoë", "Liu")
CITIES = ("Århus", "Bern", "Cádiz", "Delft")
DAYS = ("Monday", "Tuesday", "Friday")

SUBJECT = "{{ name }}, your seat on {{ day }}"
TEXT = """\
Dear {{ name }},

thank you for your order. We look forward to seeing you in {{ city }} on {{ day }}.
The doors open half an hour before the beginning; tea and cake are in the café on the
first floor. Please bring this message with you, printed or on your telephone.

Your code:  {{ code }}
To be paid: {{ amount }} euros

If you cannot come, please tell us two days before, so that somebody else can have your
seat. You reach us between nine and noon at the office, or simply by an answer to this
message. We cannot change seats on the evening itself.

With kind regards
The office
"""
HTML = """\
<!doctype html>
<html><body style="font-family: sans-serif; max-width: 40em">
<p>Dear {{ name }},</p>
<p>thank you for your order. We look forward to seeing you in <b>{{ city }}</b> on
<b>{{ day }}</b>. The doors open half an hour before the beginning; tea and cake are in
the café on the first floor. Please bring this message with you.</p>
<table><tr><td>Your code</td><td>{{ code }}</td></tr>
<tr><td>To be paid</td><td>{{ amount }} euros</td></tr></table>
<p>If you cannot come, please tell us two days before, so that somebody else can have
your seat. You reach us between nine and noon at the office, or by an answer.</p>
<p>With kind regards<br>The office</p>
</body></html>
"""


@attrs.frozen
class Letter:
    """What is sent, with its placeholders."""

    text: str
    html: str
    subject: str = SUBJECT


def _longer(octets: int) -> Letter:
    """The same letter with its long paragraph many times, so that it is that long."""
    plain, marked = TEXT.split("\n\n"), HTML.split("<p>")
    times = octets // (len(plain[3]) + len(marked[3]) + 6)
    text = [*plain[:3], *[plain[3]] * times, *plain[4:]]
    html = [*marked[:3], *[marked[3]] * times, *marked[4:]]
    return Letter("\n\n".join(text), "<p>".join(html))


LETTERS = {"2k": Letter(TEXT, HTML), "20k": _longer(18_000)}


def filled(source: str, values: dict[str, str]) -> str:
    """A text with its placeholders replaced, as simply as it can be done."""
    return re.sub(r"\{\{ (\w+) \}\}", lambda hit: values[hit[1]], source)


def fields(number: int) -> dict[str, str]:
    """The values of one person by name."""
    return dict(zip(COLUMNS, row(number), strict=True))


def row(number: int) -> tuple[str, ...]:
    """The values of one person, in the order of `COLUMNS`; no two are alike."""
    return (
        f"person{number}@example.org",
        NAMES[number % len(NAMES)],
        CITIES[number % len(CITIES)],
        f"{number % 90 + 10}.50",
        DAYS[number % len(DAYS)],
        f"{number * 7919 % 1_000_003:06d}",
    )


def write_list(file: Path, people: int) -> None:
    """A CSV file of so many people."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(row(number) for number in range(people))
