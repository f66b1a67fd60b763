"""A PostgreSQL of our own: data, port and log in one folder.

It listens on loopback only and believes everybody. Each test has a database of its own.
Package: postgresql (no service need run). It refuses root: root runs it as nobody.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from servers.process import ServerFailed, as_owner, folder, program
from servers.service import Service, lasting_port, stepped_down

__all__ = ["Database", "Postgres", "run_postgres"]

USER = "safesend"
_INIT = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
}
_CARELESS = {"fsync": "off", "full_page_writes": "off"}
"""What was committed outlives `kill -9` even so, and a power cut not."""


@attrs.frozen
class Postgres:
    """A PostgreSQL, and what may be done to it: see `Service`."""

    service: Service
    programs: Path
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, repr=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.service.port

    def url(self, database: str = "postgres") -> str:
        """How a client finds one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[str, ...]]:
        """The rows of an answer as psql prints them, by a connection of its own."""
        words = ("-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql)
        done = subprocess.run(
            [str(self.programs / "psql"), *words, self.url(database)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**_surroundings(), "PGCONNECT_TIMEOUT": "5"},
            check=False,
        )
        if done.returncode:
            raise ServerFailed(f"psql: {done.stderr}\n{self.service.log_tail()}")
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """An empty database, which is gone afterwards."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        try:
            yield Database(self, name)
        finally:
            self.service.mend()
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")


@attrs.frozen
class Database:
    """An empty database of one test."""

    server: Postgres
    name: str

    @property
    def url(self) -> str:
        """How a client finds it."""
        return self.server.url(self.name)

    def ask(self, sql: str) -> list[tuple[str, ...]]:
        """The rows of an answer as psql prints them."""
        return self.server.ask(sql, self.name)


@contextlib.contextmanager
def run_postgres(*, fsync: bool = False, **settings: str) -> Iterator[Postgres]:
    """Run a PostgreSQL with its own everything, and more `settings`.

    With `fsync` it takes the care of a real one, for tests of crashes and of speed.
    """
    programs = _programs()
    owner = stepped_down()
    with folder("postgres") as place:
        data = place / "data"
        data.mkdir(mode=0o700)
        if owner is not None:
            shutil.chown(data, owner)
        _run([programs / "initdb", "-D", data, "-U", USER, *_INIT], place, owner)
        chosen = {**_SETTINGS, **({} if fsync else _CARELESS), **settings}
        service = _service(programs, data, chosen, owner)
        try:
            service.start()
            yield Postgres(service, programs)
        finally:
            service.stop()
            _forget_memory(data)


def _service(
    programs: Path, data: Path, settings: dict[str, str], owner: str | None
) -> Service:
    port = lasting_port()
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]

    def ready() -> bool:
        return subprocess.run(asked, env=_surroundings(), check=False).returncode == 0

    return Service(
        command,
        port,
        data.parent / "log",
        ready=ready,
        farewell=signal.SIGINT,  # SIGTERM waits until every client has gone
        patience=60.0,
        owner=owner,
        environment=_surroundings(),
    )


def _programs() -> Path:
    """The folder of the newest PostgreSQL; Debian has one for each version."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda file: float(file.parts[-3]))
    return (newest[-1] if newest else Path(program("initdb", "postgresql"))).parent


def _surroundings() -> dict[str, str]:
    """The environment without what would lead a client of PostgreSQL elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")}


def _run(command: Sequence[object], place: Path, owner: str | None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=place,
        env=_surroundings(),
        check=False,
        **as_owner(owner),
    )
    if done.returncode:
        raise ServerFailed(f"{words[0]}: {done.stdout}{done.stderr}")


def _forget_memory(data: Path) -> None:
    """A server that was killed leaves its piece of shared memory behind.

    The seventh line of its postmaster.pid names it: key and number.
    """
    with contextlib.suppress(OSError, IndexError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        number = lines[6].split()[1]
        subprocess.run(["ipcrm", "-m", number], capture_output=True, check=False)
