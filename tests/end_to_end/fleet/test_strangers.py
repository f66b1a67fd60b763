"""Workers that come with the wrong things: nobody gets a wrong letter, or a second."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from end_to_end.fleet.witness import Witness
from end_to_end.fleet.workers import PATIENCE
from safesend import SuppressionList
from safesend.ledger.base import State

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 1500
_MANNER = {"lanes": 4, "throttle": "300/s"}
_SECOND = 1.0
_SLACK = 4.0
"""Seconds more on a machine that has other things to do."""


def _refused(fleet, worker):
    """It ended by itself and says why; it sent nothing that was not sent anyway."""
    assert worker.process.wait(PATIENCE) != 0
    fleet.workers.remove(worker)
    return worker.said()


def test_a_worker_with_another_key_is_refused(fleet, tmp_path):
    """Whether it has a wrong key or none; those with the right one go on."""
    fleet.enrol(_PEOPLE, **_MANNER)
    fleet.fill(2)
    fleet.until_came(100)
    wrong = fleet.start(SAFESEND_KEY="ab" * 32)
    none = fleet.start(XDG_DATA_HOME=str(tmp_path / "nowhere"))
    assert "key" in _refused(fleet, wrong)
    assert "key" in _refused(fleet, none)
    fleet.finish(2)
    fleet.exact()


def test_two_campaigns_on_one_ledger_are_kept_apart(fleet):
    """The same people on both lists: each gets one letter of each."""
    fleet.enrol(_PEOPLE, **_MANNER)
    other = fleet.sister("other")
    other.enrol(_PEOPLE, "Good evening", **_MANNER)
    for one in (fleet, other, fleet, other):
        fleet.start("--campaign", one.name)
    fleet.finish(2, "--campaign", fleet.name)
    other.finish(2, "--campaign", other.name)
    came = fleet.sink.came()
    assert all(one.right for one in came)
    kinds = Counter((one.to, one.subject.rpartition(" Ada")[0]) for one in came)
    assert set(kinds.values()) == {1}
    assert Counter(kind for _, kind in kinds) == {
        "Hello": _PEOPLE,
        "Good evening": _PEOPLE,
    }
    for one in (fleet, other):
        assert one.counts() == {State.ACCEPTED: _PEOPLE}


def test_a_worker_without_the_suppression_list_is_refused(fleet, tmp_path):
    """Those with it leave out whoever is put on it while they send."""
    place = tmp_path / "out.db"
    with SuppressionList(place) as shared:
        shared.add(["person1@example.net"])
        fleet.enrol(_PEOPLE, suppression=shared, **_MANNER)
    without = fleet.start()
    another = fleet.start("--suppression", str(tmp_path / "another.db"))
    for worker in (without, another):
        assert "suppression list" in _refused(fleet, worker)
    assert fleet.sink.number() == 0
    fleet.fill(4, "--suppression", str(place))
    fleet.until_came(100)
    late = f"person{_PEOPLE - 1}@example.net"
    with SuppressionList(place) as shared:
        shared.add([late])
    fleet.finish(4, "--suppression", str(place))
    came = fleet.sink.copies()
    assert set(came.values()) == {1}
    assert "person1@example.net" not in came
    assert fleet.count(State.ACCEPTED) == len(came)
    assert fleet.count(State.SUPPRESSED) == _PEOPLE - len(came)
    assert late not in came


def test_a_letter_that_is_changed_meanwhile_goes_out_in_one_form_each(fleet):
    """Within a second nobody sends the one of before any more; nobody gets both."""
    slow = {"lanes": 4, "throttle": "150/s", "confirm_changes": True}
    fleet.enrol(_PEOPLE, **slow)
    fleet.fill(4)
    fleet.until_came(100)
    fleet.enrol(_PEOPLE, "Corrected", **slow)
    changed = time.monotonic()
    with Witness() as witness:
        fleet.finish(4)
    fleet.exact()
    came = fleet.sink.came()
    old = [one.named for one in came if one.subject.startswith("Hello ")]
    new = [one.named for one in came if one.subject.startswith("Corrected ")]
    assert len(old) + len(new) == _PEOPLE
    assert max(old) < changed + _SECOND + _SLACK + witness.late
    assert new
