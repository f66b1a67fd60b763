"""fleet/telling.py: what a process that helps tells the other one."""

from __future__ import annotations

import io

from safesend.engine.events import Progressed, Rehearsing, Stopping
from safesend.fleet.telling import Over, Teller, told

PROGRESS = Progressed(1, 2, 1, 0, 0, 0, 3.0, None)


def test_what_counts_comes_through():
    """The other events both processes have anyhow."""
    pipe = io.BytesIO()
    tell = Teller(pipe)
    for event in (PROGRESS, Rehearsing(3), Stopping("tea")):
        tell(event)
    tell.say(Over("no key"))
    pipe.seek(0)
    assert [told(pipe), told(pipe), told(pipe)] == [PROGRESS, Over("no key"), None]


def test_a_word_that_was_cut_off_is_none():
    """Who was killed in the middle of it said nothing more."""
    pipe = io.BytesIO()
    Teller(pipe)(PROGRESS)
    assert told(io.BytesIO(pipe.getvalue()[:-3])) is None
