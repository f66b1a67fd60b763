import contextlib

import psycopg
import pytest

from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.line import connected, is_cut, row_at_once

BEGIN = "BEGIN; SET LOCAL synchronous_commit = on"


@pytest.fixture
def line(postgres):
    """A line to a database of the tests."""
    with contextlib.closing(connected(parse_address(postgres.url))) as found:
        found.execute("CREATE TABLE thing (id bigint, seen float8)")
        yield found


def test_a_statement_is_a_transaction_in_one_text(line, postgres):
    """
    Its numbers stand in it; what it returns comes back, and it is written.
    """
    add = "INSERT INTO thing SELECT unnest($1::bigint[]), $2 RETURNING id, seen"
    assert row_at_once(line, BEGIN, add, ([7], 0.5)) == (7, 0.5)
    assert row_at_once(line, BEGIN, add, ([], -1.5)) is None
    assert row_at_once(line, BEGIN, f"{add};", ([2**53, 9], 1e18)) is not None
    assert postgres.ask("SELECT id FROM thing ORDER BY id") == [
        ("7",),
        ("9",),
        (str(2**53),),
    ]


def test_what_fails_leaves_nothing_behind(line):
    """
    The next one begins anew.
    """
    with pytest.raises(psycopg.Error):
        row_at_once(line, BEGIN, "SELECT 1 / $1", (0,))
    assert row_at_once(line, BEGIN, "SELECT $1", (5,)) == (5,)


def test_a_line_is_cut_when_the_server_ends_it(line):
    """
    Not when a statement is wrong.
    """
    with pytest.raises(psycopg.Error) as wrong:
        line.execute("SELECT 1 / 0")
    assert not is_cut(line, wrong.value)
    with pytest.raises(psycopg.Error) as gone:
        line.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_cut(line, gone.value)


@pytest.mark.parametrize("host", ["a..b", f"{'x' * 70}.example"])
def test_a_host_that_can_be_none_cannot_be_reached(host):
    """
    It is no error of another kind.
    """
    with pytest.raises(psycopg.OperationalError, match="no name of a host"):
        connected(parse_address(f"postgresql://me@{host}/mail"))
