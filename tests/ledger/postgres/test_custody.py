from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ledger.postgres.scenes import assert_consistent, opened
from safesend.errors import LedgerError
from safesend.ledger.base import Recovery, Result, State
from safesend.ledger.runs import marks_path
from safesend.testing.ledger_rows import NOW, live_campaign

LATER = NOW + 61
WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted"


def moved(postgres, run):
    """As if the run were of another machine, whose files nobody here can read."""
    postgres.ask(f"UPDATE safesend.run SET boot = 'elsewhere' WHERE id = {run}")


@pytest.fixture
def pair(postgres, tmp_path):
    """Two programs on one ledger, each with files of its own."""
    with closing(opened(postgres, tmp_path)) as here:
        yield here, opened(postgres, tmp_path)


def test_the_lease_of_another_machine_is_believed(pair, postgres):
    """
    While it lasts its rows are left alone, and afterwards it is told that it is over.
    """
    here, there = pair
    campaign = live_campaign(here, 4)
    with closing(there):
        run = there.start_run(campaign, NOW)
        rows = there.claim(campaign, run, 2, NOW)
        moved(postgres, run)
        assert here.recover(campaign, NOW + 59) == Recovery()
        there.beat(run, NOW + 30)
        assert here.recover(campaign, LATER) == Recovery()
        assert here.recover(campaign, NOW + 91) == Recovery(in_doubt=2)
        assert there.record(run, [Result(rows[0].id, State.ACCEPTED)], NOW) == 0
        for attempt in (lambda: there.beat(run, NOW), lambda: claim(there, run)):
            with pytest.raises(LedgerError, match="took it for dead"):
                attempt()
        assert dict(here.counts(campaign)) == {State.WAITING: 2, State.IN_DOUBT: 2}
        assert_consistent(here)


def claim(ledger, run):
    campaign = ledger.campaign("spring", NOW).id
    return ledger.claim(campaign, run, 1, NOW)


def test_what_another_machine_never_began_waits_again(pair, postgres):
    """
    A claim behind the last one that was begun was never on the wire.
    """
    here, there = pair
    campaign = live_campaign(here, 4)
    with closing(there):
        run = there.start_run(campaign, NOW)
        there.claim(campaign, run, 2, NOW)
        there.claim(campaign, run, 1, NOW)
        postgres.ask(f"UPDATE safesend.run SET begun = 1 WHERE id = {run}")
        moved(postgres, run)
    assert here.recover(campaign, LATER) == Recovery(waiting=1, in_doubt=2)
    assert_consistent(here)


def test_marks_of_this_machine_are_read(pair):
    """
    A run of this machine that is gone leaves what its marks say.
    """
    here, there = pair
    campaign = live_campaign(here, 4)
    run = there.start_run(campaign, NOW)
    marks = there.progress(run)
    rows = there.claim(campaign, run, 3, NOW)
    marks.take(rows[0].id)
    marks.take(rows[1].id)
    marks.settle(Result(rows[1].id, State.ACCEPTED, code=250))
    there.close()

    found = here.recover(campaign, NOW)
    assert found == Recovery(waiting=1, in_doubt=1, recorded=1)
    assert_consistent(here)


def test_marks_of_a_run_that_begins_are_left_alone(pair, postgres, tmp_path):
    """
    Its file is there before others see it; what nobody will read goes.
    """
    here, there = pair
    campaign = live_campaign(here, 1)
    other = live_campaign(here, 1, name="summer")
    left = there._custody.base.with_name(f"{there._custody.base.name}.run-99.marks")
    with closing(there), ThreadPoolExecutor(1) as pool:
        with there.database.writing(other) as connection:
            presence = (other, "", "", 1, 1, NOW, NOW, "", "")
            added = connection.execute(there.database.sql["add_run"], presence)
            path = marks_path(there._custody.base, added.fetchone()[0])
            # As it stands before it is locked.
            path.touch()
            left.touch()
            found = pool.submit(here.recover, campaign, NOW)
            while found.running() and not postgres.ask(WAITS):
                pass
            assert path.exists()
        found.result()
    assert path.exists()
    assert not left.exists()


def test_a_run_that_could_not_begin_leaves_no_marks(postgres, tmp_path):
    """
    Its file goes with its transaction.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 1)
        postgres.ask(
            "CREATE FUNCTION no() RETURNS trigger AS"
            " $$ BEGIN RAISE 'not now'; END $$ LANGUAGE plpgsql;"
            " CREATE CONSTRAINT TRIGGER no AFTER INSERT ON safesend.run"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no()"
        )
        for attempt in (ledger.start_run, lambda *_: ledger.begin_draft(campaign)):
            with pytest.raises(LedgerError, match="not now"):
                attempt(campaign, NOW)
        assert list((tmp_path / "runs").iterdir()) == []
