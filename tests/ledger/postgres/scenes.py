"""What the tests of this room set up again and again."""

from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.ledger import PostgresLedger
from safesend.ledger.runs import LEASE

COUNTS = """
SELECT campaign, state, sum(number)::bigint FROM tally
 WHERE campaign IN (SELECT id FROM campaign WHERE purged IS NULL)
 GROUP BY 1, 2 HAVING sum(number) <> 0 ORDER BY 1, 2
"""
ROWS = """
SELECT d.campaign, CASE WHEN d.id > c.live_upto THEN 1 WHEN d.state = 3 THEN 2
                        ELSE d.state END, count(*)
  FROM delivery AS d JOIN campaign AS c ON c.id = d.campaign
 WHERE c.purged IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
PAYLOADS = "SELECT DISTINCT state, payload IS NULL FROM delivery"


def opened(database, folder, schema="safesend", lease=LEASE):
    """The ledger in a database of the tests, with its keys in a folder."""
    address = parse_address(f"{database.url}?schema={schema}")
    return PostgresLedger(address, folder / "keys", lease=lease)


def asked(ledger, query):
    """What stands in its tables."""
    with ledger.database.reading() as connection:
        return connection.execute(query).fetchall()


def assert_consistent(ledger):
    """The counts are those of the rows; a row has a payload until it is final."""
    assert asked(ledger, ROWS) == asked(ledger, COUNTS)
    for state, empty in asked(ledger, PAYLOADS):
        assert empty == (state in {5, 6, 8, 9, 10, 11})
