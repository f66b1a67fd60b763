"""One connection at a distance: how many round trips a message takes.

Compared: messages a second on one connection whose every octet arrives half of the
round trip later, from when the connection stands to the last answer. Opening it costs
everybody the same three round trips and is left out for everybody.

Not compared: a proxy that holds octets up is not a network. There is no slow start, no
loss and no narrow line; the first messages on a new connection over a real one are
slower for whoever keeps the line full. More connections help everybody alike.
"""

from __future__ import annotations

import asyncio
import functools

import attrs

from benchmarks.contenders import ours, stdlib
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import RATE, Case, Measure, Question, told
from benchmarks.core.site import Site
from benchmarks.means.loop import FROM, ready
from benchmarks.means.timed import Timed
from benchmarks.questions.drop_in import drop_in, standard

__all__ = ["QUESTIONS", "ROUND_TRIPS"]

ROUND_TRIPS = told("round_trips", "round trips a message", digits=2)
DEPTH = 4
"""Transactions in flight at a time, where that is asked for."""


def _tripped(site: Site, measure: Measure) -> Measure:
    trips = measure.seconds / measure.messages / (site.round_trip or 1.0)
    return attrs.evolve(measure, extra={"round_trips": trips})


def _smtplib(site: Site) -> Measure:
    return _tripped(site, standard(site))


def _drop_in(site: Site) -> Measure:
    return _tripped(site, drop_in(site))


def _aiosmtplib(site: Site) -> Measure:
    return _tripped(site, asyncio.run(_aio(site)))


async def _aio(site: Site) -> Measure:
    import aiosmtplib

    made = ready(site)
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1",
        port=site.port,
        local_hostname=stdlib.NAME,
        start_tls=False,
    ) as client:
        await client.ehlo()
        clock = Clock()
        for person, octets in made:
            await client.sendmail(FROM, [person], octets)
        return clock.measure(site.messages)


def _safesend(site: Site, options: str = "") -> Measure:
    """A whole campaign; what is timed of it is its one connection."""
    from safesend.transports import open_transport

    line = Timed(open_transport(site.url + options))
    report = ours.made(site).send(line, ledger=":memory:", lanes=1)
    clock = Measure(report.accepted, line.seconds, 0.0)
    return _tripped(site, clock)


CASES = (
    Case("smtplib", "`smtplib`, one connection", _smtplib, 15),
    Case(
        "aiosmtplib",
        "aiosmtplib, one connection",
        _aiosmtplib,
        15,
        needs=("aiosmtplib",),
    ),
    Case("drop-in", "`safesend.smtplib` in the loop of `smtplib`", _drop_in, 15),
    Case("safesend", "safesend, one lane", _safesend, 5),
    Case(
        "bdat",
        f"safesend, one lane, {DEPTH} transactions in flight (BDAT)",
        functools.partial(_safesend, options=f"?in_flight={DEPTH}"),
        note=f"an option: a connection that dies leaves up to {DEPTH} in doubt",
    ),
)


def _question(milliseconds: int, messages: int) -> Question:
    return Question(
        name=f"latency-{milliseconds}",
        title=f"One connection, {milliseconds} ms away and back",
        text=(
            f"2 KB, one connection, a proxy before the sink that makes a round trip"
            f" take {milliseconds} ms; from when the connection stands to the last"
            " answer. The sink is our own, which knows PIPELINING and CHUNKING."
        ),
        cases=CASES,
        reference="smtplib",
        messages=messages,
        figure=RATE,
        beside=(ROUND_TRIPS,),
        sink="fast",
        proof=True,
        round_trip=milliseconds / 1000,
        rounds=3,
    )


QUESTIONS = (_question(20, 900), _question(80, 300))
