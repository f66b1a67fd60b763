from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ledger.postgres.scenes import assert_consistent, opened
from safesend.errors import LedgerError, LedgerKeyError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, Result, Shares, State
from safesend.ledger.keyfile import VARIABLE
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
)
from safesend.testing.ledgers import LEDGER_PROMISES


@pytest.mark.parametrize("promise", LEDGER_PROMISES, ids=lambda f: f.__name__)
def test_it_keeps_every_promise(promise, postgres, tmp_path):
    """
    A ledger in PostgreSQL behaves like one in a file, and its counts are its rows'.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        promise(ledger)
        assert_consistent(ledger)


@pytest.mark.parametrize("promise", LEDGER_PROMISES, ids=lambda f: f.__name__)
def test_it_keeps_them_behind_pgbouncer(promise, postgres, pgbouncer, tmp_path):
    """
    Nothing of it hangs on a connection to the server that lasts.
    """
    url = pgbouncer.url(postgres.name)
    with closing(open_ledger(url, key_home=tmp_path / "keys")) as ledger:
        promise(ledger)


def test_it_is_found_again_with_its_key(postgres, tmp_path, monkeypatch):
    """
    Its id names the key file; without the key nobody opens it.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        secret = ledger.secret
    with closing(opened(postgres, tmp_path)) as ledger:
        assert ledger.secret == secret
        assert dict(ledger.counts(campaign)) == {State.WAITING: 3}
    with pytest.raises(LedgerKeyError, match="is missing"):
        open_ledger(postgres.url, key_home=tmp_path / "others" / "keys")
    monkeypatch.setenv(VARIABLE, "00" * 32)
    with pytest.raises(LedgerKeyError, match="not the key of the ledger postgresql://"):
        opened(postgres, tmp_path)


def test_schemas_are_ledgers_of_their_own(postgres, tmp_path):
    """
    One database holds several, each with its id and its rows.
    """
    with (
        closing(opened(postgres, tmp_path, schema="one")) as one,
        closing(opened(postgres, tmp_path, schema="two")) as two,
    ):
        live_campaign(one, 2)
        assert two.campaigns() == []
        assert one.secret != two.secret
        assert one.name.endswith("?schema=one")


def test_rows_lie_encrypted(postgres, tmp_path):
    """
    Who reads the tables finds nobody.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        assert ledger.encrypted
        live_campaign(ledger, 2)
    told = "count(*), sum(position('payload'::bytea IN payload))"
    found = postgres.ask(f"SELECT {told} FROM safesend.delivery")
    assert found == [("2", "0")]


def test_texts_are_kept_whatever_is_in_them(postgres, tmp_path):
    """
    A zero octet and half a character do not fail the transaction.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 1)
        run, rows = claimed_rows(ledger, campaign, 1)
        said = Result(rows[0].id, State.REFUSED, code=550, text="no\0 such \ud800 user")
        assert ledger.record(run, [said], NOW) == 1
        assert next(ledger.reasons(campaign, State.REFUSED))[0].startswith("550 no")


def test_workers_share_a_campaign(postgres, tmp_path):
    """
    However many claim and record at once, each row goes out once and is counted once.
    """
    number, workers = 600, 4
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, number, providers=("a", "b", "c.example"))

        def work(_):
            given = []
            with closing(opened(postgres, tmp_path)) as own:
                run = own.start_run(campaign, NOW)
                while rows := own.claim(campaign, run, 7, NOW):
                    given += [row.id for row in rows]
                    own.record(
                        run, [Result(row.id, State.ACCEPTED) for row in rows], NOW
                    )
                own.end_run(run, NOW)
            return given

        with ThreadPoolExecutor(workers) as pool:
            given = [id_ for ids in pool.map(work, range(workers)) for id_ in ids]
        assert len(given) == len(set(given)) == number
        assert dict(ledger.counts(campaign)) == {State.ACCEPTED: number}
        assert_consistent(ledger)


def test_what_was_let_go_is_found_again(postgres, tmp_path):
    """
    Rows before those that were taken last come in their turn, whoever let them go.
    """
    with (
        closing(opened(postgres, tmp_path)) as one,
        closing(opened(postgres, tmp_path)) as other,
    ):
        campaign = live_campaign(one, 9)
        run, rows = claimed_rows(other, campaign, 3)
        mine, later = claimed_rows(one, campaign, 4)
        other.release(run, [row.id for row in rows])
        rest = one.claim(campaign, mine, 9, NOW)
        assert sorted(row.digest for row in [*later, *rest]) == [
            digest(number) for number in range(9)
        ]


def test_a_pause_holds_for_all(postgres, tmp_path):
    """
    When the call returns nobody claims any more, from whatever machine.
    """
    with (
        closing(opened(postgres, tmp_path)) as one,
        closing(opened(postgres, tmp_path)) as other,
    ):
        campaign = live_campaign(one, 9)
        run, _ = claimed_rows(other, campaign, 2)
        ask_for(one, campaign, Control.PAUSE)
        assert other.claim(campaign, run, 2, NOW) == []
        ask_for(one, campaign, Control.RUN)
        assert len(other.claim(campaign, run, 2, NOW, Shares(usual=1))) == 1


def test_a_draft_of_another_that_lives_is_left_to_it(postgres, tmp_path):
    """
    Two programs do not enrol the same campaign; who closes its ledger gives it up.
    """
    with closing(opened(postgres, tmp_path)) as one:
        campaign = one.campaign("spring", NOW).id
        one.begin_draft(campaign)
        one.enrol(campaign, make_rows(2))
        with closing(opened(postgres, tmp_path)) as other:
            with pytest.raises(LedgerError, match="reads a list into"):
                other.begin_draft(campaign)
            one.drop_draft(campaign)
            other.begin_draft(campaign)
            assert other.enrol(campaign, make_rows(2)) == 2
            with pytest.raises(LedgerError, match="before begin_draft"):
                one.go_live(campaign, PRINT, NOW)
            assert other.go_live(campaign, PRINT, NOW) == 2


def test_of_two_who_lift_the_same_one_does(postgres, tmp_path):
    """
    And only that one is noted.
    """
    with (
        closing(opened(postgres, tmp_path)) as one,
        closing(opened(postgres, tmp_path)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        run, [row] = claimed_rows(one, live_campaign(one, 1), 1)
        one.record(run, [Result(row.id, State.REFUSED, suppress=True)], NOW)
        mailbox = digest(0)[::-1]
        wish = {"actor": "ada", "reason": "she asked", "now": NOW}
        with one.database.writing() as connection:
            lift = one.database.sql["lift"]
            connection.execute(lift, (mailbox, NOW, "bob", "by phone"))
            lifted = pool.submit(other.lift, mailbox, **wish)
            while not postgres.ask("SELECT 1 FROM pg_locks WHERE NOT granted"):
                pass
        assert not lifted.result()
        told = "SELECT actor FROM safesend.control WHERE control = 'lift'"
        assert postgres.ask(told) == [("bob",)]


def test_who_is_done_last_sweeps(postgres, tmp_path):
    """
    What was erased while somebody worked goes when nobody does: at the end of a run, or
    when a ledger is closed.
    """
    asked = "SELECT count(*) FROM safesend.meta WHERE name = 'unswept'"
    with closing(opened(postgres, tmp_path)) as ledger:
        run, _ = claimed_rows(ledger, live_campaign(ledger, 2), 1)
        ledger.persons.forget(digest(1)[::-1], actor="ada", reason="asked", now=NOW)
        assert postgres.ask(asked) == [("1",)]
        ledger.end_run(run, NOW)
        assert postgres.ask(asked) == [("0",)]
        ledger.persons.forget(digest(1)[::-1], actor="ada", reason="asked", now=NOW)
        assert postgres.ask(asked) == [("1",)]
    assert postgres.ask(asked) == [("0",)]


def test_a_closed_ledger_says_so(postgres, tmp_path):
    """
    Closing twice does no harm.
    """
    ledger = opened(postgres, tmp_path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="was closed"):
        ledger.campaigns()


def test_where_nothing_listens_is_told(tmp_path):
    """
    Without the password, and what to do.
    """
    url = "postgresql://ada:hunter2@127.0.0.1:9/db"
    with pytest.raises(LedgerError, match="cannot be reached") as caught:
        open_ledger(url, key_home=tmp_path / "keys")
    assert "hunter2" not in str(caught.value)
    assert "ada@127.0.0.1:9/db" in str(caught.value)
