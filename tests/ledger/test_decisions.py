from contextlib import closing

import pytest

from ledger.scenes import assert_consistent, change, look
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, Result, State
from safesend.ledger.database import Database
from safesend.ledger.decisions import Decisions
from safesend.ledger.vault import open_vault
from safesend.testing.ledger_rows import (
    NOW,
    account_of,
    ask_for,
    digest,
    live_campaign,
    payload,
)

RELAY = "smtp://relay.example"


@pytest.fixture
def path(tmp_path):
    """Four rows in doubt but for 2: 1 after an earlier try, 3 by a crash."""
    with closing(open_ledger(tmp_path / "a.db")) as ledger:
        campaign = live_campaign(ledger, 4)
        first = ledger.start_run(campaign, NOW - 500, "smtp://other.example")
        rows = ledger.claim(campaign, first, 2, NOW - 450)
        ledger.record(first, [Result(rows[1].id, State.WAITING, NOW)], NOW - 400)
        ledger.end_run(first, NOW)
        ledger.resolve(campaign, State.WAITING, None, NOW)
        run = ledger.start_run(campaign, NOW, RELAY)
        found = {row.digest: row.id for row in ledger.claim(campaign, run, 4, NOW)}
        one, two, three = (found[digest(n)] for n in range(3))
        results = [
            Result(one, State.IN_DOUBT, text="the line broke"),
            Result(two, State.IN_DOUBT),
            Result(three, State.ACCEPTED),
        ]
        ledger.record(run, results, NOW + 7)
        ledger.end_run(run, NOW + 8)
    return tmp_path / "a.db"


@pytest.fixture
def ledger(path):
    with closing(open_ledger(path)) as ledger:
        yield ledger
    assert_consistent(path)


@pytest.fixture
def decisions(path):
    with closing(open_ledger(path)) as ledger:
        vault = open_vault(ledger.secret, sealed=ledger.encrypted)
    with closing(Database(path)) as database:
        yield Decisions(database, vault)


def test_a_doubt_says_who_when_and_where(decisions):
    """
    With what is needed to send it again, in list order.
    """
    found = decisions.doubts(1)

    assert [doubt.digest for doubt in found] == [digest(n) for n in (0, 1, 3)]
    assert [doubt.payload for doubt in found] == [payload(n) for n in (0, 1, 3)]
    assert {doubt.relay for doubt in found} == {RELAY}
    assert [doubt.text for doubt in found] == ["the line broke", "", ""]
    assert decisions.doubts(2) == []


def test_a_doubt_begins_with_the_run_that_left_it(decisions):
    """
    What that run recorded has its date; an earlier try is no part of it.
    """
    assert [doubt.since for doubt in decisions.doubts(1)] == [NOW + 7, NOW + 7, NOW]


def test_a_doubt_of_an_unknown_run_is_still_told(decisions, path):
    """
    Whatever is missing is left empty.
    """
    change(path, "UPDATE delivery SET doubt = 999, last_tried = NULL")

    assert {(doubt.since, doubt.relay) for doubt in decisions.doubts(1)} == {(0.0, "")}


def test_a_damaged_doubt_is_not_shown(decisions, path):
    """
    What another program wrote is no address.
    """
    change(path, "UPDATE delivery SET payload = x'00' WHERE id = 2")

    with pytest.raises(LedgerError, match="changed by another program"):
        decisions.doubts(1)


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.WAITING}))
def test_a_decision_is_one_of_two(decisions, state):
    """
    Everything else is what happens, and not what somebody says.
    """
    with pytest.raises(LedgerError, match="accepted or waiting"):
        decisions.resolve(1, state, None, NOW)


def test_some_can_be_decided(ledger):
    """
    Those that are named and in doubt; a name that nobody has is none.
    """
    named = (digest(n) for n in (0, 2, 77))

    assert ledger.resolve(1, State.ACCEPTED, named, NOW + 9) == 1
    assert account_of(ledger, 1, 0).state is State.ACCEPTED
    assert ledger.resolve(1, State.WAITING, [digest(3), digest(3)], NOW + 9) == 1
    assert account_of(ledger, 1, 3).state is State.WAITING
    assert ledger.resolve(1, State.WAITING, [], NOW + 9) == 0
    assert ledger.counts(1)[State.IN_DOUBT] == 1


@pytest.mark.parametrize("state", [State.ACCEPTED, State.WAITING])
def test_all_can_be_decided_at_once(ledger, path, state):
    """
    Who waits again is due at once; an accepted one is erased.
    """
    assert ledger.resolve(1, state, None, NOW + 9) == 3
    assert ledger.resolve(1, state, None, NOW + 9) == 0
    assert State.IN_DOUBT not in ledger.counts(1)
    payloads = look(path, "SELECT count(payload) FROM delivery")
    assert payloads == [(0 if state is State.ACCEPTED else 3,)]
    if state is State.WAITING:
        assert ledger.next_due(1) == NOW + 9


def test_one_campaign_is_decided_at_a_time(ledger):
    """
    The same person's row in another campaign is left alone.
    """
    other = live_campaign(ledger, 4, "summer")
    ledger.claim(other, run := ledger.start_run(other, NOW, RELAY), 4, NOW)
    ledger.end_run(run, NOW)

    assert ledger.resolve(1, State.ACCEPTED, [digest(0)], NOW) == 1
    assert ledger.resend_known(1, RELAY, NOW - 999, NOW) == 2
    assert ledger.counts(other) == {State.IN_DOUBT: 4}


def test_a_relay_is_asked_for_what_it_remembers(ledger):
    """
    By the date of the message, which is that of the first claim.
    """
    assert ledger.resend_known(1, "smtp://other.example", NOW - 999, NOW) == 0
    assert ledger.resend_known(1, RELAY, NOW, NOW) == 0
    # Rows 0 and 1 were first claimed before, by a run of another relay.
    assert ledger.resend_known(1, RELAY, NOW - 1, NOW + 9) == 1
    assert account_of(ledger, 1, 1).state is State.IN_DOUBT
    assert ledger.resend_known(1, RELAY, NOW - 451, NOW + 9) == 2
    assert {row.digest for row in _claimed(ledger)} == {digest(n) for n in (0, 1, 3)}


def _claimed(ledger):
    run = ledger.start_run(1, NOW + 9, RELAY)
    rows = ledger.claim(1, run, 9, NOW + 9)
    ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW + 9)
    return rows


def test_nothing_waits_again_in_a_cancelled_campaign(ledger):
    """
    What a person decides about is cancelled; what may have arrived stays in doubt.
    """
    ask_for(ledger, 1, Control.CANCEL)

    assert ledger.resolve(1, State.WAITING, [digest(0)], NOW) == 1
    assert ledger.resend_known(1, RELAY, NOW - 999, NOW) == 2
    held = {State.ACCEPTED: 1, State.CANCELLED: 1, State.IN_DOUBT: 2}
    assert ledger.counts(1) == held
