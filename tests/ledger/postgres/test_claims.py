from contextlib import closing

import pytest

from ledger.postgres.scenes import assert_consistent, opened
from safesend.errors import LedgerError
from safesend.ledger.base import ALL, Recovery, Result, State
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
)


def crash(database):
    """The server is gone as after a power cut, and comes back."""
    database.server.service.kill()
    database.server.service.start()


def test_a_server_that_crashed_remembers_outcomes(own_postgres, tmp_path):
    """
    What was recorded or released is on its disk, as a claim is.
    """
    with closing(opened(own_postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 4)
        run, rows = claimed_rows(ledger, campaign, 3)
        ledger.record(run, [Result(rows[0].id, State.ACCEPTED)], NOW)
        ledger.release(run, [rows[1].id])
        crash(own_postgres)
        assert dict(ledger.counts(campaign)) == {
            State.WAITING: 2,
            State.SENDING: 1,
            State.ACCEPTED: 1,
        }
        assert_consistent(ledger)


def test_a_server_that_crashed_has_the_whole_list(own_postgres, tmp_path):
    """
    Whoever was enrolled before is still there when the rest goes live.
    """
    with closing(opened(own_postgres, tmp_path)) as ledger:
        campaign = ledger.campaign("spring", NOW).id
        ledger.begin_draft(campaign)
        rows = make_rows(6)
        ledger.enrol(campaign, rows[:3])
        crash(own_postgres)
        ledger.enrol(campaign, rows[3:])
        assert ledger.go_live(campaign, PRINT, NOW) == 6
        assert_consistent(ledger)


def test_a_run_of_somebody_else_claims_nothing(postgres, tmp_path):
    """
    A run is of one campaign; what is told of none changes nothing.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 2)
        other = live_campaign(ledger, 2, name="summer")
        run, rows = claimed_rows(ledger, campaign, 1)
        with pytest.raises(LedgerError, match="took it for dead"):
            ledger.claim(other, run, 1, NOW)
        assert ledger.record(99, [Result(rows[0].id, State.ACCEPTED)], NOW) == 0
        ledger.release(99, [rows[0].id])
        assert ledger.counts(campaign)[State.SENDING] == 1


def test_the_order_of_the_list_outlasts_a_claim_that_failed(postgres, tmp_path):
    """
    What it had chosen comes first the next time.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 6)
        run = ledger.start_run(campaign, NOW)
        postgres.ask(
            "CREATE FUNCTION no() RETURNS trigger AS"
            " $$ BEGIN RAISE 'not now'; END $$ LANGUAGE plpgsql;"
            " CREATE TRIGGER no BEFORE UPDATE ON safesend.delivery"
            " FOR EACH ROW EXECUTE FUNCTION no()"
        )
        with pytest.raises(LedgerError, match="not now"):
            ledger.claim(campaign, run, 2, NOW, ALL)
        postgres.ask("DROP TRIGGER no ON safesend.delivery")
        rows = ledger.claim(campaign, run, 4, NOW, ALL)
        assert [row.digest for row in rows] == [digest(number) for number in range(4)]


def test_a_restart_of_the_server_takes_nobody_for_dead(own_postgres, tmp_path):
    """
    While it was away nobody could say that they live: each has its lease anew.
    """
    with (
        closing(opened(own_postgres, tmp_path)) as here,
        closing(opened(own_postgres, tmp_path)) as there,
    ):
        campaign = live_campaign(here, 3)
        run = there.start_run(campaign, NOW)
        there.claim(campaign, run, 1, NOW)
        began = "extract(epoch FROM pg_postmaster_start_time())"
        change = f"UPDATE safesend.run SET boot = 'elsewhere', lease = {began}"
        own_postgres.ask(f"{change} - 50")
        assert here.recover(campaign, NOW) == Recovery()
        there.beat(run, NOW)
        own_postgres.ask(f"{change} - 130")
        assert here.recover(campaign, NOW) == Recovery(in_doubt=1)
