"""A sender in a process of its own, which says what its ledger does.

`python -m end_to_end.sender PEOPLE LEDGER URL [OPTIONS]`, OPTIONS as JSON for `send`;
with "stops" it stops (SIGSTOP) as soon as it said so: ["> end_run", 1], the first time.
On standard output, a line each: "> claim" before a method of the ledger is called,
"< claim 512" when it came back (a number, or the length of a list), "report {...}" or
"error LedgerError: ..." at the end, and "closed" when the ledger was let go of.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from end_to_end.crashes import letter
from safesend.errors import SafesendError
from safesend.ledger import open_ledger

__all__ = ["main"]


class _Heard:
    """A ledger whose calls can be heard; it does what the one inside does."""

    def __init__(self, ledger: Any, stops: str, times: int) -> None:
        self._ledger, self._stops, self._left = ledger, stops, times

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if not callable(found):
            return found

        def heard(*args: Any, **options: Any) -> Any:
            self._told(f"> {name}")
            result = found(*args, **options)
            self._told(f"< {name} {_size(result)}")
            return result

        return heard

    def _told(self, line: str) -> None:
        _say(line)
        self._left -= bool(self._stops) and line.startswith(self._stops)
        if self._stops and not self._left:
            self._stops = ""
            os.kill(os.getpid(), signal.SIGSTOP)


def _size(result: Any) -> str:
    return str(len(result)) if isinstance(result, list | dict) else str(result)


def _say(line: str) -> None:
    # In one piece and at once, whichever thread says it.
    os.write(1, line.replace("\n", " ").encode() + b"\n")


def main(people: str, ledger: str, url: str, options: str = "{}") -> int:
    """Send; 0 when there was a report."""
    wishes = {"lanes": 8, **json.loads(options)}
    stops = wishes.pop("stops", ("", 0))
    try:
        with closing(_Heard(open_ledger(ledger), *stops)) as book:
            report = letter(Path(people)).send(url, ledger=book, **wishes)
            _say(f"report {json.dumps(report.to_json())}")
    except (SafesendError, KeyboardInterrupt) as error:
        _say(f"error {type(error).__name__}: {error}")
        return 1
    _say("closed")
    return 0


if __name__ == "__main__":
    # A shell that starts tests in the background has them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(*sys.argv[1:]))
