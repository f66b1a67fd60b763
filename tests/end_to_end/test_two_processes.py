"""Several processes over one ledger: they share the work, and outlive each other."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from end_to_end.crashes import (
    copies,
    crowd,
    letter,
    nobody_twice_nobody_lost,
    start,
)
from safesend import read_csv
from safesend.engine.dispatcher import BATCH

pytestmark = pytest.mark.server

_PEOPLE = 4000
_LANES = 8
_DOUBTS = 3 * _LANES
_SLOW = "800/s"
"""Slow enough that a sender is still at work when it is killed or stopped, though this
process may come to it seconds late."""


@pytest.fixture
def team(smtp_sink, tmp_path):
    """
    Starts so many senders that all hold rows before the first letter leaves: the sink
    stands still until then.
    """
    with contextlib.ExitStack() as stack:

        def call(number, people, **options):
            sink, ledger = smtp_sink(), tmp_path / "shared.db"
            os.kill(sink.daemon.process.pid, signal.SIGSTOP)
            senders = []
            for _ in range(number):
                sender = start(people, ledger, sink.url, lanes=_LANES, **options)
                senders.append(stack.enter_context(sender))
                # While a list is read, nobody else may read one into the campaign.
                assert senders[-1].until("< claim")
            os.kill(sink.daemon.process.pid, signal.SIGCONT)
            return sink, ledger, senders

        yield call


@pytest.mark.parametrize("number", [2, 3])
def test_processes_share_the_work(team, tmp_path, number):
    """Each of them sends a fair part, and nobody gets two letters."""
    people = crowd(tmp_path, _PEOPLE)
    sink, ledger, senders = team(number, people)
    assert [sender.finish() for sender in senders] == [0] * number

    shares = [sender.report["sent_now"] for sender in senders]
    assert sum(shares) == _PEOPLE
    assert min(shares) >= _PEOPLE // 10
    report = letter(people).send(sink.url, ledger=ledger)
    assert report.sent_now == 0
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


def test_one_is_killed_while_the_other_goes_on(team, tmp_path):
    """The dead one's rows are settled; what it may have sent is in doubt."""
    people = crowd(tmp_path, _PEOPLE)
    sink, ledger, (dead, living) = team(2, people, throttle=_SLOW)
    assert dead.until_kept(sink, 1000)
    assert dead.kill() == -signal.SIGKILL

    assert living.finish() == 0
    assert living.report["sent_now"] > 0
    report = letter(people).send(sink.url, ledger=ledger)
    assert nobody_twice_nobody_lost(report, people, copies(sink)) <= _DOUBTS


def test_who_comes_while_a_list_is_read_is_told(smtp_sink, tmp_path):
    """The second one says so, and changes nothing for the first."""
    people = crowd(tmp_path, _PEOPLE)
    sink, ledger = smtp_sink(), tmp_path / "shared.db"
    with start(people, ledger, sink.url, stops=("< enrol", 1)) as first:
        assert first.until("< enrol")
        first.wait_until_stopped()
        with start(people, ledger, sink.url) as second:
            assert second.finish() == 1
        first.signal(signal.SIGCONT)
        assert first.finish() == 0

    said = second.told("error LedgerBusy:")
    assert "reads a list into this campaign" in said
    assert "try again when it is done" in said
    report = letter(people).send(sink.url, ledger=ledger)
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


def test_a_stopped_process_is_not_taken_for_dead(team, tmp_path, machine):
    """Its lease ran out, but it can be seen: it keeps its rows, and sends them."""
    people = crowd(tmp_path, _PEOPLE)
    sink, ledger, [stopped] = team(1, people, throttle=_SLOW)
    assert stopped.until_kept(sink, 500)
    stopped.stop_between_calls()
    with start(people, ledger, sink.url, environment=machine(later=3600)) as other:
        assert other.finish() == 0
    assert other.report["in_doubt"] == 0
    stopped.signal(signal.SIGCONT)
    assert stopped.finish() == 0

    report = letter(people).send(sink.url, ledger=ledger)
    assert report.sent_now == 0
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


def _states(report, people):
    return [str(state) for _, state, _ in report.outcomes(read_csv(people))]


def test_who_was_taken_for_dead_changes_nothing_any_more(team, tmp_path, machine):
    """
    A process of another boot cannot be seen: when its lease ran out others settle its
    rows, and what it says afterwards does not count.
    """
    people = crowd(tmp_path, _PEOPLE)
    sink, ledger, [stopped] = team(
        1, people, throttle=_SLOW, environment=machine(boot="elsewhere")
    )
    assert stopped.until_kept(sink, 500)
    stopped.stop_between_calls()
    with start(people, ledger, sink.url, environment=machine(later=3600)) as other:
        assert other.finish() == 0
    settled = letter(people).send(sink.url, ledger=ledger)
    before = _states(settled, people)
    stopped.signal(signal.SIGCONT)
    assert stopped.finish() == 1

    assert "start again" in stopped.told("error RunLost:")
    assert 0 < settled.in_doubt <= 2 * BATCH
    assert _states(settled, people) == before
    doubtful = nobody_twice_nobody_lost(settled, people, copies(sink))
    assert doubtful == settled.in_doubt
