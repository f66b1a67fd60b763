"""A PgBouncer of our own in front of a PostgreSQL, in transaction mode.

Two transactions of one client may meet two connections of the server: what a session
would remember (SET, named prepared statements, advisory locks of a session, LISTEN) is
not to be relied on. Package: pgbouncer (no service need run). It refuses root: root
runs it as nobody.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import attrs

from servers.postgres import USER, Postgres
from servers.process import folder, program
from servers.service import Service, lasting_port, stepped_down

__all__ = ["PgBouncer", "run_pgbouncer"]

# A server that was away is tried again at once, not after a quarter of a minute.
_SETTINGS = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {place}/users
admin_users = {user}
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 500
server_login_retry = 0.2
query_wait_timeout = {patience}
"""


@attrs.frozen
class PgBouncer:
    """A PgBouncer, and what may be done to it: see `Service`."""

    service: Service
    behind: Postgres

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.service.port

    def url(self, database: str) -> str:
        """How a client finds a database of the server behind."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def run_pgbouncer(
    behind: Postgres, *, pool: int = 4, patience: int = 20
) -> Iterator[PgBouncer]:
    """Run one with at most `pool` connections of the server for each database.

    While the server is away, or all of them are busy, whoever asks waits, and is sent
    away after `patience` seconds (120 where nobody says so).
    """
    pgbouncer = program("pgbouncer", "pgbouncer")
    with folder("pgbouncer") as place:
        port = lasting_port()
        settings = _SETTINGS.format(
            server=behind.port,
            port=port,
            place=place,
            user=USER,
            pool=pool,
            patience=patience,
        )
        (place / "pgbouncer.ini").write_text(settings)
        (place / "users").write_text(f'"{USER}" ""\n')
        command = [pgbouncer, str(place / "pgbouncer.ini")]
        service = Service(command, port, place / "log", owner=stepped_down())
        try:
            service.start()
            yield PgBouncer(service, behind)
        finally:
            service.stop()
