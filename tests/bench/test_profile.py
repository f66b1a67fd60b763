"""A profile is sorted by rooms, and its shares are laid over what the run told."""

from __future__ import annotations

import pytest
from benchmarks.core.question import Measure
from benchmarks.profile import looks, phases, shown

MAIN = "_run_module_as_main (<frozen runpy>:198)"
LOOP = f"{MAIN};_sqlite (benchmarks/contenders/ours.py:44);run (asyncio/runners.py:190)"
THREAD = "Thread._bootstrap (threading.py:1002)"
RUN = "Run.go (far/away/src/safesend/engine/run.py:97)"
ENROLLED = "Mailing._enrolled (safesend/engine/mailing.py:1)"
IMPORT = "_find_and_load (<frozen importlib>:1)"
RAW = [
    f"{LOOP};{RUN};dumps (json/__init__.py:9) 40",
    f"{LOOP};seal (safesend/message/envelope.py:10) 30",
    f"{LOOP};_SelectorSocketTransport.write (asyncio/selector_events.py:1080) 20",
    f"{LOOP};EpollSelector.select (selectors.py:468) 10",
    f"{THREAD};{ENROLLED};fill (safesend/message/x.py) 5",
    f"{LOOP};{IMPORT};<module> (safesend/checks/html.py:1) 900",
    "seal (safesend/message/envelope.py:10) 900",
    f"{THREAD};_worker (concurrent/futures/thread.py:81) 900",
]
MEASURE = Measure(1000, 0.1, 0.1, {"before": 0.02})


def test_each_look_counts_for_the_innermost_room() -> None:
    """Loading, threads that wait and torn stacks count for nobody."""
    sending, before = phases(list(looks(RAW)), MEASURE)
    assert sending.microseconds == pytest.approx(100)
    assert sending.rooms == pytest.approx(
        {"engine": 40, "message": 30, "kernel (sockets)": 20, "waiting": 10}
    )
    assert before.rooms == pytest.approx({"message": 20})


def test_the_page_names_functions_and_no_folder_of_the_machine() -> None:
    """What a reader needs to find the place in the source, and no more."""
    text = shown(phases(list(looks(RAW)), MEASURE), {"cores": "2"})
    assert "| message | 30.0 | 30% |" in text
    assert "| `message: seal, message/envelope.py` | 30.0 |" in text
    assert "- cores: 2" in text
    assert "far/away" not in text


def test_beside_it_stands_what_the_run_takes_when_nobody_looks() -> None:
    """
    The profiler takes its share: who reads a figure sees how much.
    """
    plain = Measure(1000, 0.08, 0.1, {"before": 0.015})
    found = phases(list(looks(RAW)), MEASURE, plain)
    assert [one.undisturbed for one in found] == pytest.approx([80, 15])
    text = shown(found, {})
    assert "100.0 us a message; 80.0 us in the same run without the profiler." in text
    assert "20.0 us a message; 15.0 us in the same run" in text
    assert "\n100.0 us a message.\n" in shown(phases(list(looks(RAW)), MEASURE), {})
