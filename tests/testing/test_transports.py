from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from message.letters import forged
from safesend.delivery import Accepted, Outcome
from safesend.message.envelope import Envelope
from safesend.testing import check_transport
from safesend.transports import MemoryTransport

Deliver = Callable[["Broken", Iterable[Envelope]], AsyncIterator[Outcome]]


class Broken(MemoryTransport):
    """A carrier of which one promise can be broken."""

    deliver: Deliver

    async def connect(self, route: str) -> object:
        transport = self

        class Session:
            usable = True

            def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
                return Broken.deliver(transport, envelopes)

            async def close(self) -> None:
                pass

        return Session()


async def _twice(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    for envelope in envelopes:
        transport.take(envelope)
        yield transport.take(envelope)


async def _swallows(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    for number, envelope in enumerate(envelopes):
        if number != 7:
            transport.take(envelope)
        yield Accepted()


async def _says_too_little(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    for number, envelope in enumerate(envelopes):
        outcome = transport.take(envelope)
        if number != 7:
            yield outcome


async def _is_greedy(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    for envelope in list(envelopes):
        yield transport.take(envelope)


async def _spoils(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    for envelope in envelopes:
        content = envelope.content.replace(b"\r\n", b"\n")
        yield transport.take(forged(envelope, segments=(content,)))


async def _mixes(
    transport: Broken, envelopes: Iterable[Envelope]
) -> AsyncIterator[Outcome]:
    before = b""
    for envelope in envelopes:
        both = (envelope.content, before)
        before = envelope.content
        yield transport.take(forged(envelope, segments=both))


@pytest.mark.parametrize(
    ("deliver", "complaint"),
    [
        (_twice, "came in twice"),
        (_swallows, "did not come in whole"),
        (_says_too_little, "one outcome for each envelope"),
        (_is_greedy, "taken and not carried"),
        (_spoils, "did not come in whole"),
        (_mixes, "did not come in whole"),
    ],
)
def test_a_broken_promise_is_found(deliver: Deliver, complaint: str) -> None:
    """The suite is of use: each of these carriers fails it."""
    transport = Broken()
    Broken.deliver = staticmethod(deliver)

    with pytest.raises(AssertionError, match=complaint):
        check_transport(
            lambda: transport, lambda: [e.content for e in transport.messages], ahead=0
        )


def test_a_good_carrier_passes() -> None:
    """Also one that is made by a coroutine."""
    transport = MemoryTransport()

    async def make() -> MemoryTransport:
        await asyncio.sleep(0)
        return transport

    check_transport(make, lambda: [e.content for e in transport.messages], ahead=0)

    assert len(transport.messages) > 400
