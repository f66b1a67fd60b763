from contextlib import closing, suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.database import Database
from safesend.ledger.postgres.turns import Looking

NAMES = st.sets(st.text("ab.\1\x7f\u00e9\uffff\U0001f600", max_size=3), max_size=20)
ADD = (
    "INSERT INTO delivery (campaign, digest, suppression, provider)"
    " SELECT 1, convert_to(name, 'UTF8'), '', name FROM unnest($1::text[]) AS name"
)


class Undone(Exception):
    """Nothing of it is to stay."""


def around(waiting, begin):
    """Where one comes who goes on behind each, from there to the end."""
    met = []
    while (found := waiting.provider(begin)) is not None:
        met.append(found)
        begin = f"{found}\0"
    return met


def test_providers_come_in_order_wherever_one_begins(postgres):
    """
    In that of their octets, each once, however many are asked for at a time.
    """
    with closing(Database(parse_address(postgres.url))) as database:

        @settings(max_examples=25)
        @given(NAMES, st.data())
        def check(names, data):
            with suppress(Undone), database.writing() as connection:
                connection.execute(ADD, ([*names],))
                waiting = Looking(connection, 1, 1 << 40)
                ordered = sorted(names, key=str.encode)
                for _ in range(3):
                    known = data.draw(st.sampled_from(["", *ordered]))
                    begin = data.draw(st.sampled_from([known, f"{known}\0"]))
                    behind = [name for name in ordered if name >= begin]
                    assert around(waiting, begin) == behind
                raise Undone

        check()


def test_a_claim_asks_a_server_that_is_far_away_seldom(postgres):
    """
    For a few providers at once: not at each turn of each.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        with database.writing() as connection:
            connection.execute(ADD, (["a", "b", "c"],))
        with database.reading() as connection:
            waiting = Looking(connection, 1, 1 << 40)
            assert around(waiting, "") == ["a", "b", "c"]
        # Nothing can be asked outside of its transaction any more.
        assert around(waiting, "b") == ["b", "c"]
