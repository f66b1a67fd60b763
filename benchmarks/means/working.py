"""A worker of a ledger: `python -m benchmarks.means.working LEDGER URL`.

Letter and list are in the ledger. It says `holding` when it has claimed its first rows
and is about to connect, and at the end one line of JSON: how many it sent, when its
last record was written, by the clock that all processes of a machine share, and how
many seconds of the processor it took in between.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing

import attrs

from benchmarks.contenders import ours
from benchmarks.means.joining import Announced
from safesend.engine.joining import join, joint
from safesend.engine.sync import from_sync
from safesend.ledger import open_ledger
from safesend.transports import Session, open_transport

__all__ = ["main"]


@attrs.define(eq=False)
class _Timed(Announced):
    """One that knows how much of the processor was used before."""

    before: float = 0.0

    async def connect(self, route: str) -> Session:
        self.before = self.before or time.process_time()
        return await Announced.connect(self, route)


def main() -> None:
    """Send what nobody else sends, tell."""
    ledger, url = sys.argv[1:]
    carrier = _Timed(open_transport(url))
    with closing(open_ledger(ledger)) as book:
        found = joint(book)
        report = from_sync(lambda: join(found, carrier, lanes=ours.LANES))
        told = {
            "sent": report.sent_now,
            "ended": carrier.held + report.seconds,
            "cpu": time.process_time() - carrier.before,
        }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
