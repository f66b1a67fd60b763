"""The account of a call."""

import json

from engine.fleet import mail, people, plan
from safesend.delivery import Deferred, Refused, Stage
from safesend.engine.report import Pause, Rehearsal, pauses, reply_text
from safesend.ledger import open_ledger
from safesend.ledger.base import Account, State
from safesend.ledger.flow import Flow
from safesend.transports import MemoryTransport


def test_a_report_is_plain_values():
    """
    It goes through JSON, with the replies by state.
    """
    transport = MemoryTransport()
    transport.answers(
        Refused(Stage.RCPT, 550, "5.1.1", "no"), Deferred(Stage.RCPT, 450)
    )
    report = mail(plan(people(4)), open_ledger(":memory:"), transport)
    shown = json.loads(json.dumps(report.to_json()))
    assert (shown["accepted"], shown["refused"], shown["deferred"]) == (2, 1, 1)
    assert shown["reasons"]["refused"] == [{"reply": "550 5.1.1 no", "count": 1}]
    assert not [key for key in shown if key.startswith("_")]


def test_pauses_are_those_that_hold_and_that_somebody_asked_for():
    """
    A provider that rests because its whole route does is not named besides.
    """

    def flow(provider, until, reason="421"):
        return Flow(route="x", provider=provider, paused_until=until, reason=reason)

    found = [
        flow("", 50.0),
        flow("google", 50.0, ""),
        flow("gmx", 60.0),
        flow("a", 9.0),
    ]
    assert pauses(found, 10.0) == (
        Pause("x", "", 50.0, "421"),
        Pause("x", "gmx", 60.0, "421"),
    )
    assert pauses(found, 60.0) == ()


def test_a_report_says_what_its_next_date_is():
    """
    A pause, or the date of a row; nothing where nobody waits.
    """
    slow = Deferred(Stage.RCPT, 421, "4.7.28", "unusual rate of unsolicited mail")
    for outcome, waiting_for in (
        (Deferred(Stage.RCPT, 450, "4.2.0", "later"), "date"),
        (slow, "pause"),
        (Refused(Stage.RCPT, 550, "5.1.1", "no"), None),
    ):
        transport = MemoryTransport()
        transport.answers(outcome)
        audience = people(1, domain="gmail.com")
        report = mail(plan(audience), open_ledger(":memory:"), transport)
        assert report.waiting_for == waiting_for
        assert bool(report.pauses) == (waiting_for == "pause")


def test_a_rehearsal_of_nobody_is_not_ok():
    """
    There is nothing that `send` could begin.
    """
    nothing = {
        "messages": lambda: iter(()),
        "message": lambda _: None,
        "unsigned": lambda _: None,
    }
    assert not Rehearsal(recipients=0, **nothing).ok
    assert Rehearsal(recipients=1, **nothing).ok


def test_a_reply_is_shown_as_far_as_it_is_known():
    """
    Code, enhanced code, text.
    """

    def account(*reply):
        return Account(State.REFUSED, 1, 0.0, "rcpt", *reply)

    assert reply_text(account(550, "5.1.1", "no")) == "550 5.1.1 no"
    assert reply_text(account(None, None, "lost")) == "lost"
