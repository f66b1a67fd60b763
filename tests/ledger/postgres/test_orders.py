import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.orders import Hold, Ordered
from safesend.ledger.values import Control, State
from safesend.testing.ledger_rows import NOW, make_rows

ADA = {"actor": "ada", "reason": "a bounce", "now": NOW}
PAUSE, CANCEL, RUN = Control.PAUSE, Control.CANCEL, Control.RUN


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def test_nobody_ordered_anything(ledger):
    """
    A campaign runs; one that is not there is an error.
    """
    campaign, _ = ledger.live(1)

    assert ledger.orders.ordered(campaign) == Ordered()
    with pytest.raises(LedgerError, match="no campaign number 99"):
        ledger.orders.ordered(99)


def test_whoever_said_it_last_is_named(ledger):
    """
    Of the campaign as a whole, and of each provider, in the order of their octets.
    """
    campaign, _ = ledger.live(1)
    ledger.orders.order(campaign, PAUSE, **ADA)
    for name in ("b", "Z", "a"):
        ledger.orders.hold(campaign, name, PAUSE, **ADA)
    ledger.orders.hold(campaign, "b", RUN, **ADA)
    ledger.orders.hold(campaign, "a", PAUSE, actor="bob", reason="again", now=NOW + 1)
    ledger.orders.begin_at(campaign, NOW + 60, actor="ada", now=NOW)

    held = (
        Hold("Z", PAUSE, "a bounce", "ada", NOW),
        Hold("a", PAUSE, "again", "bob", NOW + 1),
    )
    found = ledger.orders.ordered(campaign)
    assert found == Ordered(PAUSE, "a bounce", "ada", NOW, NOW + 60, held)


def test_what_is_cancelled_waits_no_more(ledger):
    """
    First of one provider, then of all; what may have arrived is in doubt; for good.
    """
    campaign, ids = ledger.live(make_rows(6, providers=("a", "b")))
    ledger.stand(ids[0], 3)
    ledger.stand(ids[2], 3, "doubt = 1")

    ledger.orders.hold(campaign, "a", PAUSE, **ADA)
    assert ledger.orders.held_back(campaign) == {"a"}
    ledger.orders.hold(campaign, "a", CANCEL, **ADA)
    assert ledger.orders.held_back(campaign) == frozenset()
    found = ledger.states(campaign)
    assert found == {State.CANCELLED: 2, State.IN_DOUBT: 1, State.WAITING: 3}
    with pytest.raises(LedgerError, match="for good"):
        ledger.orders.hold(campaign, "a", RUN, **ADA)
    ledger.orders.order(campaign, CANCEL, **ADA)
    assert ledger.states(campaign) == {State.CANCELLED: 5, State.IN_DOUBT: 1}
    with pytest.raises(LedgerError, match="for good"):
        ledger.orders.order(campaign, RUN, **ADA)


def test_a_draft_holds_nothing_back(ledger):
    """
    It is nobody's yet; what is purged takes no order.
    """
    campaign, _ = ledger.live(1)
    ledger.orders.hold(campaign, "b", PAUSE, **ADA)
    ledger.change(
        "INSERT INTO delivery (campaign, digest, suppression, provider)"
        " VALUES ($1, 'drafted', 's', 'b')",
        campaign,
    )

    assert ledger.orders.held_back(campaign) == frozenset()
    ledger.change("UPDATE campaign SET purged = 5")
    with pytest.raises(CampaignPurged):
        ledger.orders.begin_at(campaign, NOW, actor="ada", now=NOW)
