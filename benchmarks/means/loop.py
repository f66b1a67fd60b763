"""The unchanged loop: `sendmail` to one person after the other, on one connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.contenders import stdlib
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Measure
from benchmarks.core.site import Site

__all__ = ["FEW", "FROM", "loop", "ready"]

FROM = "office@example.org"
FEW = 500


def ready(site: Site) -> list[tuple[str, bytes]]:
    """Who gets what; made before the time begins, of so many people again and again."""
    number = min(FEW, site.messages)
    few = [stdlib.octets(one, site.size) for one in range(number)]
    return [few[one % FEW] for one in range(site.messages)]


def loop(site: Site, smtp: Callable[..., Any]) -> Measure:
    """From the first message to the last answer; the connection stands already."""
    made = ready(site)
    with smtp("127.0.0.1", site.port, local_hostname=stdlib.NAME) as client:
        client.ehlo()
        clock = Clock()
        for person, octets in made:
            if client.sendmail(FROM, [person], octets):
                raise SystemExit("the sink refused somebody")
        return clock.measure(site.messages)
