import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg
import pytest

from ledger.postgres.proxy import breaking
from ledger.postgres.scenes import asked, assert_consistent, opened
from safesend.errors import LedgerBusy, LedgerError, LedgerForgot
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.database import Database, Unfinished, migrate
from safesend.ledger.postgres.schema import STEPS
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign
from servers.pgbouncer import run_pgbouncer

PERSON = "ada"
WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted"
ENDED = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'safesend'"
)


def number(database):
    with database.reading() as connection:
        return connection.execute("SELECT count(*) FROM campaign").fetchone()[0]


def add(database, name="spring"):
    with database.writing() as connection:
        connection.execute(database.sql["add_campaign"], (name, NOW))


def _add_and_fail(connection, database):
    connection.execute(database.sql["add_campaign"], ("spring", NOW))
    raise ZeroDivisionError


def _fail_quietly(connection, database):
    connection.execute(database.sql["add_campaign"], ("spring", NOW))
    with suppress(psycopg.Error):
        connection.execute("SELECT 1 / 0")


@pytest.mark.parametrize("delivered", [True, False], ids=["done", "not done"])
def test_a_commit_that_nobody_answered_is_done_once(delivered, postgres, tmp_path):
    """
    Whether it was written is read from its mark: never repeated blindly, never lost.
    """
    with (
        breaking(postgres.server.port) as proxy,
        closing(opened(postgres, tmp_path)) as truth,
    ):
        campaign = live_campaign(truth, 6)
        url = postgres.url.replace(f":{postgres.server.port}", f":{proxy.port}")
        with closing(open_ledger(url, key_home=tmp_path / "keys")) as ledger:
            run, first = claimed_rows(ledger, campaign, 1)
            proxy.arm(delivered=delivered)
            second = ledger.claim(campaign, run, 2, NOW)
            assert proxy.broken == 1
            assert len({row.id for row in [*first, *second]}) == 3
            proxy.arm(delivered=delivered)
            done = [Result(row.id, State.ACCEPTED) for row in second]
            assert ledger.record(run, done, NOW) == 2
            assert proxy.broken == 2
            assert dict(truth.counts(campaign)) == {
                State.WAITING: 3,
                State.SENDING: 1,
                State.ACCEPTED: 2,
            }
            assert_consistent(truth)


def test_the_first_commit_of_a_line_is_waited_for(postgres):
    """
    A server that is busy with it shows nobody that it will be there.
    """
    with (
        closing(Database(parse_address(postgres.url))) as database,
        psycopg.connect(postgres.url) as busy,
        ThreadPoolExecutor(1) as pool,
    ):
        told = "INSERT INTO safesend.mark VALUES (%s, 1, 0)"
        busy.execute(told, (database._writer,))
        found = pool.submit(database._was_done, 1)
        while not found.done() and not postgres.ask(WAITS):
            pass
        busy.commit()
        assert found.result()
        assert not database._was_done(2)


def test_a_line_that_was_cut_is_taken_up_again(postgres, tmp_path):
    """
    The server ended the connection: the next call knows nothing of it.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        run, _ = claimed_rows(ledger, campaign, 1)
        postgres.ask(ENDED)
        assert len(ledger.claim(campaign, run, 1, NOW)) == 1
        postgres.ask(ENDED)
        assert dict(ledger.counts(campaign)) == {State.WAITING: 1, State.SENDING: 2}


def test_a_restart_of_the_server_is_waited_for(own_postgres, tmp_path):
    """
    Whatever is under way is done afterwards, and nothing twice.
    """
    with closing(opened(own_postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 400)
        run = ledger.start_run(campaign, NOW)
        again = threading.Timer(0.05, own_postgres.server.service.restart)
        again.start()
        given = []
        while rows := ledger.claim(campaign, run, 2, NOW):
            given += [row.id for row in rows]
            done = [Result(row.id, State.ACCEPTED) for row in rows]
            assert ledger.record(run, done, NOW) == len(rows)
        again.join()
        assert len(given) == len(set(given)) == 400
        assert dict(ledger.counts(campaign)) == {State.ACCEPTED: 400}
        assert_consistent(ledger)


def test_a_server_that_is_away_behind_pgbouncer_is_waited_for(own_postgres, tmp_path):
    """
    PgBouncer takes the line up again, and refuses what is said over it.
    """
    service = own_postgres.server.service
    with run_pgbouncer(own_postgres.server) as pgbouncer:
        url = pgbouncer.url(own_postgres.name)
        with (
            closing(open_ledger(url, key_home=tmp_path / "keys")) as ledger,
            ThreadPoolExecutor(1) as pool,
        ):
            campaign = live_campaign(ledger, 2)
            service.kill()
            refused = pgbouncer.service.log.read_text().count("closing because")
            found = pool.submit(ledger.counts, campaign)
            while pgbouncer.service.log.read_text().count("closing because") < (
                refused + 3
            ):
                assert not found.done()
            service.start()
            assert dict(found.result()) == {State.WAITING: 2}


def test_a_transaction_is_whole_or_nothing(postgres):
    """
    What fails inside leaves nothing, and the line is good afterwards.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        with pytest.raises(ZeroDivisionError), database.writing() as connection:
            _add_and_fail(connection, database)
        assert number(database) == 0
        add(database)
        assert number(database) == 1


def test_what_the_server_refuses_is_explained(postgres):
    """
    In its words, but for those about data, which quote it.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        with (
            pytest.raises(LedgerError, match='PostgreSQL says: relation "nobody"'),
            database.reading() as connection,
        ):
            connection.execute("SELECT * FROM nobody")
        with (
            pytest.raises(LedgerError) as caught,
            database.reading() as connection,
        ):
            connection.execute("SELECT $1::text::integer", (f"{PERSON}@example.org",))
        shown = "".join(traceback.format_exception(caught.value))
        assert "ada@example" not in shown


def test_who_holds_a_campaign_is_waited_for(postgres):
    """
    Two may share it, none while one has it alone; a minute is enough.
    """
    address = parse_address(postgres.url)
    with closing(Database(address)) as one, closing(Database(address)) as other:
        with one.writing(7, shared=True), other.writing(7, shared=True):
            pass
        with one.writing(7), other.writing(8):
            pass
        held = "SET LOCAL lock_timeout = '50ms'; SELECT pg_advisory_xact_lock({})"
        key = "hashtext('safesend'), 7"
        with (
            one.writing(7, shared=True),
            pytest.raises(LedgerBusy, match="is held by another process"),
            other.writing() as connection,
        ):
            connection.run_script(held.format(key))
        with one.writing(7, shared=True), other.writing(7, shared=True):
            pass


def test_what_a_database_has_as_its_defaults_does_no_harm(postgres, tmp_path):
    """
    Who waited for a campaign sees what was ordered meanwhile; a list takes its time.
    """
    postgres.ask(
        f"ALTER DATABASE {postgres.name}"
        " SET default_transaction_isolation = 'serializable';"
        f"ALTER DATABASE {postgres.name} SET statement_timeout = 2000;"
        f"ALTER DATABASE {postgres.name} SET client_encoding = 'LATIN1'"
    )
    with (
        closing(opened(postgres, tmp_path)) as one,
        closing(opened(postgres, tmp_path)) as other,
    ):
        campaign = live_campaign(one, 2, "pr\u00fcfung \u0416")
        run = other.start_run(campaign, NOW)
        with (
            ThreadPoolExecutor(1) as pool,
            one.database.writing(campaign) as connection,
        ):
            claim = pool.submit(other.claim, campaign, run, 1, NOW)
            waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
            while not postgres.ask(waiting):
                pass
            connection.run_script("SELECT pg_sleep(2.5)")
            change = "UPDATE campaign SET control = 'pause' WHERE id = $1"
            connection.execute(change, (campaign,))
            one.database._commit(one.database._line)
            connection.line.execute("BEGIN")
            assert claim.result() == []
        assert other.campaigns()[0].name == "pr\u00fcfung \u0416"


@pytest.mark.parametrize("schema", ["default", "user", "public", "select"])
def test_whatever_a_schema_is_called_is_its_name(schema, postgres, tmp_path):
    """
    Also a word that means something to PostgreSQL.
    """
    with closing(opened(postgres, tmp_path, schema=schema)) as ledger:
        live_campaign(ledger, 1)
    asked = "SELECT nspname FROM pg_class, pg_namespace n WHERE relnamespace = n.oid"
    assert postgres.ask(f"{asked} AND relname = 'delivery'") == [(schema,)]


def test_a_database_must_have_room_for_every_letter(postgres):
    """
    One in another encoding would refuse the names and replies of half the world.
    """
    name = f"{postgres.name}_old"
    kind = "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    postgres.ask(f"CREATE DATABASE {name} {kind}")
    try:
        with pytest.raises(LedgerError, match="needs a database in UTF8, and this"):
            Database(parse_address(postgres.server.url(name)))
    finally:
        postgres.ask(f"DROP DATABASE {name} WITH (FORCE)")


def test_who_was_stopped_is_given_up_before_others_are(postgres):
    """
    A frozen program holds its transaction for less time than an order waits.
    """
    with (
        closing(Database(parse_address(postgres.url))) as database,
        database.writing(7) as connection,
    ):
        query = (
            "SELECT current_setting('idle_in_transaction_session_timeout')::interval"
            " < current_setting('lock_timeout')::interval"
        )
        assert connection.execute(query).fetchone()[0]


def test_what_was_not_written_is_never_taken_for_done(postgres):
    """
    A failure that is let pass inside of a block ends it.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        with (
            pytest.raises(LedgerError, match="nothing was written"),
            database.writing() as connection,
        ):
            _fail_quietly(connection, database)
        assert number(database) == 0


def test_a_method_is_repeated_where_nothing_was_done(postgres):
    """
    As often as it takes; what else it raises is nobody's to repeat.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        left = [Unfinished("once"), Unfinished("twice")]

        def work():
            if left:
                raise left.pop()
            return 3

        assert database.repeat(work) == 3
        with pytest.raises(LedgerBusy):
            database.repeat(lambda: (_ for _ in ()).throw(LedgerBusy("held")))


def test_two_in_each_others_way_both_get_through(postgres):
    """
    PostgreSQL ends one of two that wait for each other; that one is told so.
    """
    address = parse_address(postgres.url)
    with closing(Database(address)) as one, closing(Database(address)) as other:
        add(one, "spring"), add(one, "summer")
        change = "UPDATE campaign SET about = 'x' WHERE name = $1"
        met = threading.Barrier(2)

        def work(database, names):
            def attempt(first=[True]):  # noqa: B006
                with database.writing() as connection:
                    connection.execute(change, (names[0],))
                    if first.pop() if first else False:
                        met.wait()
                    connection.execute(change, (names[1],))

            database.repeat(attempt)

        thread = threading.Thread(target=work, args=(one, ("spring", "summer")))
        thread.start()
        work(other, ("summer", "spring"))
        thread.join()


def test_tables_of_another_version_are_left_alone(postgres):
    """
    A newer safesend's are refused; older ones wait for somebody to migrate them.
    """
    address = parse_address(postgres.url)
    with closing(Database(address)) as database:
        assert database.prepared[0] == 0
    assert migrate(address) == (database.prepared[1],) * 2
    postgres.ask("INSERT INTO safesend.migration VALUES (99, 0, '')")
    for attempt in (Database, migrate):
        with pytest.raises(LedgerError, match=r"newer safesend \(schema 99"):
            attempt(address)


def test_old_tables_are_migrated_while_nobody_sends(postgres, tmp_path):
    """
    Who works with them is left alone for as long as its lease says; then it is refused.
    """
    address, steps = parse_address(postgres.url), (*STEPS, "CREATE TABLE more (id int)")
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 1)
        run = ledger.start_run(campaign, NOW + 1e9)
        with pytest.raises(LedgerError, match="an older safesend"):
            Database(address, steps=steps)
        with pytest.raises(LedgerBusy, match=r"^1 run of the ledger .* went on"):
            Database(address, steps=steps, upgrade=True)
        postgres.ask("UPDATE safesend.run SET lease = 0")
        with closing(Database(address, steps=steps, upgrade=True)) as database:
            assert database.prepared == (len(STEPS), len(steps))
            assert number(database) == 1
        ledger.beat(run, NOW)
        postgres.ask(ENDED)
        with pytest.raises(LedgerError, match=r"was migrated from schema .* start it"):
            ledger.counts(campaign)


def test_marks_of_who_has_closed_are_gone(postgres):
    """
    The table does not grow with the programs that ever were.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        add(database)
        count = "SELECT number FROM safesend.mark"
        assert postgres.ask(count) == [("1",)]
    assert postgres.ask(count) == []


def test_nothing_is_prepared_or_set_for_longer(postgres, tmp_path):
    """
    After all a connection does, the server's session is as new.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        claimed_rows(ledger, campaign, 1)
        line = ledger.database._line
        assert (
            line.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]
            == 0
        )
        assert "safesend" not in line.execute("SHOW search_path").fetchone()[0]
        assert asked(
            ledger, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        )


def test_what_a_server_confirmed_and_does_not_know_is_told_once(postgres, tmp_path):
    """
    A replica that lagged took its place, or a backup was put back, on the same line.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        run, _ = claimed_rows(ledger, campaign, 1)
        for lost in ("UPDATE safesend.mark SET number = number - 1", "DELETE FROM {}"):
            postgres.ask(lost.format("safesend.mark"))
            with pytest.raises(LedgerForgot, match="compare with the log of the relay"):
                ledger.claim(campaign, run, 1, NOW)
            assert len(ledger.claim(campaign, run, 1, NOW)) == 1


def test_what_need_not_last_may_be_lost(postgres, tmp_path):
    """
    A server that crashed comes back without it, and nobody is told.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        campaign = live_campaign(ledger, 3)
        run, _ = claimed_rows(ledger, campaign, 1)
        ledger.beat(run, NOW)
        postgres.ask("UPDATE safesend.mark SET number = number - 1")
        assert len(ledger.claim(campaign, run, 1, NOW)) == 1
