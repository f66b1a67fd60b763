"""Rows a second of a rehearsal: compose, seal and every leak check.

    python benchmarks/rehearsal.py [--rows 100000] [--rounds 3] [--json FILE]

The letter and the list of the throughput benchmark: 2 KB of text and HTML with merge
fields, 100,000 rows of a CSV. Rounds in turn, in one process on one core:

- whole: `Campaign.rehearse()`, reading the list (twice) and every check included
- compose: the same rows composed and sealed, and nothing else: what checking adds

and once, with the same options, that it looks: an address of the list planted in the
letter, in a row, in a very hidden sheet of an attached workbook is refused each time.
Seconds are this machine's; the ratio is what to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import letter

from safesend import Attachment, Campaign, Rehearsal, Template, read_csv

_DATE = 1_800_000_000.0


def _campaign(people: Path, **changes: object) -> Campaign:
    parts = {"subject": letter.SUBJECT, "text": letter.TEXT, "html": letter.HTML}
    return Campaign(
        name="rehearsal",
        sender="The office <office@example.net>",
        template=Template(**{**parts, **changes}),  # type: ignore[arg-type]
        audience=read_csv(people),
    )


def _whole(people: Path) -> float:
    began = time.perf_counter()
    rehearsal = _campaign(people).rehearse()
    seconds = time.perf_counter() - began
    assert rehearsal.ok, rehearsal.leaks[:3]
    return rehearsal.recipients / seconds


def _compose(people: Path) -> float:
    campaign = _campaign(people)
    began = time.perf_counter()
    rows = sum(1 for _ in Rehearsal.messages(_unchecked(campaign)))
    return rows / (time.perf_counter() - began)


def _unchecked(campaign: Campaign) -> Rehearsal:
    """A rehearsal of nobody, whose messages are still to be composed."""
    from safesend.engine.mailing import Plan

    plan: Plan = campaign._plan(confirm_changes=True)  # noqa: SLF001
    preparer = plan.preparer(bytes(32))
    return Rehearsal(
        recipients=0,
        messages=lambda: (preparer.envelope(row, _DATE) for row in plan.audience),
    )


def _workbook(address: str) -> bytes:
    import io

    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = "Prices"
    raw = book.create_sheet("raw")
    raw["B7"] = address
    raw.sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _refused(people: Path, folder: Path, rows: int) -> list[str]:
    """What is planted is found, wherever the row stands in the list."""
    address = f"person{rows - 2}@example.org"
    sheet = Attachment.from_bytes(_workbook(address), name="prices.xlsx")
    planted = people.read_text("utf-8").splitlines(keepends=True)
    planted[2] = planted[2].replace(letter.row(1)[1], address, 1)
    other = folder / "planted.csv"
    other.write_text("".join(planted), "utf-8")
    found = {
        "letter": _campaign(people, text=f"{letter.TEXT}\n{address}\n"),
        "row": _campaign(other),
        "hidden sheet": _campaign(people, attachments=[sheet]),
    }
    for place, campaign in found.items():
        assert not campaign.rehearse().ok, place
    return sorted(found)


def main() -> None:
    """Measure, print, and write the JSON file."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--json", type=Path)
    asked = words.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    figures: dict[str, list[float]] = {"whole": [], "compose": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = folder / "people.csv"
        letter.write_list(people, asked.rows)
        for number in range(asked.rounds):
            figures["whole"].append(_whole(people))
            figures["compose"].append(_compose(people))
            print(f"round {number + 1}: {figures['whole'][-1]:,.0f} rows/s", flush=True)
        small = folder / "small.csv"
        letter.write_list(small, 2000)
        refused = _refused(small, folder, 2000)
    medians = {name: statistics.median(each) for name, each in figures.items()}
    ratio = medians["whole"] / medians["compose"]
    print(f"rehearsal  {medians['whole']:>9,.0f} rows/s")
    print(f"compose    {medians['compose']:>9,.0f} rows/s, read from CSV, no checks")
    print(f"ratio      {ratio:>9.2f}")
    print(f"planted and refused: {', '.join(refused)}")
    if asked.json is not None:
        told = {"rows": asked.rows, "medians": medians, "ratio": ratio, "all": figures}
        asked.json.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
