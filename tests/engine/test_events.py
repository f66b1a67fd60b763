"""What a run tells is frozen and names nobody."""

import attrs
import pytest

from engine.fleet import mail, people, plan
from safesend import Recipient
from safesend.clock import SYSTEM
from safesend.delivery import Deferred, Stage
from safesend.engine.events import Held, Idle, Unreached, listener
from safesend.errors import ConfigurationError, TransportError
from safesend.ledger import open_ledger
from safesend.ledger.flow import Flow
from safesend.policies import Throttle
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport


def test_events_are_frozen_and_hold_no_address():
    """
    A listener may log all of them.
    """
    told = []
    mail(plan(people(3)), open_ledger(":memory:"), MemoryTransport(), tell=told.append)
    assert told
    assert not [event for event in told if "@" in repr(event)]
    for event in told:
        name = attrs.fields(type(event))[0].name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(event, name, None)


SLOW = Deferred(
    Stage.RCPT, 421, "4.7.28", "unusual rate of unsolicited mail, p0000 at example.org"
)
GMAIL = [Recipient(f"p000{n}@gmail.com", name=f"Name {n}") for n in range(3)]


def test_a_pause_is_told_when_it_begins_and_to_the_next_call():
    """
    With its end, and with the reply, from which the name is gone.
    """
    ledger, transport, clock = open_ledger(":memory:"), MemoryTransport(), FakeClock()
    transport.answers(SLOW)
    heard = []
    for _ in range(2):
        told = []
        report = mail(plan(GMAIL), ledger, transport, clock=clock, tell=told.append)
        heard.append([event for event in told if isinstance(event, Held)])
    [first], [second] = heard
    assert first == second
    assert (first.provider, first.route) == ("google", "memory:")
    assert first.until > clock.now()
    assert first.reason == (
        "421 4.7.28 unusual rate of unsolicited mail, … at example.org"
    )
    assert [attrs.astuple(pause) for pause in report.pauses] == [attrs.astuple(first)]


def test_a_pause_of_another_relay_holds_up_nobody():
    """
    It is known to the ledger; this mail goes another way.
    """
    ledger, clock, told = open_ledger(":memory:"), FakeClock(), []
    pause = Flow(
        route="smtp://other",
        provider="google",
        paused_until=clock.now() + 600,
        reason="421",
        changed=clock.now(),
    )
    ledger.note_flows([pause])
    transport = MemoryTransport()
    report = mail(plan(GMAIL), ledger, transport, clock=clock, tell=told.append)
    assert (report.accepted, report.pauses) == (3, ())
    assert not [event for event in told if isinstance(event, Held | Idle)]


@pytest.mark.parametrize(
    ("outcome", "waiting"),
    [(SLOW, "pause"), (Deferred(Stage.RCPT, 450, "4.2.0", "later"), "date")],
)
def test_a_long_wait_is_told_once_with_its_reason(outcome, waiting):
    """
    A pause, or the date of a row, with the same date as long as it is so.
    """
    transport, clock, told = MemoryTransport(), FakeClock(), []
    transport.answers(outcome)
    report = mail(
        plan(GMAIL[:1]),
        open_ledger(":memory:"),
        transport,
        clock=clock,
        tell=told.append,
        deadline=3000,
    )
    assert report.accepted == 1
    idle = [event for event in told if isinstance(event, Idle)]
    assert idle
    assert idle[0].waiting == waiting
    assert len({event.until for event in idle}) == len(idle)


@pytest.mark.parametrize(("rate", "waiting"), [("1/min", ["rate"]), ("6/min", [])])
def test_a_slow_limit_is_a_reason_to_wait(rate, waiting):
    """
    It is told once for each message, where the wait is long.
    """
    told = []
    report = mail(
        plan(people(3)),
        open_ledger(":memory:"),
        MemoryTransport(),
        clock=SYSTEM,
        throttle=Throttle(rate),
        deadline=5,
        tell=told.append,
    )
    assert report.accepted == 1
    idle = [event for event in told if isinstance(event, Idle)]
    assert [event.waiting for event in idle] == waiting


class Away:
    """A server that cannot be reached for a while, and says whose fault that is."""

    name = "away:"

    def __init__(self, times):
        self.times, self.memory = times, MemoryTransport()

    def route(self, envelope):
        """One route."""
        return self.name

    def limits(self):
        """None."""
        return

    async def connect(self, route):
        """Fails so often."""
        if self.times:
            self.times -= 1
            raise TransportError("refused to ada@example.org")
        return await self.memory.connect(route)


def test_a_server_that_cannot_be_reached_is_told_now_and_then():
    """
    The reason is masked, and does not come with every try.
    """
    told, away = [], Away(times=4)  # 5.3 s at most: a run gives up after ten
    report = mail(
        plan(people(3)), open_ledger(":memory:"), away, tell=told.append, lanes=1
    )
    assert report.accepted == 3
    unreached = [event for event in told if isinstance(event, Unreached)]
    assert set(unreached) == {Unreached("away:", "refused to a…@example.org")}
    assert 1 <= len(unreached) < 4


def test_one_listener_or_several_are_told_in_their_order():
    """Or none at all."""
    heard = []
    event = Idle(5.0, "date")

    def second(event):
        heard.append((event,))

    listener(None)(event)
    listener(heard.append)(event)
    listener([heard.append, second])(event)
    listener(iter([second]), heard.append)(event)
    assert heard == [event, event, (event,), event, (event,)]


@pytest.mark.parametrize("given", [5, "print", [5], [None], ["print"]])
def test_what_cannot_be_called_is_no_listener(given):
    """It is refused before anything is sent."""
    with pytest.raises(ConfigurationError, match="on_event="):
        listener(given)
