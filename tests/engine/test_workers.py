"""Several processes over one ledger keep one rate, and no more connections than told.

Times are those at which a message was about to be written, by the one monotonic clock
of this machine. A process may be stopped between its look at that clock and the note,
as between any two of its steps: so much as `_JITTER` is forgiven, of which two limits
in place of one would show all the same. Nothing is asked of
how fast it goes: that is another matter on a busy machine (see the cells' own tests).
"""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from engine.carriers import keeps_to
from engine.workers import Noting, enlisted, finished, started, went
from safesend.clock import SYSTEM
from safesend.ledger import open_ledger
from safesend.ledger.flow import Flow
from safesend.policies.throttle import Throttle

_JITTER = 0.5


def _sent(url, folder, workers, number, **options):
    """Have that many processes send to so many; when each message went, and by whom."""
    book = folder / "book"
    enlisted(url, folder / "keys", number, **options)
    finished(
        [started(url, folder / "keys", book, str(one), 0.005) for one in range(workers)]
    )
    noted = went(book)
    sent = [one for one in noted if "@" in one.to]
    assert len(sent) == number
    return sent, noted


def _widest(noted):
    """The most connections that were open at once."""
    level, most = 0, 0
    for one in noted:
        level += {"open": 1, "close": -1}.get(one.to, 0)
        most = max(most, level)
    return most


@pytest.mark.parametrize(
    ("rate", "burst", "number"), [("4/s", None, 20), ("150/s", 15, 600)]
)
def test_four_workers_keep_one_rate(rate, burst, number, postgres, tmp_path):
    """Over any window no more than the limit and its burst, of all together."""
    throttle = Throttle(rate, burst=burst)
    sent, _ = _sent(postgres.url, tmp_path, 4, number, throttle=throttle)
    times = [one.at for one in sent]
    assert keeps_to(times, throttle.rate, throttle.burst, slack=_JITTER)


def test_the_limits_of_providers_are_kept_as_well(postgres, tmp_path):
    """Each for itself, and the one for everything."""
    throttle = Throttle("60/s", per_provider={"google": "20/s"})
    sent, _ = _sent(postgres.url, tmp_path, 2, 120, throttle=throttle)
    google = [one.at for one in sent if one.to.endswith("gmail.com")]
    assert keeps_to([one.at for one in sent], 60, throttle.burst, slack=_JITTER)
    assert keeps_to(google, 20, 2, slack=_JITTER)


def test_a_redis_keeps_the_rate_over_any_ledger(redis_server, tmp_path):
    """And the connections; workers find it in the campaign."""
    url, throttle = redis_server.database(), Throttle("100/s", burst=10)
    sent, noted = _sent(
        tmp_path / "a.db",
        tmp_path,
        3,
        300,
        throttle=throttle,
        limits=url,
        connections=2,
    )
    assert keeps_to([one.at for one in sent], 100, 10, slack=_JITTER)
    assert _widest(noted) <= 2


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_all_workers_have_no_more_connections_than_told(kind, request, tmp_path):
    """Each has lanes enough for more; and none is left out at the end."""
    url = tmp_path / "a.db"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").url
    _, noted = _sent(url, tmp_path, 3, 150, connections=2)
    assert _widest(noted) <= 2
    assert sum(one.to == "open" for one in noted) < 50


def test_a_redis_that_is_killed_holds_all_up(redis_server, tmp_path):
    """Nothing goes without it, and all goes on when it is back, at the same rate."""
    url, throttle = redis_server.database(), Throttle("20/s")
    book, place, keys = tmp_path / "book", tmp_path / "a.db", tmp_path / "keys"
    enlisted(place, keys, 100, throttle=throttle, limits=url)
    workers = [started(place, keys, book, str(one)) for one in range(2)]
    try:
        _until(lambda: book.exists() and len(went(book)) > 20)
        redis_server.service.kill()
        assert _still(book) < 100
        redis_server.service.start()
    finally:
        finished(workers)
    times = [one.at for one in went(book) if "@" in one.to]
    assert len(times) == 100
    assert keeps_to(times, 20, throttle.burst, slack=_JITTER)


def _until(found):
    ends = SYSTEM.monotonic() + 120
    while not found():
        assert SYSTEM.monotonic() < ends
        time.sleep(0.01)


def _still(book):
    """What was given out goes, and then nothing for a second; a worker may be late."""
    for _ in range(7):
        number = len(went(book))
        time.sleep(1)
        if len(went(book)) == number:
            return number
    raise AssertionError("it goes on")


def test_a_pause_holds_on_all_within_a_second(postgres, tmp_path):
    """One is told to slow down, and nobody sends any more."""
    book, keys = tmp_path / "book", tmp_path / "keys"
    enlisted(postgres.url, keys, 300, throttle=Throttle("40/s"))
    workers = [started(postgres.url, keys, book, str(one)) for one in range(2)]
    try:
        _until(lambda: book.exists() and len({w.worker for w in went(book)}) == 2)
        with closing(open_ledger(postgres.url, key_home=keys)) as ledger:
            now = ledger.clock(SYSTEM).now()
            rest = Flow(
                route=Noting.name, paused_until=now + 10, reason="slow", changed=now
            )
            ledger.note_flows([rest])
        assert _still(book) < 300
    finally:
        finished(workers)
    assert sum("@" in one.to for one in went(book)) == 300
