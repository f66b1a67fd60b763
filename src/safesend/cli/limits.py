"""What limits the pace, in the words of the person who waits."""

from __future__ import annotations

from typing import assert_never

from safesend.cli.show import count, when
from safesend.engine.bottleneck import Limit
from safesend.redaction import mask_text

__all__ = ["brief", "pace", "whole"]


def pace(rate: float) -> str:
    """Messages a second, in the unit in which that reads well: "50/s", "6/min"."""
    for unit, seconds in (("s", 1), ("min", 60)):
        if rate * seconds >= 1:
            return f"{rate * seconds:.3g}/{unit}"
    return f"{rate * 3600:.3g}/h"


def whole(limit: Limit, now: float) -> str:
    """In a sentence's end: "the rate that you set, 50/s"."""
    to = f" to {limit.provider}" if limit.provider else ""
    reply = f": {mask_text(limit.reply)}" if limit.reply else ""
    until = "" if limit.until is None else f" until {when(limit.until, now)}"
    match limit.kind:
        case "rate":
            return f"the rate that is set{to}, {pace(limit.rate or 0)}"
        case "eased":
            rate = pace(limit.rate or 0)
            return f"the server said that mail{to} comes too fast, now {rate}{reply}"
        case "pause":
            return f"a pause, nothing goes{to}{until}{reply}"
        case "hours":
            return f"the sending hours, nothing goes{until}"
        case "date":
            return f"nothing is due{until}"
        case "reaching":
            return f"the server is not reached{reply}"
        case "connections":
            return _connections(limit, reply)
        case "lanes":
            return (
                f"the server's answers: all {count(limit.number or 0)} connections are"
                " busy (more --lanes may help, if the server bears them)"
            )
        case "answers":
            return "the server's answers to what is on the wire"
        case "machine":
            return "this machine: its processor is busy with composing and sending"
        case "disk":
            return "the disk on which the ledger lies"
        case _:
            assert_never(limit.kind)


def _connections(limit: Limit, reply: str) -> str:
    if limit.number is None:
        return f"the connections that {limit.provider} bears at a time{reply}"
    if not reply:
        return (
            f"the {count(limit.number)} connections that are open; more follow while"
            " the server keeps up"
        )
    return f"the server bears only {count(limit.number)} connections at a time{reply}"


_BRIEF = {
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
