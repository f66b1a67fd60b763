"""Approvals and pilots, in both ledgers and in the file.

`safesend.testing.ledger_consent` has the promises, which both keep.
"""

import json
from contextlib import closing

import pytest

from ledger.scenes import assert_consistent, child, kill, look, run_child
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.ledger.consent import PilotRecord, distinct
from safesend.ledger.history import Approval
from safesend.policies import Pilot
from safesend.testing import ledger_consent
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    claimed_rows,
    live_campaign,
    make_rows,
)


@pytest.fixture
def path(tmp_path):
    """Of a ledger."""
    return tmp_path / "a.db"


@pytest.mark.parametrize("name", ledger_consent.__all__)
@pytest.mark.parametrize("place", [":memory:", "a.db"])
def test_both_ledgers_keep_the_promises(tmp_path, name, place):
    """
    Each of them, over a ledger of its own.
    """
    where = place if place == ":memory:" else tmp_path / place
    with closing(open_ledger(where)) as ledger:
        getattr(ledger_consent, name)(ledger)


def test_who_approved_is_counted_once():
    """
    Whatever way the name is written; the first way is shown.
    """
    names = ["Ada", "bo", "ADA ", "ada", "cy"]
    found = [Approval(float(n), b"", name, "") for n, name in enumerate(names)]
    assert distinct(found) == ["Ada", "bo", "cy"]
    assert distinct([]) == []


@pytest.mark.parametrize(
    ("record", "holds"),
    [
        (PilotRecord(Pilot(5)), False),
        (PilotRecord(Pilot(5), 1.0), True),
        (PilotRecord(Pilot(5), 1.0, 2.0), False),
        (PilotRecord(Pilot(5), None, 2.0), False),
    ],
)
def test_a_pilot_holds_others_between_two_dates(record, holds):
    """
    Planned it holds nobody, and neither when it is over.
    """
    assert record.holds == holds


def test_it_outlives_its_process(path):
    """
    What was approved, how many must, and whose turn it is.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 9)
        ledger.consent.approve(campaign, b"1" * 32, actor="ada", reason="", now=NOW)
        ledger.consent.need(campaign, 2, actor="ada", now=NOW)
        ledger.consent.plan_pilot(campaign, Pilot(3, "1h", "2%"), PRINT)
        _, rows = claimed_rows(ledger, campaign, 2)
        assert len(rows) == 2
    with closing(open_ledger(path)) as ledger:
        consent = ledger.consent
        assert [one.actor for one in consent.approvals(campaign)] == ["ada"]
        assert consent.needed(campaign) == 2
        assert consent.pilot(campaign) == PilotRecord(Pilot(3, 3600, 0.02), NOW)
        assert len(claimed_rows(ledger, campaign, 9)[1]) == 1
    assert_consistent(path)


def test_no_campaign_has_approved_nothing(path):
    """
    Of one that is not there nothing is known.
    """
    with closing(open_ledger(path)) as ledger:
        assert ledger.consent.needed(7) == 0
        assert ledger.consent.pilot(7) is None


_CLAIM = """
campaign = ledger.campaigns()[0].id
run = ledger.start_run(campaign, NOW)
print(len(ledger.claim(campaign, run, 4, NOW)), flush=True)
sys.stdin.readline()
print(len(ledger.claim(campaign, run, 40, NOW)), flush=True)
"""


def test_processes_share_one_pilot(path):
    """
    It begins with whoever claims first, and all of them together get its people.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 40)
        ledger.consent.plan_pilot(campaign, Pilot(10), PRINT)
    with child(_CLAIM, path) as one, child(_CLAIM, path) as other:
        assert (one.first, other.first) == ("4", "4")
        assert int(run_child(_CLAIM.replace("sys.stdin.readline()", ""), path)[0]) == 2


def test_a_kill_in_a_pilot_frees_no_other(path):
    """
    Its rows go to the next run, which has the same people.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 40)
        ledger.consent.plan_pilot(campaign, Pilot(6), PRINT)
    with child(_CLAIM, path) as sender:
        assert sender.first == "4"
        kill(sender)
    with closing(open_ledger(path)) as ledger:
        ledger.recover(campaign, NOW + 100)
        ledger.resolve(campaign, State.WAITING, None, NOW + 100)
        run = ledger.start_run(campaign, NOW + 100)
        rows = ledger.claim(campaign, run, 40, NOW + 100)
        ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW)
        assert len(rows) == 6
        assert ledger.claim(campaign, run, 40, NOW + 100) == []
    [(people,)] = look(path, "SELECT count(*) FROM delivery WHERE pilot = 1")
    assert people == 6


def test_other_campaigns_in_between_are_none_of_it(path):
    """
    Its rows need not lie beside each other in the file.
    """
    with closing(open_ledger(path)) as ledger:
        spring = live_campaign(ledger, 3)
        live_campaign(ledger, 5, name="summer")
        ledger.begin_draft(spring)
        ledger.enrol(spring, make_rows(9))
        ledger.go_live(spring, PRINT, NOW)
        ledger.consent.plan_pilot(spring, Pilot(6), PRINT)
        assert len(claimed_rows(ledger, spring, 40)[1]) == 6
        assert ledger.consent.pilot_seen(spring).people == 6
        summer = ledger.campaign("summer", NOW).id
        assert len(claimed_rows(ledger, summer, 40)[1]) == 5
    ids = look(path, "SELECT json_group_array(id) FROM delivery WHERE pilot = 1")
    assert json.loads(ids[0][0]) == [1, 2, 3, 9, 10, 11]
