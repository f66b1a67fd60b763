"""fleet/helping.py: a process that helps does as its order says."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from engine.content.samples import campaign
from fleet.scenes import NOBODY, counts, enlisted
from message.judges import rsa
from safesend.engine.events import Progressed
from safesend.engine.stop import Stop
from safesend.fleet.helping import help_out
from safesend.fleet.order import Order
from safesend.fleet.telling import Over, told
from safesend.ledger.base import State


def words(octets):
    """All that was told."""
    pipe = io.BytesIO(octets)
    return [*iter(lambda: told(pipe), None)]


def order_for(place, lanes=2):
    """An order for the campaign that `enlisted` makes."""
    return Order(ledger=str(place), campaign="spring", secrets=NOBODY, lanes=lanes)


@pytest.fixture
def pipes():
    """What the other process writes into, and what this one reads from."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as orders, os.fdopen(write, "wb", 0) as other:
        yield orders, other


def test_it_sends_and_tells(tmp_path, pipes):
    """How far it is, and that it is over."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    orders, other = pipes
    other.write(order_for(tmp_path / "x.db").line())
    out = io.BytesIO()
    help_out(orders, out, Stop())
    *events, last = words(out.getvalue())
    assert last == Over()
    assert [one.accepted for one in events if isinstance(one, Progressed)][-1] == 5
    other.close()  # the thread that listens ends


def test_what_it_cannot_do_is_told(tmp_path, pipes):
    """A key that is missing is a sentence, not a traceback."""
    enlisted(tmp_path / "x.db", tmp_path / "out", letter=campaign(dkim=rsa()))
    orders, other = pipes
    other.write(order_for(tmp_path / "x.db").line())
    out = io.BytesIO()
    help_out(orders, out, Stop())
    [last] = words(out.getvalue())
    assert "no key was given" in last.trouble
    other.close()


def test_when_nobody_is_there_any_more_it_ends(tmp_path, pipes):
    """What was sent is recorded; there is nobody to tell."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    orders, other = pipes
    other.write(order_for(tmp_path / "x.db").line())
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", 0) as gone:
        help_out(orders, gone, Stop())
    assert State.SENDING not in counts(tmp_path / "x.db")
    other.close()


def test_its_orders_end_and_it_stops(tmp_path, pipes):
    """On purpose, or because the other one died."""
    enlisted(tmp_path / "x.db", tmp_path / "out", 300, throttle="20/s")
    orders, other = pipes
    other.write(order_for(tmp_path / "x.db").line())

    def leave():
        while not list((tmp_path / "out").glob("*.eml")):
            time.sleep(0.02)
        other.close()

    leaving = threading.Thread(target=leave)
    leaving.start()
    stop = Stop()
    help_out(orders, io.BytesIO(), stop)
    leaving.join()
    assert stop.reason == "the run is over"
    found = counts(tmp_path / "x.db")
    assert found.keys() == {State.ACCEPTED, State.WAITING}


def test_as_a_process_it_heeds_sigterm_and_no_ctrl_c(tmp_path):
    """A terminal says Ctrl-C to all of them; the first one passes it on."""
    enlisted(tmp_path / "x.db", tmp_path / "out", 300, throttle="20/s")
    process = subprocess.Popen(
        [sys.executable, "-m", "safesend.fleet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        process.stdin.write(order_for(tmp_path / "x.db").line())
        process.stdin.flush()
        assert isinstance(told(process.stdout), Progressed)
        process.send_signal(signal.SIGINT)
        for _ in range(4):
            assert told(process.stdout) is not None
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert words(rest)[-1] == Over()
    assert process.returncode == 0
    assert counts(tmp_path / "x.db").keys() <= {State.ACCEPTED, State.WAITING}
