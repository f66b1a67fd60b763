from __future__ import annotations

import asyncio
import gc

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.errors import ConfigurationError
from safesend.testing import make_envelopes
from safesend.transports import MemoryTransport, Transport, open_transport
from transports.carrying import carry


def test_it_keeps_what_it_accepts() -> None:
    """Every envelope, in order."""
    transport, envelopes = MemoryTransport(), list(make_envelopes(200))

    assert carry(transport, envelopes) == [Accepted()] * 200
    assert transport.messages == envelopes
    assert transport.deliveries == [(one, Accepted()) for one in envelopes]


def test_it_answers_as_it_was_told() -> None:
    """One scripted outcome each, and then it accepts."""
    transport, envelopes = MemoryTransport(), list(make_envelopes(4))
    no, later = Refused(Stage.RCPT, 550), Deferred(Stage.MAIL, 451)
    transport.answers(no, Accepted(), later)

    assert carry(transport, envelopes) == [no, Accepted(), later, Accepted()]
    assert transport.messages == [envelopes[1], envelopes[3]]


def test_its_url_opens_the_same_one() -> None:
    """For code that opens its transport itself; each has a URL of its own."""
    box, other = MemoryTransport(), MemoryTransport()

    assert open_transport(box.url) is box
    assert open_transport(box.url) is not open_transport(other.url)
    assert box.url == box.url != "memory:"
    assert box.name == "memory:"


def test_the_url_of_one_that_is_gone_opens_nothing() -> None:
    """Nothing is sent where nobody looks."""
    box = MemoryTransport()
    url = box.url
    del box
    gc.collect()

    for strange in (url, "memory:box", "memory:/box"):
        with pytest.raises(ConfigurationError, match="keep the MemoryTransport"):
            open_transport(strange)


def test_a_function_may_decide() -> None:
    """It is asked for whatever was not scripted."""
    no = Refused(Stage.DATA, 554)
    transport = MemoryTransport(
        answer=lambda e: no if e.recipient.local == "person1" else Accepted()
    )
    transport.answers(Deferred(Stage.RCPT))

    outcomes = carry(transport, make_envelopes(3))

    assert outcomes == [Deferred(Stage.RCPT), no, Accepted()]


@pytest.mark.parametrize("end", [InDoubt(), NotSent(Stage.CONTENT)])
def test_it_breaks_as_a_connection_does(end: InDoubt | NotSent) -> None:
    """After a lost reply or a lost line the session takes nothing more."""
    transport = MemoryTransport()
    transport.answers(Accepted(), end)

    async def run() -> tuple[int, int, bool]:
        session = await transport.connect(transport.name)
        envelopes = make_envelopes(10)
        first = [one async for one in session.deliver(envelopes)]
        second = [one async for one in session.deliver(envelopes)]
        return len(first), len(second), session.usable

    assert asyncio.run(run()) == (2, 0, False)
    assert len(transport.messages) == 1


def test_others_get_their_turn() -> None:
    """A million envelopes do not hold up the event loop."""

    async def run() -> int:
        session = await MemoryTransport().connect("")
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async for _ in session.deliver(make_envelopes(300)):
            pass
        task.cancel()
        await session.close()
        return turns

    assert asyncio.run(run()) >= 4


def test_its_url() -> None:
    """Only the bare name."""
    transport = open_transport("memory:")

    assert isinstance(transport, MemoryTransport)
    assert isinstance(transport, Transport)
    assert transport.name == "memory:"
    assert transport.limits() is None
    for url, password in (("memory:x", None), ("memory:", "secret")):
        with pytest.raises(ConfigurationError, match="memory: takes no "):
            open_transport(url, password=password)
