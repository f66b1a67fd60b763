import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.consent import PilotRecord
from safesend.ledger.history import Approval
from safesend.ledger.postgres.pilots import begin_pilot
from safesend.policies import Pilot
from safesend.policies.pilot import PilotSeen
from safesend.testing.ledger_rows import NOW, PRINT, make_rows

ADA = {"actor": "ada@example.org", "reason": "read it", "now": NOW}


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def test_who_agreed_to_what_is_kept(ledger):
    """
    Each approval of each content, masked; a purged campaign takes none.
    """
    campaign, _ = ledger.live(1)
    consent = ledger.consent
    consent.approve(campaign, b"one", **ADA)
    consent.approve(campaign, b"two", **ADA)

    one, two = (Approval(NOW, d, "a…@example.org", "read it") for d in (b"one", b"two"))
    assert consent.approvals(campaign) == [one, two]
    assert consent.approvals(campaign, b"two") == [two]
    assert consent.approvals(campaign, b"") == []
    ledger.change("UPDATE campaign SET purged = 5")
    with pytest.raises(CampaignPurged):
        consent.approve(campaign, b"three", **ADA)


def test_how_many_must_agree_is_noted_once(ledger):
    """
    What was known already is no change.
    """
    campaign, _ = ledger.live(1)
    for people in (2, 2, 0):
        ledger.consent.need(campaign, people, actor="ada", now=NOW)

    noted = ledger.ask("SELECT control, reason FROM control ORDER BY id")
    assert noted == [("approvals", "2 needed"), ("approvals", "0 needed")]
    assert ledger.consent.needed(campaign) == 0
    assert ledger.consent.needed(99) == 0


def test_those_who_may_still_get_it_are_told_page_by_page(ledger):
    """
    In list order, however many they are.
    """
    rows = make_rows(1003)
    campaign, ids = ledger.live(rows)
    for number, code in ((0, 5), (1, 3), (2, 4), (3, 6), (4, 7)):
        ledger.stand(ids[number], code)

    left = [row.payload for n, row in enumerate(rows) if n not in {0, 3}]
    assert [*ledger.consent.awaiting(campaign)] == left


def test_a_pilot_is_planned_until_it_begins(ledger):
    """
    Then it stays, unless the letter is another one; and it is let go once.
    """
    campaign, _ = ledger.live(9)
    consent, terms = ledger.consent, Pilot(3, "1h", "2%")
    consent.plan_pilot(campaign, None, PRINT)
    assert consent.pilot(campaign) is None
    assert consent.release(campaign, **ADA) is False
    consent.plan_pilot(campaign, terms, PRINT)
    assert consent.pilot(campaign) == PilotRecord(terms)
    with pytest.raises(LedgerError, match="has begun"):
        consent.pilot_seen(campaign)
    with ledger.database.writing(campaign) as connection:
        begin_pilot(connection, campaign, 99, NOW)
    consent.plan_pilot(campaign, Pilot(4), PRINT)
    assert consent.pilot(campaign) == PilotRecord(terms, NOW)
    assert consent.pilot_seen(campaign) == PilotSeen(
        people=3, open=3, in_doubt=0, lost=0, last=NOW
    )
    assert consent.release(campaign, **ADA) is True
    assert consent.release(campaign, **ADA) is False
    consent.plan_pilot(campaign, None, b"another letter")
    assert consent.pilot(campaign) == PilotRecord(terms)
    assert ledger.ask("SELECT control, actor FROM control") == [
        ("approve", "a…@example.org")
    ]
