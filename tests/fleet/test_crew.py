"""fleet/crew.py: several processes, one account."""

from __future__ import annotations

import asyncio
import os
import signal

from engine.content.samples import campaign
from fleet.scenes import NOBODY, enlisted
from message.judges import rsa
from safesend.engine.events import Idle, Noted, Progressed
from safesend.fleet.crew import Crew, cores, merged
from safesend.fleet.looking import look
from safesend.fleet.order import Order


def progress(done, rate=1.0):
    """So many of a hundred."""
    return Progressed(done, 100, done, 0, 0, 0, rate, None)


def crew_of(place, wanted, heard, **more):
    """Those who help with the ledger at that place."""

    def order(name, lanes):
        return Order(ledger=str(place), campaign=name, secrets=NOBODY, lanes=lanes)

    return Crew(wanted, order, heard.append, **more)


def record_in(place):
    """The campaign."""
    [chance] = look(str(place), None, None).chances
    return chance.record


def test_how_far_all_are_is_one_sum():
    """No more than there are, whatever is counted twice."""
    both = merged([progress(40), progress(30, 2.0)], 100)
    assert (both.done, both.total, both.rate, both.eta) == (70, 100, 3.0, 10.0)
    assert merged([progress(80), progress(40)], 100).done == 100
    assert merged([progress(0, 0.0)], 5).eta is None


def test_alone_it_is_no_crew(tmp_path):
    """A short list is for one process, and so is a single lane."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    record, heard = record_in(tmp_path / "x.db"), []
    crew = crew_of(tmp_path / "x.db", None, heard)
    assert crew.begin(record, 9999, 8) == 8
    assert crew_of(tmp_path / "x.db", 4, heard).begin(record, 100, 1) == 1
    crew.hear(progress(3))
    crew.hear(Idle(1.0, "hours"))
    assert [type(one) for one in heard] == [Progressed, Idle]
    assert heard[0].total == 9999
    assert cores() >= 1


def test_they_share_the_lanes_and_tell(tmp_path):
    """A mate sends all of it here, as this process does nothing."""
    place, heard = tmp_path / "x.db", []
    enlisted(place, tmp_path / "out", 20)
    crew = crew_of(place, 2, heard)

    async def work():
        assert crew.begin(record_in(place), 20, 3) == 2
        assert not await crew.over(stopped=False)
        await crew.end()

    asyncio.run(work())
    assert len(list((tmp_path / "out").glob("*.eml"))) == 20
    told = [one for one in heard if isinstance(one, Progressed)]
    assert (told[-1].accepted, told[-1].total) == (20, 20)


def test_a_mate_that_is_killed_is_noticed(tmp_path):
    """Once: its rows are looked for, and then it is over."""
    place, heard = tmp_path / "x.db", []
    enlisted(place, tmp_path / "out", 200, throttle="10/s")
    crew = crew_of(place, 2, heard)

    async def work():
        crew.begin(record_in(place), 200, 2)
        async with asyncio.timeout(60):
            while not heard:  # noqa: ASYNC110 - the crew has no event for a test
                await asyncio.sleep(0.05)
        [mate] = crew._mates
        os.kill(mate.process.pid, signal.SIGKILL)
        assert await crew.over(stopped=False)
        assert not await crew.over(stopped=False)

    asyncio.run(work())
    [note] = [one for one in heard if isinstance(one, Noted)]
    assert "died (-9)" in note.note


def test_a_mate_that_does_not_end_is_told(tmp_path):
    """It is waited for, and whoever waits knows for whom."""
    place, heard = tmp_path / "x.db", []
    enlisted(place, tmp_path / "out", 300, throttle="10/s")
    crew = crew_of(place, 2, heard, patience=0.1)

    async def work():
        crew.begin(record_in(place), 300, 2)
        [mate] = crew._mates
        os.kill(mate.process.pid, signal.SIGSTOP)
        ending = asyncio.ensure_future(crew.over(stopped=True))
        async with asyncio.timeout(60):
            while not heard:  # noqa: ASYNC110 - the crew has no event for a test
                await asyncio.sleep(0.05)
        assert not ending.done()
        os.kill(mate.process.pid, signal.SIGCONT)
        await ending
        return mate.process.pid

    number = asyncio.run(work())
    [note] = [one.note for one in heard if isinstance(one, Noted)]
    assert f"kill -9 {number}" in note


def test_a_mate_that_cannot_help_is_told(tmp_path):
    """The others go on."""
    place, heard = tmp_path / "x.db", []
    enlisted(place, tmp_path / "out", letter=campaign(dkim=rsa()))
    crew = crew_of(place, 2, heard)

    async def work():
        crew.begin(record_in(place), 5, 2)
        assert not await crew.over(stopped=False)

    asyncio.run(work())
    [note] = [one for one in heard if isinstance(one, Noted)]
    assert "cannot help: the campaign is signed" in note.note


def test_they_stop_when_they_are_told(tmp_path):
    """What they had in hand is given back."""
    place, heard = tmp_path / "x.db", []
    enlisted(place, tmp_path / "out", 300, throttle="10/s")
    crew = crew_of(place, 3, heard)

    async def work():
        crew.begin(record_in(place), 300, 3)
        assert not await crew.over(stopped=True)

    asyncio.run(work())
    assert [one for one in heard if isinstance(one, Noted)] == []
