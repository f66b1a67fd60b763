"""A sender whose process is struck at one step, as if its machine were.

`python -m end_to_end.mortal PEOPLE LEDGER URL STEP NUMBER WHEN SIGNAL LEASE`: at the
call with that number of a method of the ledger, or of its marks, it sends itself the
signal, WHEN is "before" or "after". It prints how it ended.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from end_to_end.crashes import letter
from safesend.errors import SafesendError
from safesend.ledger.keyfile import default_key_home
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.ledger import PostgresLedger

__all__ = ["main"]


class _Fate:
    """Counts the calls of one method, and strikes at one of them."""

    def __init__(self, step: str, number: str, when: str, name: str) -> None:
        self._step, self._left, self._when = step, int(number), when
        self._signal = signal.Signals[name]

    def of(self, thing: Any) -> Any:
        """The same thing, under this fate."""
        return _Fated(thing, self)

    def call(self, name: str, found: Any, *args: Any, **options: Any) -> Any:
        """Do what was asked, if there is time."""
        self._left -= name == self._step
        struck = name == self._step and self._left == 0
        if struck and self._when == "before":
            os.kill(os.getpid(), self._signal)
        result = found(*args, **options)
        if struck and self._when == "after":
            os.kill(os.getpid(), self._signal)
        return self.of(result) if name == "progress" else result


class _Fated:
    def __init__(self, thing: Any, fate: _Fate) -> None:
        self._thing, self._fate = thing, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found
        return lambda *args, **options: self._fate.call(name, found, *args, **options)


def main(people: str, ledger: str, url: str, *fate: str) -> int:
    """Send; 0 when there was a report."""
    *struck, lease = fate
    home, address = default_key_home(), parse_address(ledger)
    try:
        with closing(PostgresLedger(address, home, lease=float(lease))) as book:
            letter(Path(people)).send(url, ledger=_Fate(*struck).of(book), lanes=4)
    except SafesendError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write("done\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
