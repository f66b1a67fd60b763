"""The rooms of a ledger in PostgreSQL with rows in its tables, as tests set them up."""

from contextlib import contextmanager
from pathlib import Path

import attrs

from safesend.ledger.keyfile import KeyPlace
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.consent import PostgresConsent
from safesend.ledger.postgres.database import Database
from safesend.ledger.postgres.hindsight import PostgresHindsight
from safesend.ledger.postgres.history import PostgresHistory
from safesend.ledger.postgres.kinds import PostgresKinds
from safesend.ledger.postgres.orders import PostgresOrders
from safesend.ledger.postgres.persons import PostgresPersons
from safesend.ledger.postgres.sight import PostgresSight
from safesend.ledger.postgres.states import move
from safesend.ledger.states import STATES
from safesend.ledger.values import State
from safesend.ledger.vault import PlainVault
from safesend.testing.ledger_rows import NOW, PRINT, make_rows

_ADD = (
    "INSERT INTO delivery (campaign, digest, suppression, provider, payload, kind)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)
_GO_LIVE = (
    "UPDATE campaign SET live_since = $2, fingerprint = $3, enrolled = $4, live_upto ="
    " (SELECT max(id) FROM delivery WHERE campaign = $1) WHERE id = $1"
)
_RUN = (
    "INSERT INTO run (campaign, boot, space, pid, born, started, lease, relay, actor)"
    " VALUES ($1, 'boot', 'space', 5, 7, $2, $2 + 60, 'smtp:', 'ada') RETURNING id"
)


@attrs.frozen
class Rooms:
    """Every room over one line, and a hand for the tables."""

    database: Database
    consent: PostgresConsent
    hindsight: PostgresHindsight
    history: PostgresHistory
    kinds: PostgresKinds
    orders: PostgresOrders
    persons: PostgresPersons
    sight: PostgresSight
    dead: set[int]
    """Runs that are not alive."""

    def live(self, rows=3, name="spring", **changes):
        """A campaign with so many rows, or these; gives its number and theirs."""
        rows = make_rows(rows) if isinstance(rows, int) else rows
        with self.database.writing() as connection:
            add = "INSERT INTO campaign (name, created) VALUES ($1, $2) RETURNING id"
            [(campaign,)] = connection.execute(add, (name, NOW)).fetchall()
            connection.executemany(
                _ADD,
                [
                    (campaign, *attrs.astuple(attrs.evolve(row, **changes)))
                    for row in rows
                ],
            )
            connection.execute(_GO_LIVE, (campaign, NOW, PRINT, len(rows)))
            move(connection, campaign, len(rows), None, State.WAITING)
        ids = "SELECT id FROM delivery WHERE campaign = $1 ORDER BY id"
        return campaign, [id_ for (id_,) in self.ask(ids, campaign)]

    def stand(self, row, code, columns="holder = holder"):
        """Let a row stand in the state with that number, and change more of it."""
        [(campaign, before)] = self.ask(
            "SELECT campaign, state FROM delivery WHERE id = $1", row
        )
        with self.database.writing() as connection:
            query = f"UPDATE delivery SET state = $2, {columns} WHERE id = $1"
            connection.execute(query, (row, code))
            move(connection, campaign, 1, STATES[before], STATES[code])

    def run(self, campaign, now=NOW):
        """A run of somebody."""
        return self.change(_RUN, campaign, now)[0][0]

    def ask(self, query, *values):
        """The rows of an answer."""
        with self.database.reading() as connection:
            return connection.execute(query, values).fetchall()

    def change(self, query, *values):
        """The rows that a change gives, if it gives any."""
        with self.database.writing() as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def states(self, campaign):
        """How the rows stand; the tally says the same."""
        query = "SELECT state, count(*) FROM delivery WHERE campaign = $1 GROUP BY 1"
        found = {}
        for code, number in self.ask(query, campaign):
            found[STATES[code]] = found.get(STATES[code], 0) + number
        counted = (
            "SELECT state, sum(number)::bigint FROM tally WHERE campaign = $1"
            " GROUP BY 1 HAVING sum(number) <> 0"
        )
        assert {STATES[c]: number for c, number in self.ask(counted, campaign)} == found
        return found


def _abandoned(connection, campaign):
    """Nobody enrols here: a draft is of somebody who died."""
    upto = "(SELECT live_upto FROM campaign WHERE id = $1)"
    query = f"DELETE FROM delivery WHERE campaign = $1 AND id > {upto}"
    connection.execute(query, (campaign,))


@contextmanager
def rooms(url, key_home=Path("/nowhere"), *, encrypted=True):
    """The rooms of a ledger at that address, made if need be."""
    database = Database(parse_address(url))
    dead = set()

    def alive(who, now):
        return who.run not in dead and now <= who.lease

    vault = PlainVault()
    try:
        yield Rooms(
            database,
            PostgresConsent(database, vault),
            PostgresHindsight(database),
            PostgresHistory(database, alive),
            PostgresKinds(database),
            PostgresOrders(database),
            PostgresPersons(
                database,
                vault,
                lambda _campaign, _now: None,
                _abandoned,
                encrypted,
                KeyPlace(url, key_home, "7"),
            ),
            PostgresSight(database, alive),
            dead,
        )
    finally:
        database.close()
