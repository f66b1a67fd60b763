"""Leaks as a person, a program and a code scanner read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from safesend.cli import show
from safesend.errors import Leak, Severity
from safesend.redaction import mask_text

__all__ = ["leak_json", "sarif", "tell_leaks"]

_SHOWN = 20
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.REFUSE: "error", Severity.WARN: "warning"}


def tell_leaks(title: str, leaks: Sequence[Leak]) -> None:
    """Print a table on standard error: check, where, why, and what to do.

    What is to be done is said once for each check, under the table.
    """
    if not leaks:
        return
    from rich.table import Table

    screen = show.console(err=True)
    show.say(title, err=True)
    table = Table(expand=False, pad_edge=False, show_lines=False)
    table.add_column("check", no_wrap=True)
    table.add_column("where", overflow="fold", ratio=2)
    table.add_column("why", overflow="fold", ratio=3)
    for leak in leaks[:_SHOWN]:
        table.add_row(leak.check, _shown(_where(leak)), _shown(leak.reason))
    screen.print(table)
    if len(leaks) > _SHOWN:
        show.say(f"  ... and {show.count(len(leaks) - _SHOWN)} more", err=True)
    _tell_advice(leaks[:_SHOWN])


def leak_json(leak: Leak) -> dict[str, str]:
    """A leak as plain values, masked."""
    return {
        "check": leak.check,
        "severity": leak.severity.value,
        "row": mask_text(leak.row),
        "place": mask_text(leak.place),
        "reason": mask_text(leak.reason),
        "advice": leak.advice,
    }


def sarif(leaks: Iterable[Leak], file: str) -> dict[str, Any]:
    """The leaks in SARIF 2.1.0 (OASIS), for code scanners and editors.

    `file` is where a leak stands that belongs to no row.
    """
    from safesend.checks.catalogue import ALL_CHECKS
    from safesend.checks.mailboxes.catalogue import ALL_ADVICE

    found = list(leaks)
    titles = {one.id: (one.title, one.way_out) for one in ALL_CHECKS}
    titles |= {one.id: (one.title, one.way_out) for one in ALL_ADVICE}
    ids = sorted({leak.check for leak in found})
    rules = [
        {
            "id": name,
            "shortDescription": {"text": titles.get(name, (name, ""))[0]},
            "help": {"text": titles.get(name, (name, ""))[1]},
        }
        for name in ids
    ]
    driver = {"name": "safesend", "rules": rules}
    results = [_result(leak, ids, file) for leak in found]
    run = {"tool": {"driver": driver}, "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(leak: Leak, ids: Sequence[str], file: str) -> dict[str, Any]:
    name, _, line = leak.row.rpartition(":")
    in_row = line.isdecimal() and bool(name)
    place: dict[str, Any] = {"artifactLocation": {"uri": name if in_row else file}}
    if in_row and int(line):
        place["region"] = {"startLine": int(line)}
    where = {"fullyQualifiedName": mask_text(leak.place), "kind": "member"}
    return {
        "ruleId": leak.check,
        "ruleIndex": ids.index(leak.check),
        "level": _LEVELS[leak.severity],
        "message": {"text": mask_text(f"{leak.place}: {leak.reason}")},
        "locations": [{"physicalLocation": place, "logicalLocations": [where]}],
    }


def _where(leak: Leak) -> str:
    return f"{leak.row}: {leak.place}" if leak.row else leak.place


def _shown(text: str) -> str:
    return show.printable(mask_text(text))


def _tell_advice(leaks: Iterable[Leak]) -> None:
    advice = {leak.check: leak.advice for leak in leaks if leak.advice}
    if advice:
        show.say("What to do:", err=True)
    for check, text in advice.items():
        show.say(f"  {check}: {text}", err=True)
