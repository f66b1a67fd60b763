"""aiosmtplib: one client a connection, all of them served from one supply.

As in https://aiosmtplib.readthedocs.io/en/stable/usage.html (a client as a context
manager, several of them for parallel sending).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from benchmarks.contenders import stdlib
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES", "READY", "sent"]

READY = 500
"""So many messages are made before, and sent again and again."""


async def sent(site: Site, connections: int, *, ready: bool) -> Measure:
    """Send over so many connections; messages that are ready are made before."""
    some = min(site.messages, READY) if ready else 0
    made = [stdlib.octets(one, site.size) for one in range(some)]
    numbers = iter(range(site.messages))
    clock = Clock()
    tasks = (_lane(site, numbers, made) for _ in range(connections))
    await asyncio.gather(*tasks)
    return clock.measure(site.messages)


async def _lane(
    site: Site, numbers: Iterator[int], made: list[tuple[str, bytes]]
) -> None:
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname="127.0.0.1",
        port=site.port,
        local_hostname=stdlib.NAME,
        start_tls=False,
    )
    async with client:
        for number in numbers:
            if made:
                person, octets = made[number % READY]
                await client.sendmail("office@example.org", [person], octets)
            else:
                await client.send_message(stdlib.message(number, site.size))


def _ten(site: Site) -> Measure:
    return asyncio.run(sent(site, 10, ready=False))


def _fifty(site: Site) -> Measure:
    return asyncio.run(sent(site, 50, ready=False))


def _ready(site: Site) -> Measure:
    return asyncio.run(sent(site, 10, ready=True))


_NEEDS = ("aiosmtplib",)
CASES = (
    Case("aiosmtplib-10", "aiosmtplib, EmailMessage, 10 connections", _ten, 25, _NEEDS),
    Case(
        "aiosmtplib-50", "aiosmtplib, EmailMessage, 50 connections", _fifty, 25, _NEEDS
    ),
    Case(
        "aiosmtplib-ready",
        "aiosmtplib given ready bytes, 10 connections",
        _ready,
        5,
        _NEEDS,
        "composing is not counted",
    ),
)
