"""What is timed goes the way that it goes without being timed."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from benchmarks.means.stopwatch import Stopwatch
from benchmarks.means.timed import Timed

from safesend import Campaign, Recipient, Template
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport, Transport, open_transport
from safesend.transports.base import PromptSession


def _send(line: Timed) -> None:
    people = [Recipient(f"person{n}@example.org", name="Ada") for n in range(5)]
    template = Template("Hello", text="Dear {{ name }}\n")
    campaign = Campaign(
        name="timed", sender="a@example.net", template=template, audience=people
    )
    report = campaign.send(line, ledger=":memory:", lanes=1)
    assert report.accepted == 5


@pytest.fixture
def server():
    with SmtpServer() as running:
        yield running


@pytest.mark.parametrize("prompt", [True, False])
def test_the_time_of_a_line_ends_with_the_last_outcome(server, prompt) -> None:
    """Whichever way the outcomes are told, all of them come, and the clock stands."""
    inner: Transport = open_transport(server.url) if prompt else MemoryTransport()
    line = Timed(inner)
    _send(line)
    assert 0 < line.seconds < line.ended
    assert (line.name, line.limits()) == (inner.name, inner.limits())


async def _is_prompt(transport: Transport) -> bool:
    line = await transport.connect("anywhere")
    await line.close()
    return isinstance(line, PromptSession)


def test_a_line_is_as_prompt_as_the_one_in_it(server) -> None:
    """So that what is timed is what is used."""
    assert asyncio.run(_is_prompt(Timed(open_transport(server.url))))
    assert not asyncio.run(_is_prompt(Timed(MemoryTransport())))


def test_a_stopwatch_adds_up() -> None:
    """It runs in its blocks, and stands between them."""
    watch = Stopwatch()
    for _ in range(2):
        with watch:
            sum(range(1000))
    before = attrs.evolve(watch)
    sum(range(100_000))
    assert watch == before
    measure = watch.measure(2, least=1.0)
    assert (measure.messages, measure.extra) == (2, {"least": 1.0})
    assert measure.seconds > 0
