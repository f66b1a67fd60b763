"""A process that joins a mailing: `python -m benchmarks.means.joining LIST LEDGER URL`.

It says `holding` when it has claimed its first rows and is about to connect, and at the
end one line of JSON: how many it sent, and when its last record was written, by the
clock that all processes of a machine share.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import attrs

from benchmarks.contenders import ours
from benchmarks.core.site import Site
from safesend.message.envelope import Envelope
from safesend.transports import Limits, Session, Transport, open_transport

__all__ = ["Announced", "main"]


@attrs.define(eq=False)
class Announced:
    """A carrier that says once that it is about to be used."""

    inner: Transport
    held: float = 0.0

    @property
    def name(self) -> str:
        """That of `inner`."""
        return self.inner.name

    def route(self, envelope: Envelope) -> str:
        """As `inner` says."""
        return self.inner.route(envelope)

    def limits(self) -> Limits | None:
        """As `inner` says."""
        return self.inner.limits()

    async def connect(self, route: str) -> Session:
        """A line of `inner`; before the first one it says `holding`."""
        if not self.held:
            self.held = time.monotonic()
            print("holding", flush=True)
        return await self.inner.connect(route)


def main() -> None:
    """Join, send what nobody else sends, tell."""
    folder, ledger, url = sys.argv[1:]
    carrier = Announced(open_transport(url))
    campaign = ours.made(Site(folder=Path(folder), messages=0))
    report = campaign.send(carrier, ledger=ledger, lanes=ours.LANES)
    told = {"sent": report.sent_now, "ended": carrier.held + report.seconds}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
