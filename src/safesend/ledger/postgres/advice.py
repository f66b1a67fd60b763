"""What to do where PostgreSQL does not let a ledger in, in its owner's words."""

from __future__ import annotations

import re

import psycopg

from safesend.errors import LedgerForgot

__all__ = ["away", "forgot", "refused"]

_ADVICE = (
    (r'database "(.+)" does not exist', "make it first: createdb {0}"),
    (r'role "(.+)" does not exist', "make the user first: createuser {0}"),
    (
        r"password authentication failed|no password supplied|empty password",
        "give the password in the variable PGPASSWORD or in the file ~/.pgpass",
    ),
    (r"no pg_hba\.conf entry", "its pg_hba.conf lets nobody in like that"),
    (
        r"in a read-only transaction",
        "it is read only, a standby perhaps: name the server that writes",
    ),
    (
        r"too many (clients|connections)|remaining connection slots",
        "let it have more connections (max_connections), or a PgBouncer before it",
    ),
    (r"permission denied for database", "its owner gives the right to: GRANT CONNECT"),
)
_NEXT = re.compile(r"(?<=[\w)])\s*\n\s*(?=\w)")
"""Where libpq begins another sentence on a line of its own."""
_SEE = "see whether PostgreSQL runs there and lets you in"
_DENIED = (
    "The tables of a ledger belong to one user: name that one in the URL. To have them"
    " made, that user needs: GRANT CREATE ON DATABASE name TO user"
)


def away(name: str, error: psycopg.Error | None = None) -> str:
    """The sentence for a server that is away, or shuts its door."""
    # What libpq says before the line stands names host, user and database.
    said = "" if error is None else " ".join(_NEXT.sub("; ", str(error)).split())
    what = f" ({said})" if said else ""
    return f"the ledger {name} cannot be reached{what}; {_to_do(said)}, and run again"


def refused(name: str, error: psycopg.Error) -> str:
    """The sentence for what PostgreSQL does not do."""
    # Never its details: those name values, as do all its words about data.
    data = isinstance(error, psycopg.DataError)
    said = (None if data else error.diag.message_primary) or type(error).__name__
    denied = isinstance(error, psycopg.errors.InsufficientPrivilege)
    more = f". {_DENIED}" if denied else ""
    return f"the ledger {name}: PostgreSQL says: {said}{more}"


def forgot(name: str) -> LedgerForgot:
    """For a server that does not know what it had confirmed."""
    return LedgerForgot(
        f"the ledger {name} has lost what was written into it: a replica that lagged"
        " was promoted, or a backup was put back. Whom it takes for waiting may have"
        " the message; compare with the log of the relay before anything goes on"
    )


def _to_do(said: str) -> str:
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, said):
            return advice.format(*found.groups())
    return _SEE
