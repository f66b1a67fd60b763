from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ledger.postgres.rooms import rooms
from safesend.ledger import open_ledger
from safesend.ledger.consent import PilotRecord
from safesend.ledger.postgres.pilots import Span, begin_pilot, held_to, pilot_of
from safesend.ledger.values import ALL, NewRow, Result, Shares, State
from safesend.policies import Pilot
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
)

SAID = {"actor": "ada", "reason": "good", "now": NOW + 9}


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def begun(ledger, campaign, live_upto=10_000):
    with ledger.database.writing(campaign) as connection:
        return begin_pilot(connection, campaign, live_upto, NOW)


def test_a_pilot_begins_once_whatever_machine_claims(ledger, postgres):
    """
    All that ask at once are given the same people.
    """
    campaign, ids = ledger.live(20)
    ledger.consent.plan_pilot(campaign, Pilot(5), PRINT)
    with ThreadPoolExecutor(4) as threads:

        def ask(_):
            with rooms(postgres.url) as other:
                return begun(other, campaign)

        found = set(threads.map(ask, range(4)))

    assert found == {Span(campaign, ids[0], ids[4])}
    assert len(ledger.ask("SELECT 1 FROM delivery WHERE pilot")) == 5


def test_those_never_tried_are_first_and_seeds_go_with_them(ledger):
    """
    Who was tried comes where these are too few; the seeds among them do not count.
    """
    rows = [NewRow(b"%d" % n, b"s%d" % n, "a", b"p", int(n == 3)) for n in range(7)]
    campaign, ids = ledger.live(rows)
    ledger.stand(ids[0], 3, "first_tried = 5")
    ledger.stand(ids[1], 2, "dated = 5")
    ledger.consent.plan_pilot(campaign, Pilot(5), PRINT)

    assert begun(ledger, campaign) == Span(campaign, ids[0], ids[6])
    found = ledger.ask("SELECT id FROM delivery WHERE pilot ORDER BY id")
    assert found == [(ids[number],) for number in (0, 2, 3, 4, 5, 6)]


def test_a_short_list_needs_no_pilot(ledger):
    """
    Nor is one begun twice, or without a plan.
    """
    campaign, _ = ledger.live(3)
    assert begun(ledger, campaign) is None
    ledger.consent.plan_pilot(campaign, Pilot(3), PRINT)
    assert begun(ledger, campaign) is None
    record = ledger.consent.pilot(campaign)
    assert record.over == NOW
    assert begun(ledger, campaign) is None


def test_another_letter_has_another_pilot(ledger):
    """
    Those of the one before are of none any more.
    """
    campaign, ids = ledger.live(9)
    ledger.consent.plan_pilot(campaign, Pilot(2), PRINT)
    begun(ledger, campaign)
    for id_ in ids[:2]:
        ledger.stand(id_, 5)
    ledger.consent.plan_pilot(campaign, Pilot(3), b"another letter")

    assert begun(ledger, campaign) == Span(campaign, ids[2], ids[4])
    found = ledger.ask("SELECT id FROM delivery WHERE pilot ORDER BY id")
    assert found == [(id_,) for id_ in ids[2:5]]


def test_two_claims_of_a_pilot_take_different_rows(ledger, postgres):
    """
    What one has in its hand the other does not see; shares and dates are kept.
    """
    campaign, ids = ledger.live(make_rows(9, providers=("a", "b")))
    ledger.consent.plan_pilot(campaign, Pilot(4), PRINT)
    span = begun(ledger, campaign)
    ledger.stand(ids[2], 3, "not_before = 50")
    asked = {"shares": Shares(1), "limit": 9, "now": 40}

    with (
        rooms(postgres.url) as other,
        ledger.database.writing(campaign, shared=True) as connection,
    ):
        assert span.choose(connection, **asked) == ids[:2]
        with other.database.writing(campaign, shared=True) as second:
            assert span.choose(second, **asked) == []
    with ledger.database.writing() as connection:
        late = {"shares": ALL, "limit": 2, "now": 60}
        assert span.choose(connection, **late) == [ids[2], ids[0]]
        assert span.next_due(connection, {"b"}) == 0
        assert span.next_due(connection, {"a", "b"}) is None
        assert held_to(connection, campaign) == span
    ledger.consent.release(campaign, **SAID)
    with ledger.database.reading() as connection:
        assert held_to(connection, campaign) is None
        assert pilot_of(connection, campaign)[1] == span
        assert pilot_of(connection, 99) is None


@pytest.mark.parametrize("kind", ["PostgreSQL", "SQLite"])
def test_a_pilot_that_began_while_its_letter_was_enrolled_begins_anew(
    kind, postgres, tmp_path
):
    """
    Whoever sent the old letter at that moment began it with that one.
    """
    place = postgres.url if kind == "PostgreSQL" else str(tmp_path / "a.db")
    with closing(open_ledger(place, key_home=tmp_path / "keys")) as ledger:
        campaign = live_campaign(ledger, 9)
        run = ledger.start_run(campaign, NOW)
        ledger.begin_draft(campaign)
        ledger.consent.plan_pilot(campaign, Pilot(2), b"another")
        old = ledger.claim(campaign, run, 10, NOW)
        ledger.record(run, [Result(row.id, State.ACCEPTED) for row in old], NOW)
        assert len(old) == 2
        ledger.go_live(campaign, b"another", NOW)
        assert ledger.consent.pilot(campaign) == PilotRecord(Pilot(2))
        _, new = claimed_rows(ledger, campaign, 10)
        assert [row.digest for row in new] == [digest(2), digest(3)]
        ledger.begin_draft(campaign)
        ledger.go_live(campaign, b"another", NOW)
        assert ledger.consent.pilot(campaign).holds
