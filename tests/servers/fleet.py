"""Fixtures of what a fleet stands on: PostgreSQL, PgBouncer, Redis, RabbitMQ.

A worker shares one of each; a test has a database or a virtual host of its own, may do
to a server what it likes (see `Service`), and finds it mended. Where a server is
restarted under load, or its data have to outlive it as those of a real one do, a test
takes one that is its own: `own_postgres`, `own_redis`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from servers.fixtures import SERVERS, or_skip
from servers.pgbouncer import PgBouncer, run_pgbouncer
from servers.postgres import Database, Postgres, run_postgres
from servers.rabbitmq import RabbitMq, run_rabbitmq
from servers.redis import Redis, run_redis
from servers.service import Service

__all__ = [
    "own_postgres",
    "own_redis",
    "pgbouncer",
    "postgres",
    "rabbitmq",
    "redis_server",
    "running_pgbouncer",
    "running_postgres",
    "running_rabbitmq",
    "running_redis",
]


@contextlib.contextmanager
def _seen(request: pytest.FixtureRequest, service: Service) -> Iterator[None]:
    """Its log is shown with a failure, and after the test it is as it was."""
    request.node.stash.setdefault(SERVERS, []).append(service)
    try:
        yield
    finally:
        service.mend()


@pytest.fixture(scope="session")
def running_postgres() -> Iterator[Postgres]:
    """One PostgreSQL for a whole worker; it does not wait for the disk."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_postgres())
        yield server


@pytest.fixture
def postgres(
    running_postgres: Postgres, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """An empty database in the PostgreSQL of this run."""
    with running_postgres.database() as own, _seen(request, running_postgres.service):
        yield own


@pytest.fixture
def own_postgres(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database in a PostgreSQL of its own, which waits for the disk."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_postgres(fsync=True))
        request.node.stash.setdefault(SERVERS, []).append(server.service)
        yield stack.enter_context(server.database())


@pytest.fixture(scope="session")
def running_pgbouncer(running_postgres: Postgres) -> Iterator[PgBouncer]:
    """One PgBouncer in transaction mode for a whole worker."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_pgbouncer(running_postgres))
        yield server


@pytest.fixture
def pgbouncer(
    running_pgbouncer: PgBouncer, request: pytest.FixtureRequest
) -> Iterator[PgBouncer]:
    """The PgBouncer in front of `postgres`: `pgbouncer.url(postgres.name)`."""
    with _seen(request, running_pgbouncer.service):
        yield running_pgbouncer


@pytest.fixture(scope="session")
def running_redis() -> Iterator[Redis]:
    """One Redis for a whole worker."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_redis())
        yield server


@pytest.fixture
def redis_server(
    running_redis: Redis, request: pytest.FixtureRequest
) -> Iterator[Redis]:
    """The Redis of this run; take a `database()` of your own."""
    with _seen(request, running_redis.service):
        yield running_redis


@pytest.fixture
def own_redis(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A Redis that no other test has, and whose data outlive it."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_redis(durable=True))
        request.node.stash.setdefault(SERVERS, []).append(server.service)
        yield server


@pytest.fixture(scope="session")
def running_rabbitmq() -> Iterator[RabbitMq]:
    """One RabbitMQ for a whole worker."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_rabbitmq())
        yield server


@pytest.fixture
def rabbitmq(
    running_rabbitmq: RabbitMq, request: pytest.FixtureRequest
) -> Iterator[RabbitMq]:
    """The RabbitMQ of this run; take a `vhost()` of your own."""
    with _seen(request, running_rabbitmq.service):
        yield running_rabbitmq
