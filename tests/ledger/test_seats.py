"""ledger/seats.py: every keeper of seats keeps the same promises."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from ledger.postgres.scenes import opened
from safesend.clock import SYSTEM
from safesend.ledger import open_ledger
from safesend.ledger.redis_line import RedisLine
from safesend.ledger.redis_seats import RedisSeats
from safesend.ledger.seats import OwnSeats

LONG, SHORT = 60.0, 3.0


@contextmanager
def _kept(kind, request, folder):
    """Two who look at the same seats."""
    if kind == "redis":
        url = request.getfixturevalue("redis_server")
        url = url if isinstance(url, str) else url.database()
        with closing(RedisLine(url)) as one, closing(RedisLine(url)) as other:
            yield RedisSeats(one), RedisSeats(other)
    elif kind == "own":
        seats = OwnSeats(SYSTEM.now)
        yield seats, seats
    else:
        if kind == "postgres":
            base = request.getfixturevalue("postgres")
            both = [opened(base, folder) for _ in range(2)]
        else:
            both = [
                open_ledger(folder / "a.db", key_home=folder / "keys") for _ in range(2)
            ]
        with closing(both[0]), closing(both[1]):
            yield both[0].seats, both[1].seats


@pytest.fixture(params=["own", "sqlite", "postgres", "redis"])
def both(request, tmp_path):
    with _kept(request.param, request, tmp_path) as found:
        yield found


def test_no_more_than_so_many_have_one(both):
    """Of one kind; and who leaves makes room."""
    one, other = both
    holders = [uuid.uuid4() for _ in range(4)]
    assert one.take("a", 2, holders[0], LONG)
    assert other.take("a", 2, holders[1], LONG)
    assert not one.take("a", 2, holders[2], LONG)
    assert one.take("b", 1, holders[3], LONG)
    other.leave(holders[0])
    assert other.take("a", 2, holders[2], LONG)
    assert not one.take("a", 2, holders[0], LONG)
    one.leave(holders[0])


def test_who_does_not_renew_loses_it(both):
    """And is told so, whatever it has done since."""
    one, other = both
    kept, lost = uuid.uuid4(), uuid.uuid4()
    assert one.take("a", 2, kept, LONG)
    assert one.take("a", 2, lost, SHORT)
    assert one.renew([kept, lost], SHORT) == {kept, lost}
    assert one.renew([kept], LONG) == {kept}
    _until(lambda: other.take("a", 2, uuid.uuid4(), LONG))
    assert one.renew([kept, lost, uuid.uuid4()], LONG) == {kept}
    assert not other.take("a", 2, uuid.uuid4(), LONG)


def test_many_who_want_one_at_once_get_no_more(both):
    """Whoever is first."""
    with ThreadPoolExecutor(2) as pool:
        tries = pool.map(
            lambda seats: [seats.take("a", 3, uuid.uuid4(), LONG) for _ in range(6)],
            both,
        )
        taken = sum(sum(one) for one in tries)
    taken += sum(both[0].take("a", 3, uuid.uuid4(), LONG) for _ in range(3))
    assert taken == 3


def _until(found):
    """Wait for what is to be soon."""
    ends = SYSTEM.monotonic() + 30
    while not found():
        assert SYSTEM.monotonic() < ends
        time.sleep(0.02)
