"""ledger/redis.py and postgres/paces.py: the same sums, by the clock of a server."""

from __future__ import annotations

from contextlib import closing, contextmanager

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from ledger.postgres.scenes import opened
from safesend.clock import SYSTEM
from safesend.errors import LedgerError
from safesend.ledger.cells import Ask, granted
from safesend.ledger.redis import RedisIssuer
from safesend.ledger.redis_line import RedisLine
from safesend.policies.throttle import Pace


@contextmanager
def _issuer(kind, request, folder):
    if kind == "redis":
        server = request.getfixturevalue("redis_server")
        url = server if isinstance(server, str) else server.database()
        with closing(RedisIssuer(RedisLine(url))) as issuer:
            yield issuer
    else:
        with closing(opened(request.getfixturevalue("postgres"), folder)) as ledger:
            issuer = ledger.arrivals().issuer
            yield issuer
            issuer.close()


@pytest.fixture(params=["redis", "postgres"])
def issuer(request, tmp_path):
    with _issuer(request.param, request, tmp_path) as found:
        yield found


def _answered(issuer, *asks):
    """The answers, once nothing is held back for what may have been lost."""
    ends = SYSTEM.monotonic() + 30
    while SYSTEM.monotonic() < ends:
        found = issuer.grant(asks)
        if all(one.number for one in found):
            return found
    raise AssertionError(found)


def test_cells_follow_each_other(issuer):
    """Whatever was asked for between, and each limit by itself."""
    ask = Ask.of("all", Pace(20.0, 5), 1)
    other = Ask.of("google", Pace(5.0), 1)
    first, beside = _answered(issuer, ask, other)
    [second] = issuer.grant([ask])
    assert second.begin >= first.end == first.begin + ask.length
    assert beside.end == beside.begin + other.length
    assert abs(first.now - SYSTEM.now()) < 60


def test_an_answer_is_the_one_that_python_gives(issuer):
    """To the last digit."""
    ask = Ask.of("all", Pace(0.5), 3)
    [first] = _answered(issuer, ask)
    [second] = issuer.grant([ask])
    assert second == granted(ask, first.end, second.now)
    assert second.number == 0


def test_what_was_not_used_goes_back(issuer):
    """Where nobody got anything since; else it stays."""
    ask = Ask.of("all", Pace(2.0, 5), 2)  # slow enough to be in time everywhere
    [first] = _answered(issuer, ask)
    [second] = _answered(issuer, ask)
    back = [
        ("all", second.end, second.begin),
        ("all", first.end, first.begin),
        ("none", 1.0, 0.5),
    ]
    issuer.refund(back)
    [again] = issuer.grant([ask])
    assert first.begin <= again.begin < second.end
    issuer.refund([("all", second.end + 1, second.begin)])
    [last] = _answered(issuer, ask)
    assert last.begin >= again.end


def test_a_redis_that_is_away_is_told(redis_server):
    """At once, and when it is back all goes on; an emptied one waits a moment."""
    with closing(RedisIssuer(RedisLine(redis_server.database()))) as issuer:
        ask = Ask.of("all", Pace(20.0, 5), 1)
        [first] = _answered(issuer, ask)
        redis_server.service.kill()
        began = SYSTEM.monotonic()
        with pytest.raises(LedgerError, match="cannot be reached"):
            issuer.grant([ask])
        assert SYSTEM.monotonic() - began < 10
        redis_server.service.start()
        [second] = issuer.grant([ask])
        assert second.number == 0
        assert second.begin > first.end + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    rate=st.floats(0.01, 5000),
    burst=st.integers(1, 100),
    wanted=st.integers(1, 500),
    journey=st.floats(0, 1),
)
def test_lua_and_python_agree(redis_server, rate, burst, wanted, journey):
    """Whatever the pace: what goes in as a text comes out as the same number."""
    line = RedisLine(redis_server.database())
    with closing(RedisIssuer(line)) as issuer:
        ask = Ask.of("all", Pace(rate, burst), wanted, journey)
        line.run("redis.call('SET', KEYS[1], '0')", ["safesend:pace:all"], [])
        kept = 0.0
        for _ in range(3):
            [found] = issuer.grant([ask])
            assert found == granted(ask, kept, found.now)
            kept = found.end
