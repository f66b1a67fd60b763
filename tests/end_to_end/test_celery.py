"""Celery, whole: real brokers, real workers, a real server that counts copies."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import attrs
import pytest
from celery import Celery

from integrations.celery.workers import Process, Project, letter, until
from safesend.ledger.base import State
from servers.smtp_sink import Sink

pytestmark = pytest.mark.server

SLOW = "40/s"
"""So that there is a middle of the run, in which something can be killed."""


@attrs.frozen
class Shop:
    """A project whose mail goes to a sink, and its app in this process."""

    project: Project
    sink: Sink

    @property
    def app(self) -> Celery:
        sys.modules.pop("shop", None)
        app: Celery = importlib.import_module("shop").app
        return app

    def accepted(self) -> int:
        return self.project.counts().get(State.ACCEPTED, 0)

    def has(self, number: int) -> bool:
        """Whether so many were accepted."""
        return self.accepted() >= number

    def copies(self, number: int) -> Counter[str]:
        """How many copies each person has."""
        kept = self.sink.messages(number)
        return Counter(one for message in kept for one in message.recipients)

    def nobody_twice(self, number: int) -> None:
        """Everybody has one copy; of those in doubt it is not known, as they say."""
        counts = self.project.counts()
        doubts = counts.get(State.IN_DOUBT, 0)
        assert counts.get(State.ACCEPTED, 0) + doubts == number, counts
        copies = self.copies(number - doubts)
        assert set(copies.values()) == {1}
        assert number - doubts <= len(copies) <= number

    def everybody_once(self, number: int) -> None:
        """Exactly, and the ledger knows."""
        assert self.project.is_done(number), self.project.counts()
        copies = self.copies(number)
        assert (len(copies), set(copies.values())) == (number, {1})


@pytest.fixture
def shop(
    request: pytest.FixtureRequest,
    smtp_sink: Callable[..., Sink],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Shop]]:
    """Makes a project over a broker, with settings and options.

    Its ledger is in the database of the tests, or in one of its own (`own_postgres`).
    """
    monkeypatch.syspath_prepend(tmp_path)
    own = "own_postgres" in request.fixturenames
    database = request.getfixturevalue("own_postgres" if own else "postgres")

    def make(broker: str, **options: object) -> Shop:
        sink = smtp_sink()
        project = Project(
            folder=tmp_path, broker=broker, ledger=database.url, via=sink.url
        )
        return Shop(project.write(**{"wake_every": 2.0, **options}), sink)

    yield make
    sys.modules.pop("shop", None)


def finished(shop: Shop, number: int, *workers: Process) -> None:
    """Wait until nothing is left to do, and show what workers said if it is not so."""
    over = (State.WAITING, State.SENDING)

    def done() -> bool:
        counts = shop.project.counts()
        return bool(counts) and not any(counts.get(state) for state in over)

    said = "\n".join(worker.said[-4000:] for worker in workers)
    assert until(done), f"{shop.project.counts()}\n{said}"
    assert sum(shop.project.counts().values()) == number


@pytest.mark.parametrize("kind", ["rabbitmq", "redis"])
def test_a_campaign_is_enqueued_and_everybody_has_one_copy(kind, request, shop):
    """
    Also where it is asked for again and again: each pump takes other rows.
    """
    if kind == "rabbitmq":
        broker = request.getfixturevalue("rabbitmq").vhost()
    else:
        broker = request.getfixturevalue("redis_server").database()
    here = shop(broker)
    with here.project.worker() as worker:
        for _ in range(3):
            done = letter(200).enqueue(here.app, lanes=2)
        assert done.recipients == 200
        # The very same message twice, as a broker may deliver it.
        for _ in range(2):
            here.app.send_task("safesend.pump", ("spring", 0), task_id="twice")
        finished(here, 200, worker)
        worker.wait_for("succeeded", 5)
    here.everybody_once(200)
    assert "example.test" not in worker.said


def test_what_waits_for_a_date_is_woken_by_beat(rabbitmq, shop):
    """
    The first pump finds nothing to do and goes; nobody holds a message until then.
    """
    here = shop(rabbitmq.vhost(), seconds=2)
    with here.project.worker() as worker, here.project.beat() as beat:
        worker.wait_for("ready.")
        letter(20).enqueue(here.app, delay="15s")
        worker.wait_for("'0 tried, 20 wait'")
        assert here.accepted() == 0
        finished(here, 20, worker, beat)
        worker.wait_for("'20 tried, 0 wait'")
    here.everybody_once(20)


def test_a_killed_child_is_replaced_and_nobody_has_two_copies(rabbitmq, shop):
    """
    The broker has its message again, and another pump goes on; no beat is needed.
    """
    here = shop(rabbitmq.vhost(), pumps=2)
    with here.project.worker() as worker:
        letter(200).enqueue(here.app, throttle=SLOW)
        assert until(lambda: here.accepted() >= 20), worker.said
        for child in worker.children():
            os.kill(child, signal.SIGKILL)
        worker.wait_for("another pump takes its place")
        finished(here, 200, worker)
    here.nobody_twice(200)


def test_a_killed_worker_is_survived(rabbitmq, shop):
    """
    All of its processes at once, as a machine's end; another worker goes on.
    """
    here = shop(rabbitmq.vhost())
    with here.project.worker("-n", "one@%h") as first:
        letter(200).enqueue(here.app, throttle=SLOW)
        assert until(lambda: here.accepted() >= 20), first.said
        first.kill()
    with here.project.worker("-n", "two@%h") as second, here.project.beat() as beat:
        finished(here, 200, second, beat)
    here.nobody_twice(200)


@pytest.mark.parametrize("whole", [False, True])
def test_a_worker_that_is_told_to_go_leaves_nothing_in_doubt(whole, rabbitmq, shop):
    """
    SIGTERM to its first process, or by a service manager to all of them: what is on
    the wire finishes, the rest goes back, and the next worker has it at once.
    """
    here = shop(rabbitmq.vhost())
    with here.project.worker("-n", "one@%h") as first:
        letter(200).enqueue(here.app, throttle=SLOW)
        assert until(lambda: here.accepted() >= 20), first.said
        if whole:
            os.killpg(first.process.pid, signal.SIGTERM)
        else:
            first.tell(signal.SIGTERM)
        first.process.wait(180)
    counts = here.project.counts()
    assert set(counts) == {State.ACCEPTED, State.WAITING}, first.said
    with here.project.worker("-n", "two@%h") as second:
        finished(here, 200, second)
    here.everybody_once(200)


def test_a_broker_that_dies_holds_up_nobody(rabbitmq, shop):
    """
    Pumps go on meanwhile; afterwards workers and beat find it again.
    """
    here = shop(rabbitmq.vhost())
    with here.project.worker() as worker, here.project.beat() as beat:
        letter(200).enqueue(here.app, throttle=SLOW)
        assert until(lambda: here.accepted() >= 20), worker.said
        rabbitmq.settle()
        rabbitmq.service.kill()
        before = here.accepted()
        assert until(lambda: here.accepted() >= min(200, before + 20)), worker.said
        rabbitmq.service.start()
        letter(20, "summer").enqueue(here.app)
        finished(here, 200, worker, beat)
        assert until(lambda: here.project.is_done(20, "summer")), worker.said
    assert here.accepted() == 200
    copies = here.copies(220)
    assert sum(copies.values()) == 220


def test_a_redis_that_forgets_everything_loses_nobody(redis_server, shop):
    """
    What it held was only the start of work: beat starts it again.
    """
    here = shop(redis_server.database())
    letter(50).enqueue(here.app)
    redis_server.service.kill()
    redis_server.service.start()
    with here.project.worker() as worker, here.project.beat() as beat:
        finished(here, 50, worker, beat)
    here.everybody_once(50)


def test_a_redis_that_dies_under_running_pumps_holds_up_nobody(redis_server, shop):
    """
    They go on meanwhile. Celery's worker may end then, with a message in its hands: it
    does so by itself, and beat has work for the one that takes its place.
    """
    here = shop(redis_server.database())
    with here.project.beat() as beat:
        with here.project.worker() as worker:
            letter(200).enqueue(here.app, throttle=SLOW)
            assert until(lambda: here.accepted() >= 20), worker.said
            redis_server.service.kill()
            before = here.accepted()
            assert until(lambda: here.accepted() >= min(200, before + 20)), worker.said
            redis_server.service.start()
            letter(20, "summer").enqueue(here.app)
            over = partial(here.project.is_done, 20, "summer")
            assert until(lambda: worker.ended or over()), worker.said
        with here.project.worker() as worker:
            finished(here, 200, worker, beat)
            assert until(over), worker.said
    assert here.accepted() == 200
    assert Counter(here.copies(220).values()) == {1: 180, 2: 20}


def test_a_database_that_goes_away_under_running_pumps_is_waited_for(
    own_postgres, rabbitmq, shop
):
    """
    Restarted, and killed: one copy for everybody, from these pumps or from those that
    beat starts in their place.
    """
    here, server = shop(rabbitmq.vhost()), own_postgres.server.service

    def kill() -> None:
        server.kill()
        server.start()

    with here.project.worker() as worker, here.project.beat() as beat:
        letter(300).enqueue(here.app, throttle=SLOW)
        for happen in (server.restart, kill):
            goal = here.accepted() + 20
            assert until(partial(here.has, goal)), worker.said
            happen()
        finished(here, 300, worker, beat)
    here.nobody_twice(300)
