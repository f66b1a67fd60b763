from contextlib import closing

import pytest

from ledger.postgres.scenes import assert_consistent, opened
from safesend.errors import LedgerBusy
from safesend.ledger.base import State
from safesend.testing.ledger_rows import NOW, PRINT, digest, live_campaign, make_rows

MACHINE = "UPDATE safesend.run SET boot = 'elsewhere', lease = {} WHERE started IS NULL"


@pytest.fixture
def ledger(postgres, tmp_path):
    with closing(opened(postgres, tmp_path)) as ledger:
        yield ledger


def test_a_batch_with_known_ones_adds_the_others(ledger):
    """
    In list order, whether they are known from this draft or from the live rows.
    """
    campaign = live_campaign(ledger, 3)
    rows = make_rows(9)
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, rows[2:5]) == 2
    assert ledger.enrol(campaign, [*rows[8:], *rows[4:8], *rows[5:]]) == 4
    assert ledger.go_live(campaign, PRINT, NOW) == 9
    run = ledger.start_run(campaign, NOW)
    order = [row.digest for row in ledger.claim(campaign, run, 20, NOW)]
    assert order == [digest(number) for number in (0, 1, 2, 3, 4, 8, 5, 6, 7)]
    assert_consistent(ledger)


def test_known_ones_of_a_first_draft_are_found_too(ledger):
    """
    Its COPY is refused, and what was written of it is gone.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(3)) == 3
    assert ledger.enrol(campaign, make_rows(5)[::-1]) == 2
    assert dict(ledger.counts(campaign)) == {State.DRAFT: 5}
    assert_consistent(ledger)


def test_who_enrols_on_another_machine_is_believed_for_a_while(
    ledger, postgres, tmp_path
):
    """
    By the clock of the server; each batch makes it longer.
    """
    campaign = ledger.campaign("spring", NOW).id
    with closing(opened(postgres, tmp_path)) as other:
        other.begin_draft(campaign)
        other.enrol(campaign, make_rows(2))
        postgres.ask(MACHINE.format("extract(epoch FROM clock_timestamp()) + 5"))
        with pytest.raises(LedgerBusy, match="reads a list into this campaign"):
            ledger.begin_draft(campaign)
        postgres.ask(MACHINE.format("extract(epoch FROM clock_timestamp()) - 5"))
        ledger.begin_draft(campaign)
        with pytest.raises(LedgerBusy, match="took over the draft"):
            other.enrol(campaign, make_rows(2))
        assert ledger.enrol(campaign, make_rows(1)) == 1
        assert ledger.go_live(campaign, PRINT, NOW) == 1


def test_a_long_list_is_looked_at_when_it_goes_live(postgres, tmp_path):
    """
    The server plans by what is there now, and keeps no sample of anybody's address.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        live_campaign(ledger, 5_000)
        asked = (
            "SELECT reltuples FROM pg_class WHERE oid = 'safesend.delivery'::regclass"
        )
        assert postgres.ask(asked) == [("5000",)]
        sampled = "SELECT attname FROM pg_stats WHERE tablename = 'delivery'"
        names = {name for (name,) in postgres.ask(sampled)}
        assert "state" in names
        assert names.isdisjoint({"digest", "suppression", "payload", "text"})
