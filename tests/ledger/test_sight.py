"""What is to be seen of a campaign while it is sent, in both ledgers."""

from __future__ import annotations

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.ledger.sight import Spread
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign, make_rows


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def test_a_run_is_seen_while_it_goes_on(ledger):
    """With its relay, its beginning, and what it last said of itself."""
    campaign = live_campaign(ledger, 2)
    run = ledger.start_run(campaign, NOW, "smtp://x")
    [sender] = ledger.sight.senders(campaign, NOW + 1)
    assert (sender.run, sender.relay, sender.started) == (run, "smtp://x", NOW)
    assert (sender.alive, sender.told, sender.told_at) == (True, "", 0.0)
    ledger.sight.tell(run, '{"rate": 5}', NOW + 2)
    ledger.sight.tell(run, '{"rate": 6}', NOW + 3)
    [sender] = ledger.sight.senders(campaign, NOW + 4)
    assert (sender.told, sender.told_at) == ('{"rate": 6}', NOW + 3)


def test_a_run_that_ended_is_not_seen(ledger):
    """Nor is one of another campaign."""
    campaign = live_campaign(ledger, 2)
    other = ledger.campaign("other", NOW).id
    run = ledger.start_run(campaign, NOW)
    assert ledger.sight.senders(other, NOW) == []
    ledger.end_run(run, NOW + 1)
    assert ledger.sight.senders(campaign, NOW + 2) == []
    ledger.sight.tell(run, "{}", NOW + 3)  # too late, and no harm
    assert ledger.sight.senders(campaign, NOW + 4) == []


def test_runs_come_in_the_order_in_which_they_began(ledger):
    """The earliest first."""
    campaign = live_campaign(ledger, 2)
    runs = [ledger.start_run(campaign, NOW + at) for at in range(3)]
    assert [one.run for one in ledger.sight.senders(campaign, NOW + 9)] == runs


def test_rows_are_spread_over_providers_and_states(ledger):
    """Those that were put off are told from those that were never tried."""
    campaign = live_campaign(ledger, 6)
    run, rows = claimed_rows(ledger, campaign, 4)
    ledger.record(
        run,
        [
            Result(rows[0].id, State.ACCEPTED, code=250),
            Result(rows[1].id, State.WAITING, NOW + 300, code=450),
            Result(rows[2].id, State.REFUSED, code=550),
        ],
        NOW + 10,
    )
    found = ledger.sight.spread(campaign)
    numbers = {}
    for one in found:
        assert isinstance(one, Spread)
        at = (one.state, one.put_off)
        numbers[at] = numbers.get(at, 0) + one.number
    assert numbers == {
        (State.ACCEPTED, False): 1,
        (State.WAITING, True): 1,
        (State.REFUSED, False): 1,
        (State.SENDING, False): 1,
        (State.WAITING, False): 2,
    }


def test_a_draft_is_not_spread(ledger):
    """It is nobody's yet."""
    campaign = live_campaign(ledger, 2)
    before = ledger.sight.spread(campaign)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9)[4:])
    assert ledger.sight.spread(campaign) == before
    ledger.drop_draft(campaign)


def test_who_waits_longest_is_known_by_the_first_try(ledger):
    """None where nobody who waits was tried."""
    campaign = live_campaign(ledger, 3)
    assert ledger.sight.oldest(campaign) is None
    run, rows = claimed_rows(ledger, campaign, 3)
    for at, row in enumerate(rows[:2]):
        later = Result(row.id, State.WAITING, NOW + 900, code=450)
        ledger.record(run, [later], NOW + 10 * (at + 1))
    ledger.record(run, [Result(rows[2].id, State.ACCEPTED, code=250)], NOW + 1)
    assert ledger.sight.oldest(campaign) == NOW + 10
