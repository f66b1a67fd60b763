from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ledger.postgres.scenes import assert_consistent, opened
from safesend.errors import LedgerError, RunLost
from safesend.ledger.base import Recovery, Result, State
from safesend.ledger.history import Sessions
from safesend.ledger.runs import marks_path
from safesend.testing.ledger_rows import NOW, live_campaign

WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted"


def moved(postgres, run):
    """As if the run were of another machine, whose files nobody here can read."""
    postgres.ask(f"UPDATE safesend.run SET boot = 'elsewhere' WHERE id = {run}")


def ran_out(postgres, run):
    """As if it had been still for longer than its lease."""
    postgres.ask(f"UPDATE safesend.run SET lease = 0 WHERE id = {run}")


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
        assert here.recover(campaign, NOW) == Recovery()
        ran_out(postgres, run)
        there.beat(run, NOW)
        assert here.recover(campaign, NOW) == Recovery()
        ran_out(postgres, run)
        there.begin(run, [row.id for row in rows])
        assert here.recover(campaign, NOW) == Recovery()
        ran_out(postgres, run)
        assert here.recover(campaign, NOW) == Recovery(in_doubt=2)
        assert there.record(run, [Result(rows[0].id, State.ACCEPTED)], NOW) == 0
        for attempt in (
            lambda: there.beat(run, NOW),
            lambda: there.begin(run, []),
            lambda: there.claim(campaign, run, 1, NOW),
        ):
            with pytest.raises(RunLost, match="took it for dead"):
                attempt()
        assert dict(here.counts(campaign)) == {State.WAITING: 2, State.IN_DOUBT: 2}
        assert_consistent(here)


def test_what_a_lost_run_does_changes_nothing(pair, postgres):
    """
    Whoever was taken for dead and comes back writes nothing, whatever it writes.
    """
    here, there = pair
    campaign = live_campaign(here, 3)
    with closing(there):
        run = there.start_run(campaign, NOW)
        there.begin(run, [])
        rows = there.claim(campaign, run, 2, NOW)
        there.begin(run, [rows[0].id])
        moved(postgres, run)
        ran_out(postgres, run)
        assert here.recover(campaign, NOW) == Recovery(waiting=1, in_doubt=1)
        other = here.start_run(campaign, NOW)
        [again, *_] = here.claim(campaign, other, 1, NOW)
        assert again.id == rows[1].id
        before = tables(here)
        gone = Result(rows[0].id, State.REFUSED, suppress=True)
        assert there.record(run, [gone, Result(again.id, State.ACCEPTED)], NOW) == 0
        there.release(run, [row.id for row in rows])
        there.history.note_sessions(run, [Sessions("mx", "tls", 1)])
        there.sight.tell(run, "{}", NOW)
        there.end_run(run, NOW, "tired")
        assert tables(here) == before


def tables(ledger):
    """All that a run may write."""
    asked = [
        "SELECT * FROM delivery ORDER BY id",
        "SELECT * FROM run ORDER BY id",
        "SELECT state, sum(number) FROM tally GROUP BY state ORDER BY state",
        "SELECT * FROM session",
        "SELECT * FROM suppression",
        "SELECT * FROM flow",
        "SELECT * FROM control",
    ]
    with ledger.database.reading() as connection:
        return [connection.execute(query).fetchall() for query in asked]


def test_what_another_machine_never_began_waits_again(pair, postgres):
    """
    Outside of the windows that it opened nothing was ever on the wire.
    """
    here, there = pair
    campaign = live_campaign(here, 6)
    with closing(there):
        run = there.start_run(campaign, NOW)
        there.begin(run, [])
        rows = there.claim(campaign, run, 5, NOW)
        ids = [row.id for row in rows]
        there.begin(run, ids[:2])
        there.record(run, [Result(ids[0], State.ACCEPTED)], NOW)
        there.begin(run, ids[2:4])
        there.release(run, ids[3:4])
        moved(postgres, run)
    assert here.recover(campaign, NOW) == Recovery()
    ran_out(postgres, run)
    assert here.recover(campaign, NOW) == Recovery(waiting=1, in_doubt=2)
    assert dict(here.counts(campaign)) == {
        State.WAITING: 3,
        State.IN_DOUBT: 2,
        State.ACCEPTED: 1,
    }
    assert_consistent(here)


def test_who_tells_nothing_may_have_begun_everything(pair, postgres):
    """
    Of a run that never opened a window each row is in doubt.
    """
    here, there = pair
    campaign = live_campaign(here, 2)
    with closing(there):
        run = there.start_run(campaign, NOW)
        there.claim(campaign, run, 2, NOW)
        moved(postgres, run)
    ran_out(postgres, run)
    assert here.recover(campaign, NOW) == Recovery(in_doubt=2)


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


def test_marks_of_a_run_with_the_number_of_another_machines_are_not_believed(
    pair, postgres
):
    """
    A database that was put back to yesterday gives its numbers once more.
    """
    here, there = pair
    campaign = live_campaign(here, 4)
    with closing(there):
        run = there.start_run(campaign, NOW)
        there.begin(run, [])
        rows = there.claim(campaign, run, 3, NOW)
        there.begin(run, [rows[0].id, rows[1].id])
        # Both ledgers of this test have their marks in one folder.
        there.progress(run).admit([row.id for row in rows])
        there.progress(run).settle(Result(rows[1].id, State.WAITING))
    moved(postgres, run)
    ran_out(postgres, run)

    assert here.recover(campaign, NOW) == Recovery(waiting=1, in_doubt=2)
    assert_consistent(here)


def test_who_says_at_this_moment_that_it_lives_is_believed(pair, postgres):
    """
    A lease that is being renewed while somebody looks at it has not run out.
    """
    here, there = pair
    campaign = live_campaign(here, 2)
    run = there.start_run(campaign, NOW)
    there.claim(campaign, run, 1, NOW)
    moved(postgres, run)
    ran_out(postgres, run)
    with closing(there), ThreadPoolExecutor(1) as pool:
        with there.database.writing() as connection:
            connection.execute(there.database.sql["beat"], (run, 60.0))
            found = pool.submit(here.recover, campaign, NOW)
            while not found.done() and not postgres.ask(WAITS):
                pass
        assert found.result() == Recovery()
        there.beat(run, NOW)


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
            presence = (other, "", "", 1, 1, NOW, 60.0, "", "")
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
