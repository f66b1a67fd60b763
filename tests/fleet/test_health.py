"""fleet/health.py: what an orchestrator is told of a worker."""

from __future__ import annotations

import asyncio
import http.client
import json

import pytest

from safesend.engine.events import Rehearsing
from safesend.engine.stop import Stop
from safesend.errors import ConfigurationError
from safesend.fleet.health import LIVE, READY, Health
from safesend.testing import FakeClock


@pytest.fixture
def clock():
    """Time that passes when it is told to."""
    return FakeClock()


def test_a_loop_that_turns_is_live(clock):
    """One that does not is dead after a minute."""
    health = Health(Stop(), clock=clock)
    assert health.live() == (True, {"live": True, "turned": 0.0})
    clock.advance(LIVE + 1)
    assert health.live() == (False, {"live": False, "turned": LIVE + 1})


def test_a_ledger_that_answers_makes_it_ready(clock):
    """Before the first answer, and a while after the last, it is not."""
    health = Health(Stop(), clock=clock)
    away = (False, {"ready": False, "reason": "the ledger does not answer"})
    assert health.ready() == away
    health.hear(Rehearsing(1))
    assert health.ready() == (True, {"ready": True})
    assert not health.away()
    clock.advance(READY + 1)
    assert health.ready() == away
    assert health.away()
    health.answered()
    health.stop.ask("asked to")
    assert health.ready() == (False, {"ready": False, "reason": "stopping"})


def test_its_file_is_touched_while_all_is_well(tmp_path):
    """Not while the ledger is away."""
    file = tmp_path / "alive"
    health = Health(Stop(), file)

    async def turn():
        turning = asyncio.ensure_future(health.turn())
        await asyncio.sleep(0.1)
        assert not file.exists()
        health.answered()
        async with asyncio.timeout(20):
            while not file.exists():  # noqa: ASYNC110 - no event tells of a file
                await asyncio.sleep(0.05)
        turning.cancel()

    asyncio.run(turn())


def test_a_file_that_cannot_be_made_is_told(tmp_path):
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match="health file"):
        Health(Stop(), tmp_path / "nowhere" / "alive")


def test_it_is_live_without_its_file(tmp_path):
    """A disk that is full, or a folder that is gone, ends no worker."""
    folder = tmp_path / "run"
    folder.mkdir()
    health = Health(Stop(), folder / "alive", FakeClock())
    folder.rmdir()
    health.answered()

    async def turn():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(health.turn(), 0.2)

    asyncio.run(turn())
    assert health.live()[0]


def test_it_answers_over_http():
    """Under two paths; nowhere, if nowhere is wanted."""
    health = Health(Stop())
    with health.told_at(("127.0.0.1", 0)) as port:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        line.request("GET", "/live")
        answer = line.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["live"] is True
        line.close()
    with health.told_at(None) as port:
        assert port is None
