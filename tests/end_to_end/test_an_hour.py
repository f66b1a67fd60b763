"""An hour at a server that greylists and takes ten a second, in a quarter of a minute.

Engine, ledger and server go by one clock that jumps; the sockets are real.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from engine.carriers import keeps_to
from engine.fleet import mail, people, plan
from safesend.ledger import open_ledger
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock, SmtpServer
from safesend.transports import SmtpTransport

pytestmark = pytest.mark.slow

_HOUR = 3600.0
_DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "example.org", "example.net")
_PEOPLE = 3000
_FEWER = 1500
"""Who are tried four times."""
_GREY = 300.0
_MILLISECOND = 0.001


def _an_hour(server, clock, folder, *, throttle=None, grey=_GREY, count=_PEOPLE):
    """The whole list within two hours of the clock; gives the report."""
    each = count // len(_DOMAINS)
    audience = [person for domain in _DOMAINS for person in people(each, domain)]
    server.greylist(grey / 60)
    server.rate_limit("10/s", burst=10)
    ledger = open_ledger(folder / "hour.db")
    try:
        return mail(
            plan(audience),
            ledger,
            SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext"),
            clock=clock,
            lanes=8,
            throttle=throttle,
            deadline=2 * _HOUR,
        )
    finally:
        ledger.close()


def _everybody_has_one(server, report, count=_PEOPLE):
    """Accepted exactly once each, and nothing was said against the rules."""
    assert (report.accepted, report.waiting) == (count, 0)
    copies = Counter(message.recipients for message in server.messages)
    assert (len(copies), max(copies.values())) == (count, 1)
    assert server.violations == []


def _nobody_comes_too_early(server, count=_PEOPLE):
    """Five minutes after the first try of a pair, and with the same sender."""
    tries = defaultdict(list)
    for one in server.transactions:
        tries[one.recipient].append(one)
    assert len(tries) == count
    for of_one in tries.values():
        first, *again = of_one
        assert {one.sender for one in again} <= {first.sender}
        assert all(one.began >= first.began + _GREY - _MILLISECOND for one in again)


def _shown(server):
    """What came of every minute's tries."""
    minutes = defaultdict(Counter)
    for one in server.transactions:
        said = "accepted" if one.accepted else one.reply[:22]
        minutes[int(one.began // 60)][said] += 1
    for minute, counts in sorted(minutes.items()):
        print(f"minute {minute:2}", dict(counts))  # noqa: T201 - for whoever looks


def test_the_pace_is_found(tmp_path):
    """Nobody set a rate: the server's word is enough, and it is seldom needed."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server:
        report = _an_hour(server, clock, tmp_path)
        _shown(server)
        _everybody_has_one(server, report)
        _nobody_comes_too_early(server)
        told = [one for one in server.transactions if "slow down" in one.reply]
        print(f"{len(told)} of {len(server.transactions)} too fast")  # noqa: T201
        assert 1 <= len(told) <= _PEOPLE // 20
        # While it looks for the pace it complains; then hardly ever.
        assert sum(one.began > _GREY + 120 for one in told) <= 8
        times = sorted(one.began for one in server.transactions if one.accepted)
        # Ten a second would need five minutes; all but a few take three times that.
        assert times[_PEOPLE * 95 // 100] <= _GREY + 900


def test_the_pace_is_kept(tmp_path):
    """A rate was set: over no window does the server see more, and it never complains.

    What it turns away for half an hour, at three tries, counts as much as what it takes
    after more than an hour.
    """
    clock = FakeClock()
    with SmtpServer(clock=clock) as server:
        throttle = Throttle("10/s", burst=5)
        report = _an_hour(
            server, clock, tmp_path, throttle=throttle, grey=_HOUR / 2, count=_FEWER
        )
        _shown(server)
        _everybody_has_one(server, report, _FEWER)
        _nobody_comes_too_early(server, _FEWER)
        assert server.turned_away["rate_limit"] == 0
        assert min(one.began for one in server.transactions if one.accepted) >= _HOUR
        assert keeps_to([one.began for one in server.transactions], 10, 5)
