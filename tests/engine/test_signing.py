"""A run signs what it claims, in threads; nobody is lost while it does."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import nullcontext

import pytest

from engine.fleet import DAY, mail, people, plan
from message.judges import dkimpy, ed25519, rsa, signing_by
from message.letters import forged
from safesend import Attachment, Recipient
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, Stage
from safesend.engine.audience import Copy
from safesend.engine.enrol import Guards
from safesend.engine.mailing import Mailing
from safesend.engine.prepare import Findings
from safesend.engine.settings import Settings
from safesend.engine.verdicts import Booking
from safesend.errors import UnsafeMessage
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.policies.retry import Retry
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport

BOTH = rsa(), ed25519()


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def begun(mailing_plan, ledger, transport, clock=SYSTEM):
    settings = Settings(
        booking=Booking(Retry(), State.IN_DOUBT, 2 * DAY, 0.0), lanes=2, auto_stop=None
    )
    mailing = Mailing(
        mailing_plan,
        ledger,
        transport,
        settings,
        clock,
        lambda _: None,
        lambda: nullcontext(ledger),
    )
    return asyncio.ensure_future(mailing.mail())


def copies(transport):
    return Counter(one.recipient.wire for one in transport.messages)


def test_everybody_gets_a_signed_message(ledger):
    """
    More than two claims of them, each once, and each signature verifies.
    """
    transport = MemoryTransport()
    report = mail(plan(people(1100), dkim=BOTH), ledger, transport)

    assert (report.accepted, report.waiting) == (1100, 0)
    assert len(copies(transport)) == 1100
    assert set(copies(transport).values()) == {1}
    for one in transport.messages[::50]:
        assert dkimpy(one.content, *BOTH) == [True, True]


def test_what_is_quick_is_signed_where_it_is_made(ledger):
    """
    Ed25519 takes less time than a change of threads does.
    """
    transport = MemoryTransport()
    one = plan(people(20), dkim=[ed25519()])
    assert mail(one, ledger, transport).accepted == 20
    assert all(dkimpy(m.content, ed25519()) == [True] for m in transport.messages)


@pytest.mark.parametrize(
    ("dkim", "octets", "slow"),
    [
        ([ed25519()], 10, False),
        ([ed25519()], 200_000, True),
        (BOTH, 10, True),
        ((), 200_000, False),
    ],
)
def test_what_is_slow_is_rsa_or_a_file_to_be_hashed(dkim, octets, slow):
    """
    The event loop stands still for neither.
    """
    file = Attachment.from_bytes(bytes(octets), name="x.bin")
    one = plan(people(1), dkim=dkim, attachments=[file])
    assert one.preparer(b"k" * 32).signs_slowly is slow


def test_a_retry_is_the_same_message_octet_for_octet(ledger):
    """
    The signature has the date of the first try.
    """
    transport = MemoryTransport()
    transport.answers(*[Deferred(Stage.RCPT, 450, "4.2.0", "later")] * 3)
    report = mail(
        plan(people(3), dkim=BOTH),
        ledger,
        transport,
        deadline=DAY,
        retry=Retry.of("5m"),
    )

    assert report.accepted == 3
    first, second = transport.deliveries[:3], transport.deliveries[3:]
    before = {one.recipient: one.content for one, _ in first}
    assert {one.recipient: one.content for one, _ in second} == before


def ledger_states(ledger):
    [record] = ledger.campaigns() or [None]
    return Counter() if record is None else Counter(ledger.counts(record.id))


def order(ledger, what):
    [record] = ledger.campaigns()
    ledger.set_control(record.id, what, actor="ada", reason="", now=SYSTEM.now())


class Gate:
    """A key that signs the rehearsal's sample, and then waits to be let."""

    def __init__(self):
        self.reached, self.open = threading.Event(), threading.Event()
        self.signed = 0

    def sign(self, digest):
        self.signed += 1
        if self.signed > 1:
            self.reached.set()
            assert self.open.wait(20)
        return rsa().key.sign(digest)


def test_the_rest_goes_on_while_it_is_signed(ledger):
    """
    What the event loop does here is what the key waits for.
    """
    gate, transport = Gate(), MemoryTransport()

    async def sent():
        one = plan(people(40), dkim=[signing_by(gate.sign)])
        task = begun(one, ledger, transport)
        await asyncio.to_thread(gate.reached.wait, 20)
        gate.open.set()
        return await task

    assert asyncio.run(sent()).accepted == 40


@pytest.mark.parametrize("how", ["cancelled", "paused"])
def test_a_run_that_ends_while_it_signs_loses_nobody(ledger, how):
    """
    Interrupted, or by a person's order: who was not begun waits again, and the next
    run sends everybody one message.
    """
    gate, transport = Gate(), MemoryTransport()

    async def interrupted():
        one = plan(people(200), dkim=[signing_by(gate.sign)])
        task = begun(one, ledger, transport)
        await asyncio.to_thread(gate.reached.wait, 20)
        if how == "cancelled":
            task.cancel()
        else:
            order(ledger, Control.PAUSE)
        await asyncio.sleep(3.0 if how == "paused" else 0.1)
        gate.open.set()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(interrupted())
    states = ledger_states(ledger)
    assert states[State.WAITING] + states[State.ACCEPTED] == 200
    assert states[State.WAITING] > 0
    if how == "paused":
        order(ledger, Control.RUN)
    clock = FakeClock(SYSTEM.now() + 60)
    report = mail(plan(people(200), dkim=[ed25519()]), ledger, transport, clock=clock)
    assert (report.accepted, report.in_doubt) == (200, 0)
    assert set(copies(transport).values()) == {1}


def test_a_key_that_fails_loses_nobody(ledger):
    """
    Its error ends the run; who was not begun waits, and nothing is in doubt.
    """
    numbers = iter(range(1000))

    def sign(digest):
        if next(numbers) == 40:
            raise ArithmeticError("no")
        return rsa().key.sign(digest)

    transport = MemoryTransport()
    with pytest.raises(ArithmeticError):
        mail(plan(people(100), dkim=[signing_by(sign)]), ledger, transport)
    states = ledger_states(ledger)
    assert states[State.WAITING] + states[State.ACCEPTED] == 100
    report = mail(plan(people(100), dkim=[ed25519()]), ledger, transport)
    assert (report.accepted, report.in_doubt) == (100, 0)
    assert set(copies(transport).values()) == {1}


def test_a_row_that_cannot_be_made_holds_up_no_other(ledger, tmp_path):
    """
    Its file is gone when it is composed; the others are signed and sent.
    """
    file = tmp_path / "own.txt"
    file.write_text("hello")
    rows = [
        *people(20),
        Recipient("x@example.org", name="X", attachments=[Attachment.from_path(file)]),
    ]
    transport = MemoryTransport()
    one = plan(rows, dkim=BOTH)
    clock = FakeClock()
    report = mail(one, ledger, transport, clock=clock, tell=lambda _: file.unlink(True))
    assert (report.accepted, report.failed) == (20, 1)


def test_a_signature_that_does_not_verify_stops_everything(ledger):
    """
    The sample is read again: a key that signs wrongly is told before anything leaves.
    """
    transport = MemoryTransport()
    wrong = signing_by(lambda _: bytes(256))
    with pytest.raises(UnsafeMessage, match="does not verify it"):
        mail(plan(people(30), dkim=[wrong]), ledger, transport)
    assert transport.messages == []


def test_what_is_signed_wrongly_later_stops_the_run(ledger):
    """
    The rehearsal was good; the first message of the run is read again and is not.
    """
    signed = []

    def sign(digest):
        signed.append(digest)
        return rsa().key.sign(digest) if len(signed) == 1 else bytes(256)

    transport = MemoryTransport()
    with pytest.raises(UnsafeMessage, match="does not verify it"):
        mail(plan(people(50), dkim=[signing_by(sign)]), ledger, transport)
    assert transport.messages == []
    assert ledger_states(ledger) == {State.WAITING: 50}


def test_the_rehearsal_signs_the_first_and_every_thousandth():
    """
    The others are composed and checked without: that is what takes no time.
    """
    signed = []

    def sign(digest):
        signed.append(digest)
        return rsa().key.sign(digest)

    preparer = plan(people(1), dkim=[signing_by(sign)]).preparer(b"k" * 32)
    from engine.fleet import inspector

    look, findings = inspector(plan(people(3))), Findings()
    for number, recipient in enumerate(people(3)):
        preparer.rehearse(Copy(recipient, number), 0.0, number * 500, look, findings)
    assert (len(signed), findings) == (2, Findings())


def test_a_rehearsal_shows_what_would_be_sent():
    """
    Its messages are signed; without signatures they are the same otherwise.
    """
    preparer = plan(people(1), dkim=BOTH).preparer(b"k" * 32)
    [ada] = people(1)
    envelope = preparer.envelope(ada, 1_700_000_000.0)
    plain = preparer.unsigned(ada, 1_700_000_000.0)

    assert dkimpy(envelope.content, *BOTH) == [True, True]
    assert envelope.content.endswith(plain.content)
    assert b"DKIM" not in plain.content
    assert preparer.second_reading(envelope, ada) is None
    with pytest.raises(UnsafeMessage):
        preparer.second_reading(forged(envelope, segments=plain.segments), ada)


def test_another_key_is_no_other_campaign(ledger):
    """
    It goes on under a new key without being confirmed; nobody gets it again.
    """
    transport = MemoryTransport()
    mail(plan(people(3), dkim=[rsa()]), ledger, transport)
    guards = Guards()
    mail(plan(people(4), dkim=[ed25519()], guards=guards), ledger, transport)
    assert len(transport.messages) == 4
    assert isinstance(transport.deliveries[0][1], Accepted)
