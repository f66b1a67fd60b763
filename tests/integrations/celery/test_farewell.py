"""integrations/celery/farewell.py: how a pump hears that its worker is to go."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

import pytest
from billiard.process import current_process

from integrations.celery.workers import until
from safesend.engine.stop import Stop
from safesend.integrations.celery.farewell import Farewell

FORK = multiprocessing.get_context("fork")


def _hears(farewell: Farewell, ready, said) -> None:
    stop = Stop()
    with farewell.heard_by(stop):
        ready.set()
        until(lambda: stop.reason is not None, 90)
    said.put(stop.reason)


def test_a_child_hears_what_the_first_process_says():
    """
    It was forked before; nothing but memory is between them.
    """
    farewell, ready, said = Farewell(), FORK.Event(), FORK.Queue()
    child = FORK.Process(target=_hears, args=(farewell, ready, said))
    child.start()
    assert ready.wait(90)
    farewell.say()
    assert said.get(timeout=120) == "its worker was told to end"
    child.join(90)
    assert not child.is_alive()


def test_what_was_taken_back_is_not_heard():
    """
    A worker that starts again works.
    """
    farewell, stop = Farewell(), Stop()
    farewell.say()
    farewell.take_back()
    with farewell.heard_by(stop):
        threading.Event().wait(0.6)
    assert stop.reason is None


def test_a_child_that_is_ended_finishes_first(monkeypatch):
    """
    SIGTERM is heard, and reaches Celery's own handler when the lines are quiet.
    """
    monkeypatch.setattr(current_process(), "_name", "ForkPoolWorker-1")
    order: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: order.append("ended"))
    try:
        stop = Stop()
        with Farewell().heard_by(stop):
            os.kill(os.getpid(), signal.SIGTERM)
            assert until(lambda: stop.reason is not None, 90)
            order.append("finished")
        assert order == ["finished", "ended"]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("name", ["MainProcess", "ForkPoolWorker-1"])
def test_nobody_elses_handler_is_touched(name, monkeypatch):
    """
    The first process has Celery's, and a thread of a pool cannot have one.
    """
    monkeypatch.setattr(current_process(), "_name", name)
    seen: list[object] = []

    def look() -> None:
        with Farewell().heard_by(Stop()):
            seen.append(signal.getsignal(signal.SIGTERM))

    own = signal.getsignal(signal.SIGTERM)
    if name == "MainProcess":
        look()
    else:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [own]
