"""One process of it: `python -m benchmarks.scale.step WHAT ...`, which tells in JSON.

- `claim URL KEYS CAMPAIGN`: claim and record all that waits.
- `enlist URL KEYS LIST NAME`: read, check and enrol a list; tells the peak of memory.
- `join URL KEYS NAME RELAY`: send it, as a worker does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import letter
from benchmarks.contenders.ours import LANES
from benchmarks.questions.ledger import CLAIM, NOW, REPLY
from safesend import Campaign, Template, read_csv
from safesend.engine.joining import enlist, join, joint
from safesend.engine.options import Options
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger, Result, Row, State
from safesend.transports import open_transport

__all__ = ["accepted", "main"]


def accepted(rows: list[Row]) -> list[Result]:
    """What a relay says of them all."""
    return [
        Result(row.id, State.ACCEPTED, code=250, enhanced="2.0.0", text=REPLY)
        for row in rows
    ]


def _claim(book: Ledger, campaign: str) -> dict[str, Any]:
    number = int(campaign)
    run = book.start_run(number, NOW)
    done, begun = 0, time.time()
    while rows := list(book.claim(number, run, CLAIM, NOW)):
        book.begin(run, [row.id for row in rows])
        book.record(run, accepted(rows), NOW)
        done += len(rows)
    told = {"rows": done, "begun": begun, "ended": time.time()}
    book.end_run(run, NOW)
    return told


def _enlist(book: Ledger, file: str, name: str) -> dict[str, Any]:
    source = letter.LETTERS["2k"]
    campaign = Campaign(
        name=name,
        sender=letter.SENDER,
        template=Template(source.subject, text=source.text, html=source.html),
        audience=read_csv(Path(file)),
    )
    carrier = open_transport("memory:")
    before = _peak()
    begun = time.process_time()
    options = Options(lanes=LANES, give_up_after="2d", confirm_changes=False)
    record = asyncio.run(enlist(campaign, options, book, carrier))
    cpu = time.process_time() - begun
    rows = sum(book.counts(record.id).values())
    return {"rows": rows, "cpu": cpu, "before": before, "peak": _peak()}


def _join(book: Ledger, name: str, relay: str) -> dict[str, Any]:
    begun = time.process_time()
    report = asyncio.run(join(joint(book, name), open_transport(relay)))
    return {"rows": report.accepted, "cpu": time.process_time() - begun}


def _peak() -> int:
    """Octets that were resident at most since the program began (proc(5), VmHWM)."""
    text = Path("/proc/self/status").read_text("utf-8")
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Do it, and tell."""
    what, url, keys, *words = sys.argv[1:]
    steps: dict[str, Callable[..., dict[str, Any]]] = {
        "claim": _claim,
        "enlist": _enlist,
        "join": _join,
    }
    with closing(open_ledger(url, key_home=Path(keys))) as book:
        print(json.dumps(steps[what](book, *words)), flush=True)


if __name__ == "__main__":
    main()
