"""What every carrier promises, as functions that assert it; for yours as for ours.

    check_transport(make, received)

`TRANSPORT_PROMISES` are the single promises, for a test that wants one case each:

    @pytest.mark.parametrize("promise", TRANSPORT_PROMISES)
    def test_it_keeps_its_promises(promise):
        asyncio.run(promise(TransportCase(make, received)))
"""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

import attrs

from safesend.delivery import Accepted, Deferred, Outcome, Refused
from safesend.message.attachment import Attachment
from safesend.message.envelope import Envelope
from safesend.smtp.seen import ServerSeen
from safesend.testing.envelopes import make_envelopes
from safesend.transports.base import (
    Limits,
    Probing,
    PromptSession,
    Session,
    Transport,
)

__all__ = ["TRANSPORT_PROMISES", "TransportCase", "check_transport"]

_AWKWARD = (
    ".\n",
    "..\n.leading dots\n.\n\n.\n",
    "From me to you\n>From me\n>>From me\n",
    "no line end",
    "\n\n\n",
    "trailing blanks  \n\t\n",
    "x" * 5000 + "\n",
    "Zoë, Łukasz, 李\n" * 50,
    "\nFrom nobody@example.org Thu Jan  1 00:00:00 2026\nSubject: not a message\n\n",
)


def _same(content: bytes) -> bytes:
    return content


@attrs.frozen
class TransportCase:
    """A carrier, and how to look at what it carried.

    `make` gives a transport that leads to the place of which `received` gives every
    message so far. `kept`: what the place makes of a content (octets with CRLF).
    `refuse`: arrange that this envelope is refused and the session stays usable.
    `ahead`: how many envelopes may be taken besides the one that is under way.
    """

    make: Callable[[], Transport | Awaitable[Transport]]
    received: Callable[[], Sequence[bytes]]
    kept: Callable[[bytes], bytes] = _same
    refuse: Callable[[Envelope], None] | None = None
    ahead: int = 1

    async def transport(self) -> Transport:
        """A transport."""
        made = self.make()
        return await made if inspect.isawaitable(made) else made

    async def session(self) -> Session:
        """A session of a new transport."""
        transport = await self.transport()
        return await transport.connect(transport.route(next(make_envelopes(1))))

    def expect(self, before: Sequence[bytes], envelopes: Iterable[Envelope]) -> None:
        """Assert that just these came in since, whole, and once each."""
        came = Counter(self.received())
        came.subtract(before)
        wanted = Counter(self.kept(envelope.content) for envelope in envelopes)
        missing, surplus = wanted - came, came - wanted
        assert not missing, f"{missing.total()} messages did not come in whole"
        assert not surplus, f"{surplus.total()} came in twice or were changed"


async def _carry(session: Session, envelopes: Iterable[Envelope]) -> list[Outcome]:
    return [outcome async for outcome in session.deliver(envelopes)]


def _all_accepted(outcomes: Sequence[Outcome], number: int) -> None:
    assert len(outcomes) == number, "one outcome for each envelope"
    others = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
    assert others == [], "all are accepted"


async def a_transport_has_a_name_and_no_secrets_in_it(case: TransportCase) -> None:
    """A name that fits on a line, and limits or None."""
    transport = await case.transport()
    assert isinstance(transport, Transport)
    assert transport.name
    assert transport.name.isprintable()
    assert "@" not in transport.name
    assert isinstance(transport.limits(), Limits | None)


async def a_route_does_not_change(case: TransportCase) -> None:
    """The same envelope always has the same route."""
    transport = await case.transport()
    [envelope] = make_envelopes(1)
    assert transport.route(envelope) == transport.route(envelope)


async def nothing_comes_of_nothing(case: TransportCase) -> None:
    """No envelope: no outcome, no message, and the session is usable after it."""
    before = case.received()
    session = await case.session()
    assert session.usable
    assert await _carry(session, []) == []
    assert session.usable
    await session.close()
    case.expect(before, [])


async def each_message_comes_in_once_and_whole(case: TransportCase) -> None:
    """Two hundred envelopes, two hundred outcomes, two hundred messages."""
    before, envelopes = case.received(), list(make_envelopes(200))
    session = await case.session()
    _all_accepted(await _carry(session, envelopes), 200)
    assert session.usable
    await session.close()
    case.expect(before, envelopes)


async def awkward_texts_come_in_whole(case: TransportCase) -> None:
    """Dots, From lines, no line end, long lines: as they were."""
    before = case.received()
    envelopes = [e for text in _AWKWARD for e in make_envelopes(1, text=text)]
    session = await case.session()
    _all_accepted(await _carry(session, envelopes), len(envelopes))
    await session.close()
    case.expect(before, envelopes)


async def large_messages_come_in_whole(case: TransportCase) -> None:
    """Files of a megabyte."""
    file = Attachment.from_bytes(bytes(range(256)) * 4096, name="large.bin")
    before, envelopes = case.received(), list(make_envelopes(3, attachments=[file]))
    session = await case.session()
    _all_accepted(await _carry(session, envelopes), 3)
    await session.close()
    case.expect(before, envelopes)


async def a_session_takes_many_small_batches(case: TransportCase) -> None:
    """`deliver` may be called again and again."""
    before, envelopes = case.received(), list(make_envelopes(30))
    session = await case.session()
    for at in range(0, 30, 3):
        _all_accepted(await _carry(session, envelopes[at : at + 3]), 3)
        assert session.usable
    await session.close()
    case.expect(before, envelopes)


async def nothing_is_taken_long_before_its_time(case: TransportCase) -> None:
    """Envelopes are pulled when they are about to be begun."""
    before, taken, most = len(case.received()), 0, 0

    def pulled() -> Iterator[Envelope]:
        nonlocal taken, most
        for envelope in make_envelopes(140):
            taken += 1
            most = max(most, taken - (len(case.received()) - before))
            yield envelope

    session = await case.session()
    _all_accepted(await _carry(session, pulled()), 140)
    await session.close()
    assert taken == 140
    assert most <= case.ahead + 1, f"{most} envelopes were taken and not carried"


async def no_message_names_another_recipient(case: TransportCase) -> None:
    """Nothing of one recipient is in the message of another."""
    before, envelopes = Counter(case.received()), list(make_envelopes(40))
    session = await case.session()
    _all_accepted(await _carry(session, envelopes), 40)
    await session.close()
    people = [envelope.recipient.wire.encode() for envelope in envelopes]
    for message in (Counter(case.received()) - before).elements():
        assert sum(person in message for person in people) == 1


async def two_sessions_work_at_once(case: TransportCase) -> None:
    """Two sessions of one transport do not get into each other's way."""
    before, envelopes = case.received(), list(make_envelopes(100))
    transport = await case.transport()
    route = transport.route(envelopes[0])
    sessions = [await transport.connect(route), await transport.connect(route)]
    halves = [envelopes[:50], envelopes[50:]]
    done = await asyncio.gather(*map(_carry, sessions, halves))
    for outcomes in done:
        _all_accepted(outcomes, 50)
    for session in sessions:
        await session.close()
    case.expect(before, envelopes)


async def a_refusal_stands_in_its_place(case: TransportCase) -> None:
    """The refused one has its own outcome; those before and after it are accepted."""
    if case.refuse is None:
        return
    before, envelopes = case.received(), list(make_envelopes(9))
    case.refuse(envelopes[4])
    session = await case.session()
    outcomes = await _carry(session, envelopes)
    assert len(outcomes) == 9
    assert isinstance(outcomes.pop(4), Refused | Deferred)
    del envelopes[4]
    _all_accepted(outcomes, 8)
    assert session.usable
    last = list(make_envelopes(1))
    _all_accepted(await _carry(session, last), 1)
    await session.close()
    case.expect(before, envelopes + last)


async def outcomes_may_be_told_at_once(case: TransportCase) -> None:
    """A `PromptSession` tells by a call what it gives else; an error there ends it."""
    before, envelopes = case.received(), list(make_envelopes(20))
    session = await case.session()
    if not isinstance(session, PromptSession):
        await session.close()
        return
    outcomes: list[Outcome] = []
    await session.deliver_telling(envelopes, outcomes.append)
    _all_accepted(outcomes, 20)
    await session.close()
    case.expect(before, envelopes)
    await _interrupted(case)


async def _interrupted(case: TransportCase) -> None:
    def tell(outcome: Outcome) -> None:
        raise LookupError(type(outcome).__name__)

    session = await case.session()
    assert isinstance(session, PromptSession)
    try:
        await session.deliver_telling(make_envelopes(9), tell)
    except LookupError:
        assert not session.usable
    else:
        raise AssertionError("an error of who is told is raised")
    await session.close()


async def closing_twice_does_no_harm(case: TransportCase) -> None:
    """Also when nothing was ever delivered."""
    session = await case.session()
    await session.close()
    await session.close()


async def a_look_carries_nothing(case: TransportCase) -> None:
    """Where a carrier can look at its server, no message comes of it; see `Probing`."""
    transport = await case.transport()
    if not isinstance(transport, Probing):
        return
    before, seen = case.received(), await transport.probe()
    assert all(isinstance(one, ServerSeen) for one in seen)
    assert not any("@" in f"{one.name}{one.host}" for one in seen)
    case.expect(before, [])


TRANSPORT_PROMISES: tuple[Callable[[TransportCase], Awaitable[None]], ...] = (
    a_transport_has_a_name_and_no_secrets_in_it,
    a_route_does_not_change,
    a_look_carries_nothing,
    nothing_comes_of_nothing,
    each_message_comes_in_once_and_whole,
    awkward_texts_come_in_whole,
    large_messages_come_in_whole,
    a_session_takes_many_small_batches,
    nothing_is_taken_long_before_its_time,
    no_message_names_another_recipient,
    two_sessions_work_at_once,
    a_refusal_stands_in_its_place,
    outcomes_may_be_told_at_once,
    closing_twice_does_no_harm,
)


def check_transport(
    make: Callable[[], Transport | Awaitable[Transport]],
    received: Callable[[], Sequence[bytes]],
    *,
    kept: Callable[[bytes], bytes] = _same,
    refuse: Callable[[Envelope], None] | None = None,
    ahead: int = 1,
) -> None:
    """Assert every promise of `Transport` and `Session`; see `TransportCase`.

    Runs event loops of its own. Raises AssertionError.
    """
    case = TransportCase(make, received, kept, refuse, ahead)
    for promise in TRANSPORT_PROMISES:
        asyncio.run(_kept(promise, case))


async def _kept(
    promise: Callable[[TransportCase], Awaitable[None]], case: TransportCase
) -> None:
    await promise(case)
