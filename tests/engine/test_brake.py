"""The brake stops a run that harms whoever goes on with it, and says why."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.delivery import Accepted, Deferred, Refused, Stage
from safesend.engine.brake import BY_ITSELF, Brake, pause
from safesend.errors import LedgerError, TransportError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control
from safesend.ledger.memory import MemoryLedger
from safesend.policies.auto_stop import AutoStop
from safesend.policies.replies import judge
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport

UNKNOWN = Refused(Stage.RCPT, 550, "5.1.1", "no such user")
POLICY = Refused(Stage.RCPT, 550, "5.7.1", "not from you")
SPAM = Refused(Stage.CONTENT, 554, "5.7.1", "looks like spam")
NO_LOGIN = Refused(Stage.MAIL, 530, "5.7.0", "authentication required")


def _refuse(brake, outcome=UNKNOWN):
    brake.refused(outcome, judge(outcome))


def test_many_refused_stop_it():
    """A sliding window: what was long ago does not count."""
    brake = Brake(AutoStop(refused="10%", of_last=50, after=50))
    for _ in range(40):
        _refuse(brake)
    for _ in range(60):
        brake.accepted()
    for _ in range(5):
        _refuse(brake)
    assert brake.reason is None
    _refuse(brake)
    assert brake.reason == (
        f"{BY_ITSELF}: 6 of the last 50 people were refused (12 %), most with"
        " '550 5.1.1 no such user'; look at the list"
    )
    _refuse(brake, SPAM)
    assert "no such user" in brake.reason


def test_the_reply_of_most_is_told():
    """Not the last one, which may be another; and nobody's address is in it."""
    brake = Brake(AutoStop(after=10, alike=99))
    for _ in range(8):
        _refuse(brake, Refused(Stage.RCPT, 550, "5.1.1", "<ada@example.org> " * 20))
    _refuse(brake, POLICY)
    assert brake.reason is None
    _refuse(brake, POLICY)
    assert "most with '550 5.1.1 <a…@example.org>" in brake.reason
    assert "…'; look at the list" in brake.reason
    assert "ada@" not in brake.reason


def test_refusals_alike_stop_it():
    """In a row: somebody who is accepted between forgives; an unknown one does not."""
    brake = Brake(AutoStop(alike=3))
    for _ in range(2):
        _refuse(brake, POLICY)
        _refuse(brake, UNKNOWN)
        _refuse(brake, Refused(Stage.RCPT, 550, "5.7.26", "no SPF"))
    brake.accepted()
    for _ in range(2):
        _refuse(brake, POLICY)
    assert brake.reason is None
    _refuse(brake, POLICY)
    assert "3 people in a row were refused alike" in brake.reason


def test_only_servers_are_heard():
    """What could not be sent for our own reasons is no sign of anything."""
    brake = Brake(AutoStop(after=1))
    _refuse(brake, Refused(Stage.COMPOSE, None, None, "too long"))
    assert brake.reason is None


def test_without_a_policy_nothing_stops():
    """Then it is somebody else's affair."""
    brake = Brake()
    brake.accepted()
    for _ in range(500):
        _refuse(brake, POLICY)
    assert brake.login(NO_LOGIN, "530") is None
    assert brake.told(SPAM, judge(SPAM), "spam") is None
    assert brake.reason is None


@pytest.mark.parametrize(
    "trouble",
    [
        NO_LOGIN,
        TransportError("535 5.7.8 no", stage="auth", code=535, permanent=True),
        Refused(Stage.MAIL, 550, "5.7.8", "expired"),
    ],
)
def test_a_login_that_is_refused_later_stops_it(trouble):
    """Where somebody was accepted before; else the settings are wrong."""
    brake = Brake(AutoStop())
    assert brake.login(trouble, "535 no") is None
    brake.accepted()
    assert brake.login(trouble, "535 no for ada@example.org") == (
        f"{BY_ITSELF}: the server, which took the login before, refuses it now:"
        " '535 no for a…@example.org'; look at user name and password"
    )


def test_other_trouble_is_no_login():
    """A full server, for example."""
    brake = Brake(AutoStop())
    brake.accepted()
    busy = TransportError("421 busy", stage="connect", code=421)
    assert brake.login(busy, "421 busy") is None


def test_a_rule_that_stops_for_refusals_pauses_as_well():
    """They cost people; what keeps their turn does not."""
    brake = Brake(AutoStop())
    kept = Deferred(Stage.CONTENT, 451, "4.7.1", "spam?")
    assert brake.told(kept, judge(kept), "stop") is None
    assert brake.told(SPAM, judge(SPAM), "stop") == f"{BY_ITSELF}: stop"


@given(
    st.lists(st.sampled_from("aru"), max_size=60),
    st.integers(1, 20),
    st.integers(1, 20),
    st.floats(0, 1),
)
def test_the_window_is_what_it_says(word, of_last, after, limit):
    """By counting anew each time: of the last so many judged, once enough were."""
    brake = Brake(AutoStop(refused=limit, of_last=of_last, after=after, alike=99))
    stopped = False
    for place, letter in enumerate(word, 1):
        if letter == "a":
            brake.accepted()
            continue
        _refuse(brake, POLICY if letter == "r" else UNKNOWN)
        last = word[max(0, place - of_last) : place]
        part = sum(one != "a" for one in last) / len(last)
        stopped = stopped or (place >= after and part > limit)
        assert (brake.reason is not None) == stopped


def test_an_acceptance_costs_nothing_to_speak_of():
    """It is on the way of every message."""
    brake = Brake(AutoStop())
    _refuse(brake)
    seconds = min(timeit.repeat(brake.accepted, number=10_000, repeat=5)) / 10_000
    assert seconds < 3e-6  # a tenth of it here; other machines are slow, and busy


def test_a_pause_leaves_a_cancelled_campaign_alone():
    """It is over, and would begin again with 'safesend resume'."""
    ledger = MemoryLedger()
    campaign = ledger.campaign("spring", 0.0).id
    pause(ledger, campaign, "stopped by itself: why", 1.0)
    assert ledger.campaign("spring", 1.0).control is Control.PAUSE
    assert ledger.campaign("spring", 1.0).reason == "stopped by itself: why"
    ledger.set_control(campaign, Control.CANCEL, actor="ada", reason="", now=2.0)
    pause(ledger, campaign, "again", 3.0)
    assert ledger.control(campaign) is Control.CANCEL


class _Late(MemoryLedger):
    """Somebody cancels just after one looked, or the disk is full."""

    fails = False

    def set_control(self, campaign, control, *, actor, reason, now):
        if self.fails:
            raise LedgerError("no room")
        self.orders.order(campaign, Control.CANCEL, actor="ada", reason="", now=now)
        super().set_control(campaign, control, actor=actor, reason=reason, now=now)


def test_a_cancellation_in_between_is_the_last_word():
    """The brake takes nothing back; what else goes wrong is told."""
    ledger = _Late()
    campaign = ledger.campaign("spring", 0.0).id
    pause(ledger, campaign, "why", 1.0)
    assert ledger.control(campaign) is Control.CANCEL
    broken = _Late()
    broken.fails = True
    broken.campaign("spring", 0.0)
    with pytest.raises(LedgerError, match="no room"):
        pause(broken, campaign, "why", 1.0)


def test_a_run_pauses_its_campaign(tmp_path):
    """The next one does nothing; after a resume the window begins empty."""
    ledger = open_ledger(tmp_path / "a b.db")
    carrier = MemoryTransport(answer=lambda _: UNKNOWN)
    rule = AutoStop(after=10)
    report = mail(plan(people(300)), ledger, carrier, auto_stop=rule, lanes=1)
    assert report.refused == 10
    assert report.stopped.startswith(f"{BY_ITSELF}: 10 of the last 10 people were")
    assert report.stopped.endswith(f"; to go on: safesend resume '{ledger.name}'")
    assert mail(plan(people(300)), ledger, carrier).refused == 10
    ledger.set_control(1, Control.RUN, actor="ada", reason="", now=0.0)
    again = mail(plan(people(300)), ledger, MemoryTransport(), auto_stop=rule)
    assert (again.accepted, again.stopped) == (290, None)
    ledger.close()


def test_a_login_that_is_lost_pauses_as_well():
    """In the middle of a run, at MAIL; nobody is refused for it."""
    clock, ledger = FakeClock(), MemoryLedger()
    carrier = Carrier(
        clock, lambda _: NO_LOGIN if len(carrier.takes) > 5 else Accepted()
    )
    report = mail(
        plan(people(50)), ledger, carrier, clock=clock, auto_stop=AutoStop(), lanes=1
    )
    assert (report.accepted, report.refused) == (5, 0)
    assert "refuses it now: '530 authentication required'" in report.stopped
    assert ledger.control(1) is Control.PAUSE


def test_a_letter_called_spam_pauses_as_well():
    """Where a rule for replies stops a run that costs people."""
    ledger, carrier = MemoryLedger(), MemoryTransport(answer=lambda _: SPAM)
    report = mail(plan(people(50)), ledger, carrier, auto_stop=AutoStop(), lanes=1)
    assert report.refused == 3
    assert report.stopped.startswith(f"{BY_ITSELF}: 3 times in a row: the server takes")
