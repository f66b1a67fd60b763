from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator

import pytest

from safesend.clock import Clock
from safesend.errors import ConfigurationError
from safesend.testing import FakeClock, SmtpServer


def test_hours_pass_in_a_moment() -> None:
    """Sleeping is jumping."""
    clock: Clock = FakeClock(start=1000.0)
    begin = time.monotonic()

    asyncio.run(clock.sleep(3600))

    assert clock.now() == 4600.0
    assert clock.monotonic() == 3600.0
    assert time.monotonic() - begin < 60


def test_sleepers_wake_in_order() -> None:
    """The earliest first, each at its own date."""
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.slept))

    async def run() -> None:
        await asyncio.gather(sleeper("a", 10, 20), sleeper("b", 15), sleeper("c", 5))

    asyncio.run(run())
    assert woken == [("c", 5), ("a", 10), ("b", 15), ("a", 30)]


def test_a_cancelled_sleeper_holds_up_nobody() -> None:
    """Its date is forgotten."""
    clock = FakeClock()

    async def run() -> None:
        task = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(0)
        task.cancel()
        await clock.sleep(20)

    asyncio.run(run())
    assert clock.slept == 20


def test_time_may_be_moved_by_hand() -> None:
    """Without jumps it stands still until then."""
    clock = FakeClock(jumps=False)

    async def run() -> bool:
        task = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(0.01)
        early = task.done()
        clock.advance(10)
        await task
        return early

    assert asyncio.run(run()) is False
    assert clock.slept == 10
    with pytest.raises(ConfigurationError, match="back"):
        clock.advance(-1)


def test_not_sleeping_takes_no_time() -> None:
    """Zero or less gives others their turn, and that is all."""
    clock = FakeClock()

    asyncio.run(clock.sleep(0))
    asyncio.run(clock.sleep(-1))

    assert clock.slept == 0


@contextlib.contextmanager
def _in_a_thread(work: Callable[[], Coroutine[None, None, None]]) -> Iterator[None]:
    """A thread with a loop of its own; it is done at the end."""
    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    yield
    thread.join()


def test_two_loops_see_one_time() -> None:
    """It never goes back, and each sleeper wakes at its own date, in their order."""
    clock = FakeClock()
    woken: list[tuple[float, float]] = []
    ready = threading.Barrier(2)

    async def sleeper(*dates: float) -> None:
        clock.stir()
        ready.wait()
        for date in dates:
            await clock.sleep(date - clock.monotonic())
            woken.append((clock.monotonic(), date))

    with _in_a_thread(lambda: sleeper(*range(2, 60, 3))):
        asyncio.run(sleeper(*range(1, 60, 2)))

    assert woken == sorted(woken)
    assert all(now == date for now, date in woken)
    assert len(woken) == 50


def test_what_happens_at_a_date_in_another_loop_is_done_before_the_next() -> None:
    """However long it takes there."""
    clock = FakeClock()
    order: list[str] = []
    ready = threading.Barrier(2)

    async def busy() -> None:
        clock.stir()
        ready.wait()
        await clock.sleep(10)
        for _ in range(5):
            time.sleep(0.01)  # noqa: ASYNC251 - a loop that is held up
            await asyncio.sleep(0)
        await clock.sleep(1)
        order.append("11")

    async def other() -> None:
        clock.stir()
        ready.wait()
        await clock.sleep(12)
        order.append("12")

    with _in_a_thread(busy):
        asyncio.run(other())

    assert order == ["11", "12"]


def test_a_request_on_its_way_to_another_loop_is_not_overtaken() -> None:
    """Nor is its answer, though nobody sleeps who waits for it."""
    clock = FakeClock()
    order: list[str] = []

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        time.sleep(0.02)  # noqa: ASYNC251 - much longer than the clock settles
        writer.write(b"!")
        writer.close()

    async def ask(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        clock.stir()
        writer.write(b"?")
        await reader.read(1)
        await clock.sleep(5)
        order.append("asked")
        writer.close()

    async def sleep() -> None:
        await clock.sleep(6)
        order.append("slept")

    async def both(port: int) -> None:
        await asyncio.gather(ask(port), sleep())

    with _serving(clock, answer) as port:
        asyncio.run(both(port))

    assert order == ["asked", "slept"]


@contextlib.contextmanager
def _serving(
    clock: FakeClock,
    answer: Callable[
        [asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]
    ],
) -> Iterator[int]:
    ports: list[int] = []
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        clock.stir()
        loops.append(asyncio.get_running_loop())
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        server.close()

    with _in_a_thread(serve):
        ready.wait()
        yield ports[0]
        loops[0].call_soon_threadsafe(stop.set)


def test_time_stands_while_a_server_is_talked_to() -> None:
    """A whole conversation happens at one moment of the clock it shares."""
    clock = FakeClock()

    async def talk(port: int) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        for _ in range(100):
            writer.write(b"NOOP\r\n")
            await reader.readline()
        writer.close()
        return clock.monotonic()

    async def run(port: int) -> tuple[float, float]:
        alarm = asyncio.create_task(clock.sleep(3600))
        done = await talk(port)
        await alarm
        return done, clock.monotonic()

    with SmtpServer(clock=clock) as server:
        assert asyncio.run(run(server.port)) == (0, 3600)


def test_sleepers_may_be_cancelled_in_several_loops() -> None:
    """Their dates are forgotten, whatever they were waiting for just then."""
    clock = FakeClock()

    async def nervous() -> None:
        for _ in range(100):
            task = asyncio.create_task(clock.sleep(1_000_000))
            await asyncio.sleep(0.0005)
            task.cancel()
        await clock.sleep(1)

    with _in_a_thread(nervous):
        asyncio.run(nervous())

    assert 1 <= clock.slept <= 2


def test_a_loop_that_has_ended_holds_up_nobody() -> None:
    """Also if it ends while it is waited for."""
    clock = FakeClock()
    naps = itertools.repeat(0.002, 20)

    async def leaves() -> None:
        clock.stir()
        await asyncio.sleep(next(naps))

    async def sleeps() -> None:
        await clock.sleep(1)

    for _ in range(20):
        with _in_a_thread(leaves):
            asyncio.run(sleeps())
    assert clock.slept == 20
