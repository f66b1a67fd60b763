"""What limits the pace, in the words of the person who waits."""

from __future__ import annotations

from collections.abc import Mapping

from safesend.cli.show import count, when
from safesend.engine.bottleneck import Kind, Limit
from safesend.redaction import mask_text

__all__ = ["brief", "pace", "whole"]


def pace(rate: float) -> str:
    """Messages a second, in the unit in which that reads well: "50/s", "6/min"."""
    for unit, seconds in (("s", 1), ("min", 60)):
        if rate * seconds >= 1:
            return f"{rate * seconds:.3g}/{unit}"
    return f"{rate * 3600:.3g}/h"


_WORDS: Mapping[Kind, str] = {
    "hours": "the sending hours, nothing goes{until}",
    "pause": "a pause, nothing goes{to}{until}{reply}",
    "date": "nothing is due{until}",
    "reaching": "the server is not reached{reply}",
    "rate": "the rate that is set{to}, {rate}",
    "eased": "the server said that mail{to} comes too fast, now {rate}{reply}",
    "machine": "this machine: its processor is busy with composing and sending",
    "disk": "the disk on which the ledger lies",
    "connections": "the server bears only {number} at a time{to}{reply}",
    "lanes": "the server's answers: all {number} are busy (more --lanes may help, if it"
    " bears them)",
    "answers": "the server's answers to what is on the wire",
}
_GROWING = "the {number} that are open; more follow while the server keeps up"


def whole(limit: Limit, now: float) -> str:
    """In a sentence's end: "the rate that is set, 50/s"."""
    words = _WORDS[limit.kind]
    if limit.kind == "connections" and not limit.reply:
        words = _GROWING
    number = limit.number or 1
    return words.format(
        to=f" to {limit.provider}" if limit.provider else "",
        until="" if limit.until is None else f" until {when(limit.until, now)}",
        reply=f": {mask_text(limit.reply)}" if limit.reply else "",
        rate=pace(limit.rate or 0.0),
        number=f"{count(number)} connection{'s' if number > 1 else ''}",
    )


_BRIEF: Mapping[Kind, str] = {
    "rate": "as set",
    "eased": "the server wants it slower",
    "connections": "few connections",
    "lanes": "all connections busy",
    "machine": "the processor is busy",
    "disk": "the disk is slow",
}


def brief(limit: Limit | None) -> str:
    """For a line that is short, and says elsewhere why nothing goes: "as set"."""
    return "" if limit is None else _BRIEF.get(limit.kind, "")
