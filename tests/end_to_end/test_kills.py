"""Fifty times kill -9 in one mailing: nobody has two copies, and nobody is lost."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter, deque

import attrs
import pytest

from end_to_end.crashes import (
    begun,
    copies,
    crowd,
    dice,
    keep_watch,
    letter,
    nobody_twice_nobody_lost,
    say,
    start,
)

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 20_000
_LANES = 8
_MANNER = {"lanes": _LANES, "throttle": "1500/s"}
"""So slow that a killer on a busy machine does not come long after the moment."""
_DOUBTS = 3 * _LANES
"""A kill: see test_crash.py for why three a lane."""
_AMONG = re.compile(r"in_doubt=(\d+)")


@attrs.frozen
class _Moment:
    """When to kill: so long after the ledger was called, or after so many letters."""

    name: str
    call: str = ""
    times: int = 1
    delay: float = 0.0
    letters: bool = False
    interrupt: bool = False


def _moments(chance):
    """Fifty: in the first reading of the list, then in any part of a run."""
    first = [
        _Moment("first draft", "> begin_draft", delay=chance.uniform(0, 0.01)),
        _Moment("first draft", "> enrol", chance.randint(1, 40)),
        _Moment("first draft", "> enrol", chance.randint(1, 40), 0.002),
        _Moment("first draft", "> go_live", delay=chance.uniform(0, 0.1)),
    ]
    later = [
        *(
            _Moment("recovery", "> recover", delay=chance.uniform(0, 0.004))
            for _ in range(6)
        ),
        _Moment("start", "> begin_draft", delay=chance.uniform(0, 0.005)),
        _Moment("start", "> enrol", chance.randint(1, 40)),
        _Moment("start", "> go_live", delay=chance.uniform(0, 0.01)),
        _Moment("start", "> start_run", delay=chance.uniform(0, 0.005)),
        *(
            _Moment("claim", "> claim", chance.randint(1, 2), chance.uniform(0, 0.01))
            for _ in range(6)
        ),
        *(_Moment("sending", letters=True) for _ in range(22)),
        *(
            _Moment(
                "wind-up",
                chance.choice(["> record", "> release", "> end_run", "> close"]),
                delay=chance.uniform(0, 0.005),
                letters=True,
                interrupt=True,
            )
            for _ in range(8)
        ),
    ]
    chance.shuffle(later)
    return [*first, *later]


def _kill_at(sender, moment, sink, letters):
    """Whether it was killed: it may have been faster."""
    if moment.letters:
        sender.until("> claim")
        sender.until_kept(sink, letters)
    if moment.interrupt:
        sender.signal(signal.SIGINT)
    if moment.call:
        sender.until(moment.call, moment.times)
    time.sleep(moment.delay)
    return sender.kill() == -signal.SIGKILL


def _doubted(sender):
    """How many rows this start put in doubt, as far as it came to say so."""
    found = _AMONG.search(sender.told("< recover"))
    return int(found[1]) if found else 0


def test_killed_fifty_times_and_resumed(smtp_sink, tmp_path):
    """
    One copy for everybody the ledger calls accepted, at most one for those in doubt.
    """
    chance = dice()
    sink = smtp_sink()
    people = crowd(tmp_path, _PEOPLE)
    ledger = tmp_path / "kills.db"
    moments = deque(_moments(chance))
    kills, doubts, missed = Counter(), [], 0
    while moments:
        keep_watch()
        moment = moments.popleft()
        left = _PEOPLE - begun(sink)
        share = max(1, left // (len(moments) + 3))
        with start(people, ledger, sink.url, **_MANNER) as sender:
            if _kill_at(sender, moment, sink, chance.randint(1, share)):
                kills[moment.name] += 1
            else:
                missed += 1
                say(f"missed: {moment}; {sender.said[-8:]}")
                assert missed <= 10, "the senders are faster than their killer"
                moments.append(_Moment("sending", letters=True))
            doubts.append(_doubted(sender))
    keep_watch()
    report = letter(people).send(sink.url, ledger=ledger, lanes=_LANES)

    came = copies(sink)
    doubtful = nobody_twice_nobody_lost(report, people, came)
    say(f"{kills.total()} kills {dict(kills)}, {doubtful} in doubt of {_PEOPLE}")
    assert report.recipients == _PEOPLE
    assert kills.total() == 50
    assert max(doubts) <= _DOUBTS
    assert doubtful <= _DOUBTS * kills.total()
