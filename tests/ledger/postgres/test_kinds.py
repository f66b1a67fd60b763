import pytest

from ledger.postgres.rooms import rooms
from safesend.ledger.values import NewRow, State


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def test_seeds_are_counted_in_each_state(ledger):
    """
    Two numbers stand for those who wait; people and drafts are not counted.
    """
    rows = [NewRow(b"%d" % n, b"s", "a", b"p", int(n < 3)) for n in range(5)]
    campaign, ids = ledger.live(rows)
    ledger.stand(ids[1], 3)
    ledger.stand(ids[2], 5)
    ledger.change(
        "INSERT INTO delivery (campaign, digest, suppression, provider, kind)"
        " VALUES ($1, 'drafted', 's', 'a', 1)",
        campaign,
    )

    assert ledger.kinds.seeds(campaign) == {State.WAITING: 2, State.ACCEPTED: 1}


def test_what_a_campaign_is_is_kept_masked(ledger):
    """
    Nobody's address is in it.
    """
    campaign, _ = ledger.live(1)
    ledger.kinds.describe(campaign, "redirected", "to quality@example.org")

    said = ledger.ask("SELECT kind, about FROM campaign")
    assert said == [("redirected", "to q…@example.org")]
