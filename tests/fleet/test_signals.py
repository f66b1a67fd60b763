"""fleet/signals.py: a terminal and a service manager say stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from safesend.engine.stop import Stop
from safesend.fleet.signals import interrupted_by_sigterm, stopped_by_signals

TWICE = """
import signal, sys, time
from safesend.engine.stop import Stop
from safesend.fleet.signals import stopped_by_signals
with stopped_by_signals(Stop()):
    signal.raise_signal(signal.SIGTERM)
    print("once", flush=True)
    time.sleep(float(sys.argv[1]))
    signal.raise_signal(signal.SIGTERM)
    print("twice", flush=True)
"""


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGTERM, "told to stop"), (signal.SIGINT, "interrupted")],
)
def test_a_signal_asks(number, reason):
    """Afterwards it means what it meant before."""
    before, stop = signal.getsignal(number), Stop()
    with stopped_by_signals(stop):
        signal.raise_signal(number)
    assert stop.reason == reason
    assert signal.getsignal(number) is before


def test_the_second_ends_the_process_at_once():
    """By the signal itself."""
    command = [sys.executable, "-c", TWICE, "0.6"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("once\n", -signal.SIGTERM)


def test_an_echo_of_the_first_is_no_second_one():
    """As of timeout(1), which tells a process and then its group."""
    stop = Stop()
    with stopped_by_signals(stop):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert stop.reason == "told to stop"


def test_sigterm_may_be_ctrl_c():
    """For a command that knows what to do then."""
    with pytest.raises(KeyboardInterrupt), interrupted_by_sigterm():
        signal.raise_signal(signal.SIGTERM)


def test_in_another_thread_nothing_is_handled():
    """Which is no reason to fail."""
    found = []

    def inside():
        with stopped_by_signals(Stop()), interrupted_by_sigterm():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]
