"""A query to PostgreSQL: a cursor in a transaction that may only read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from safesend.errors import ConfigurationError
from safesend.intake.answers import Answer, QueryFailed
from safesend.redaction import Secret, mask_text

if TYPE_CHECKING:
    import psycopg

__all__ = ["asked", "settings_of"]

Settings = Mapping[str, str]

_OURS = {
    "application_name": "safesend",
    "connect_timeout": "10",
    "client_encoding": "UTF8",
    # A server that vanished is noticed in half a minute, not in hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
# Where a scan of a large table begins may not depend on who scans it meanwhile.
_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL"
    " synchronize_seqscans = off; SET LOCAL DateStyle = 'ISO'"
)
_CURSOR = "safesend_list"
# Classes whose words are about the query and the server, never about values
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_SPOKEN = ("0A", "08", "25", "26", "28", "34", "3D", "3F", "42", "53", "54", "55", "57")


def settings_of(url: str, password: str | Secret | None) -> Settings:
    """What libpq connects with. Raises `ConfigurationError`, which shows no URL."""
    try:
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            "a query to PostgreSQL needs another package: pip install"
            ' "safesend[postgres]"'
        ) from None
    try:
        found = {key: str(word) for key, word in conninfo.conninfo_to_dict(url).items()}
    except ProgrammingError:
        # What was wrong is not told: the words of libpq may quote a password.
        raise ConfigurationError(
            "the URL of the database is not one that PostgreSQL understands; it is"
            " postgresql://user@host:port/database, with %xx for special characters"
        ) from None
    if password is not None:
        found["password"] = (
            password.reveal() if isinstance(password, Secret) else password
        )
    return found


@contextmanager
def asked(settings: Settings, sql: str, parameters: Any) -> Iterator[Answer]:
    """The answer, row by row. Raises `QueryFailed`."""
    import psycopg  # noqa: PLC0415 - an extra

    line: psycopg.Connection[Any] | None = None
    try:
        line = _connected(settings)
        with contextlib.closing(line), line.cursor() as cursor:
            cursor.execute(_BEGIN)
            # In the extended protocol, as which it is one statement and no more; and
            # what can be declared is a SELECT, VALUES or TABLE that writes nothing.
            declared = f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {sql}"
            cursor.execute(declared.encode(), parameters, binary=True)
            cursor.execute(f"FETCH 0 FROM {_CURSOR}")
            titles = [column.name for column in cursor.description or ()]
            yield titles, _streamed(line)
    except (psycopg.Error, UnicodeError) as error:
        raise QueryFailed(_explained(error)) from None


def _connected(settings: Settings) -> psycopg.Connection[Any]:
    import psycopg  # noqa: PLC0415 - an extra

    try:
        return psycopg.connect(**{**_OURS, **settings}, autocommit=True)  # type: ignore[arg-type]
    except UnicodeError as error:
        # A host that can be none: Python does not even ask for it.
        raise psycopg.OperationalError("its host is no name of a host") from error


def _streamed(line: psycopg.Connection[Any]) -> Iterator[Sequence[object]]:
    """One row in memory at a time, however long it is."""
    with line.cursor() as cursor:
        yield from cursor.stream(f"FETCH ALL FROM {_CURSOR}")


def _explained(error: Exception) -> str:
    """Why there is no answer, without a value and without a password."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        if type(error).__name__ == "OperationalError":
            said = mask_text(" ".join(str(error).split()))
            return f"the database cannot be reached, or went away ({said})"
        return (
            "it has a value that Python has not, such as a date of infinity or after"
            " the year 9999; make text of it: column::text"
        )
    kind = type(error).__name__
    said = mask_text(getattr(error, "diag").message_primary or kind)  # noqa: B009
    if state in {"42601", "0A000"}:
        return f"PostgreSQL says: {said}. It is one SELECT, and writes nothing"
    return f"PostgreSQL says: {said if state.startswith(_SPOKEN) else kind}"
