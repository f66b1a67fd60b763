"""Figures of a process, out of what its runs tell."""

from __future__ import annotations

import attrs

from integrations.runs import MEASURED, attempts, later
from safesend.engine.events import Booked, Waited
from safesend.integrations.tallies import Tallies


def test_the_first_word_of_a_run_is_all_new():
    """Mere domains are "other": there may be thousands, and one is a person's."""
    growth = Tallies().hear(MEASURED)
    assert growth.messages == {
        ("smtp://x", "google", "accepted"): 5,
        ("smtp://x", "google", "deferred"): 1,
        ("smtp://x", "other", "accepted"): 5,
        ("smtp://x", "other", "refused"): 1,
        ("smtp://x", "other", "failed"): 1,
    }
    assert growth.waited == {"all": 7.5, "eased google": 2.0}
    assert sum(growth.attempts.numbers) == 12


def test_domains_are_labels_where_somebody_asks_for_them():
    """Each its own."""
    growth = Tallies(domains=True).hear(MEASURED)
    assert growth.messages["smtp://x", "a.example", "accepted"] == 2
    assert growth.messages["smtp://x", "b.example", "accepted"] == 3


def test_what_was_heard_before_is_not_new():
    """Only the difference is."""
    tallies = Tallies()
    tallies.hear(MEASURED)
    growth = tallies.hear(
        later(
            booked=(*MEASURED.booked[1:], Booked("google", "accepted", 9)),
            attempts=attempts(at2=11, at5=2, at16=3),
            waited=(Waited("smtp://x", "", False, 8.0), MEASURED.waited[1]),
        )
    )
    grown = {at: number for at, number in growth.messages.items() if number}
    assert grown == {("smtp://x", "google", "accepted"): 4}
    assert sum(growth.attempts.numbers) == 4
    assert growth.attempts.seconds[16] == 300.0
    assert growth.waited == {"all": 0.5, "eased google": 0.0}


def test_runs_are_told_apart():
    """A second one, of this ledger or another, begins at nothing."""
    tallies = Tallies()
    tallies.hear(attrs.evolve(MEASURED, last=True))
    for other in (
        attrs.evolve(MEASURED, run=2),
        attrs.evolve(MEASURED, began=2.0),
        attrs.evolve(MEASURED, relay="smtp://y"),
    ):
        assert sum(tallies.hear(other).messages.values()) == 13


def test_levels_are_those_of_the_runs_that_go_on():
    """One that ended is heard until the next one through its relay."""
    tallies = Tallies()
    tallies.hear(MEASURED)
    levels = tallies.levels()
    assert levels.queue == {"draft": 0, "waiting": 90, "sending": 10}
    assert (levels.oldest, levels.in_doubt) == (60.0, 4)
    assert levels.windows == {"all": 4, "google": 2}
    assert levels.connections == {"busy": 2, "idle": 1}
    tallies.hear(attrs.evolve(MEASURED, relay="smtp://y", oldest=None, courses=()))
    assert tallies.levels().queue["waiting"] == 180
    tallies.hear(later(sessions=0, busy=0, queue=(("accepted", 110),), last=True))
    assert tallies.levels().queue["waiting"] == 90
    assert tallies.levels().oldest == 61.0
    tallies.hear(attrs.evolve(MEASURED, run=2, queue=(), oldest=None))
    assert tallies.levels().oldest == 0.0


def test_before_anything_was_heard_all_is_nothing():
    """A collector is asked at once when it is registered."""
    levels = Tallies().levels()
    assert (levels.oldest, levels.in_doubt, levels.windows) == (0.0, 0, {})
