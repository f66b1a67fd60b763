"""PostgreSQL, PgBouncer, Redis and RabbitMQ behave as the tests believe."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import kombu
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from servers.pgbouncer import PgBouncer, run_pgbouncer
from servers.postgres import Database
from servers.process import ServerFailed
from servers.rabbitmq import RabbitMq
from servers.redis import Redis

pytestmark = pytest.mark.server


def _patiently(ask: Callable[[], object], errors: type[Exception]) -> object:
    """What it says once it can: a client finds out that a server was away."""
    end = time.monotonic() + 90
    while True:
        try:
            return ask()
        except errors:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_a_database_is_empty_and_speaks_utf8(postgres: Database) -> None:
    """Nothing is in a test's database, and it keeps any name."""
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.ask(tables) == [("0",)]
    assert postgres.ask("SHOW server_encoding") == [("UTF8",)]
    with psycopg.connect(postgres.url) as client:
        row = client.execute("SELECT 'Zoë', %s::text", ["Ада"]).fetchone()
    assert row == ("Zoë", "Ада")


def test_no_two_tests_share_a_database(postgres: Database) -> None:
    """Another database of the same server sees none of it, and is gone afterwards."""
    postgres.ask("CREATE TABLE kept (x int)")
    with postgres.server.database() as other:
        assert other.name != postgres.name
        with pytest.raises(ServerFailed, match="does not exist"):
            other.ask("SELECT * FROM kept")
    with pytest.raises(ServerFailed, match="does not exist"):
        other.ask("SELECT 1")


def test_what_was_committed_outlives_a_killed_postgres(own_postgres: Database) -> None:
    """kill -9 in an open transaction: committed rows stay, others never were."""
    service = own_postgres.server.service
    assert own_postgres.ask("SHOW fsync") == [("on",)]
    own_postgres.ask("CREATE TABLE kept (x int)")
    with psycopg.connect(own_postgres.url) as client:
        client.execute("INSERT INTO kept VALUES (1)")
        client.commit()
        client.execute("INSERT INTO kept VALUES (2)")
        service.kill()
        with pytest.raises(psycopg.OperationalError):
            client.execute("INSERT INTO kept VALUES (3)")
    service.start()
    assert own_postgres.ask("SELECT x FROM kept") == [("1",)]


def test_postgres_is_restarted_under_its_clients(postgres: Database) -> None:
    """A restart ends open connections; the same URL works afterwards."""
    with psycopg.connect(postgres.url) as client:
        postgres.server.service.restart()
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")
    assert postgres.ask("SELECT 1") == [("1",)]


def test_a_frozen_postgres_keeps_its_clients_waiting(postgres: Database) -> None:
    """Nobody is answered while it is frozen; an open connection goes on afterwards."""
    with psycopg.connect(postgres.url) as client:
        with (
            postgres.server.service.frozen(),
            pytest.raises(psycopg.OperationalError),
        ):
            psycopg.connect(postgres.url, connect_timeout=2)
        assert client.execute("SELECT 1").fetchone() == (1,)


def test_pgbouncer_gives_its_connections_by_transaction(
    postgres: Database, pgbouncer: PgBouncer
) -> None:
    """Two transactions of one client meet two connections when one is busy."""
    url = pgbouncer.url(postgres.name)
    ask = "SELECT pg_backend_pid()"
    with (
        psycopg.connect(url, autocommit=True) as one,
        psycopg.connect(url) as other,
    ):
        first = one.execute(ask).fetchone()
        assert other.execute(ask).fetchone() == first
        second = one.execute(ask).fetchone()
        other.rollback()
    assert second != first


def test_pgbouncer_has_few_connections_for_many_clients(
    postgres: Database, pgbouncer: PgBouncer
) -> None:
    """Twenty clients that take turns are at most four to the server."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            url = pgbouncer.url(postgres.name)
            client = stack.enter_context(psycopg.connect(url, autocommit=True))
            client.execute("SELECT 1")
        seen = (
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{postgres.name}'"
        )
        [(number,)] = postgres.server.ask(seen)
    assert 1 <= int(number) <= 4


def test_pgbouncer_outlives_the_server_behind_it(own_postgres: Database) -> None:
    """Who asks while PostgreSQL is away waits, and is answered by the next one."""
    with (
        run_pgbouncer(own_postgres.server, pool=2) as bouncer,
        ThreadPoolExecutor(1) as threads,
    ):
        url = bouncer.url(own_postgres.name)

        def ask() -> object:
            with psycopg.connect(url, connect_timeout=30) as client:
                return client.execute("SELECT 1").fetchone()

        assert ask() == (1,)
        own_postgres.server.service.kill()
        asked = threads.submit(_patiently, ask, psycopg.OperationalError)
        time.sleep(0.3)
        assert not asked.done()
        own_postgres.server.service.start()
        assert asked.result(120) == (1,)


def _client(url: str) -> redis.Redis:
    """A client that says at once what is wrong, without trying again by itself."""
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))


def test_each_test_has_a_redis_database_of_its_own(redis_server: Redis) -> None:
    """What is put into one database is not in the next."""
    one, other = redis_server.database(), redis_server.database()
    with _client(one) as client, _client(other) as second:
        client.set("kept", "yes")
        assert client.get("kept") == b"yes"
        assert second.dbsize() == 0


def test_a_lost_redis_has_forgotten_everything(redis_server: Redis) -> None:
    """The shared Redis comes back empty, the Lua scripts it knew included."""
    with _client(redis_server.database()) as client:
        client.set("kept", "yes")
        script = client.script_load("return 1")
        redis_server.service.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("kept")
        redis_server.service.start()
        assert client.get("kept") is None
        assert client.script_exists(script) == [False]


def test_a_durable_redis_keeps_what_it_confirmed(own_redis: Redis) -> None:
    """Its data outlive kill -9."""
    with _client(own_redis.database()) as client:
        client.set("kept", "yes")
        own_redis.service.kill()
        own_redis.service.start()
        assert _patiently(lambda: client.get("kept"), redis.ConnectionError) == b"yes"


@pytest.fixture
def queue(rabbitmq: RabbitMq) -> Iterator[tuple[str, kombu.Queue]]:
    """The URL of a virtual host, and a quorum queue for it."""
    more = {"x-queue-type": "quorum"}
    return rabbitmq.vhost(), kombu.Queue("pumps", durable=True, queue_arguments=more)


def _put(url: str, queue: kombu.Queue, text: str) -> None:
    options = {"confirm_publish": True}
    with kombu.Connection(url, transport_options=options) as client:
        producer = kombu.Producer(client.channel())
        producer.publish(text, routing_key=queue.name, declare=[queue])


def _taken(url: str, queue: kombu.Queue) -> list[str]:
    """What is waiting in a queue, acknowledged."""
    found = []
    with kombu.Connection(url) as client, client.channel() as channel:
        own = queue(channel)
        own.declare()
        end = time.monotonic() + 60
        while not found and time.monotonic() < end:
            while (message := own.get()) is not None:
                found.append(message.payload)
                message.ack()
    return found


def test_a_vhost_is_empty_and_takes_what_is_published(
    rabbitmq: RabbitMq, queue: tuple[str, kombu.Queue]
) -> None:
    """A message waits in its own virtual host; the next has its own queues."""
    url, pumps = queue
    _put(url, pumps, "hello")
    with (
        kombu.Connection(rabbitmq.vhost()) as client,
        pytest.raises(client.channel_errors, match="no queue"),
    ):
        pumps(client.channel()).queue_declare(passive=True)
    assert _taken(url, pumps) == ["hello"]


def test_what_a_broker_confirmed_outlives_it(
    rabbitmq: RabbitMq, queue: tuple[str, kombu.Queue]
) -> None:
    """A message in a quorum queue is there after kill -9, on the same port."""
    url, pumps = queue
    _put(url, pumps, "kept")
    rabbitmq.settle()
    rabbitmq.service.kill()
    with pytest.raises(OSError):
        _put(url, pumps, "lost")
    rabbitmq.service.start()
    assert _taken(url, pumps) == ["kept"]
