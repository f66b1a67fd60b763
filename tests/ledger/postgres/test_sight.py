import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import LedgerError
from safesend.ledger.sight import Spread
from safesend.ledger.values import State
from safesend.testing.ledger_rows import NOW, make_rows


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def test_providers_stand_in_order_of_their_octets(ledger):
    """
    As in a file, whatever the language of the database is.
    """
    rows = make_rows(6, providers=("b", "A", "a.b", "ab", "Ä", "a"))
    campaign, ids = ledger.live(rows)
    ledger.stand(ids[0], 3, "first_tried = 7")

    found = ledger.sight.spread(campaign)

    names = ["A", "a", "a.b", "ab", "b", "Ä"]
    assert [one.provider for one in found] == names
    assert found[4] == Spread("b", State.WAITING, put_off=True, number=1)
    assert ledger.sight.oldest(campaign) == 7
    with pytest.raises(LedgerError):
        ledger.sight.spread(campaign + 1)


def test_who_sends_is_seen_from_elsewhere(ledger, postgres):
    """
    With its last word, which another line reads, and whether it is alive.
    """
    campaign, _ = ledger.live(1)
    first, second = ledger.run(campaign), ledger.run(campaign, NOW + 1)
    ledger.sight.tell(first, "{\0}", NOW + 2)

    with rooms(postgres.url) as other:
        other.dead.add(second)
        one, two = other.sight.senders(campaign, NOW + 3)

    assert (one.run, one.pid, one.relay, one.started) == (first, 5, "smtp:", NOW)
    assert (one.alive, one.told, one.told_at) == (True, "{\ufffd}", NOW + 2)
    assert (two.run, two.alive, two.told) == (second, False, "")
    assert ledger.sight.oldest(campaign) is None
