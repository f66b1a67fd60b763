"""fleet/looking.py: what there is to do in a ledger."""

from __future__ import annotations

from contextlib import closing

import attrs

from engine.content.samples import campaign
from fleet.scenes import enlisted
from safesend.clock import SYSTEM
from safesend.fleet.looking import look
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State


def test_a_campaign_that_waits_is_a_chance(tmp_path):
    """One of another name is not meant."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert (chance.record.name, chance.kept) == ("spring", True)
    assert chance.due <= SYSTEM.now()
    assert look(str(tmp_path / "x.db"), None, "autumn").chances == []


def test_what_never_went_live_or_is_purged_is_none(tmp_path):
    """And one that is done has no date."""
    with closing(open_ledger(tmp_path / "x.db")) as book:
        book.campaign("begun", 0.0)
    campaign().send(f"eml:{tmp_path}/out", ledger=tmp_path / "x.db")
    [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert (chance.record.name, chance.due) == ("spring", None)
    with closing(open_ledger(tmp_path / "x.db")) as book:
        number, now = chance.record.id, SYSTEM.now()
        book.persons.purge(number, actor="me", reason="over", now=now)
    assert look(str(tmp_path / "x.db"), None, None).chances == []


def test_what_is_paused_is_not_due(tmp_path):
    """It is known all the same."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    with closing(open_ledger(tmp_path / "x.db")) as book:
        [record] = book.campaigns()
        book.set_control(record.id, Control.PAUSE, actor="", reason="", now=1.0)
    [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert (chance.due, chance.kept, chance.held) == (None, True, True)


def test_what_others_take_in_hand_is_no_news(tmp_path):
    """A campaign that rests would be tried again with each batch of theirs."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert attrs.evolve(chance, in_hand=True) == chance
    assert attrs.evolve(chance, held=True) != chance


def test_rows_of_the_dead_wait_again(tmp_path):
    """They are found where nothing else waits."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    with closing(open_ledger(tmp_path / "x.db")) as book:
        [record] = book.campaigns()
        run = book.start_run(record.id, SYSTEM.now() - 3600)
        book.progress(run)
        assert len(book.claim(record.id, run, 9, SYSTEM.now() - 3600)) == 5
        assert book.counts(record.id) == {State.SENDING: 5}
    [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert chance.due is not None
    assert not chance.in_hand


def test_rows_of_the_living_are_in_their_hands(tmp_path):
    """Nobody else has anything to do."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    with closing(open_ledger(tmp_path / "x.db")) as book:
        [record] = book.campaigns()
        run = book.start_run(record.id, SYSTEM.now())
        assert len(book.claim(record.id, run, 9, SYSTEM.now())) == 5
        [chance] = look(str(tmp_path / "x.db"), None, None).chances
    assert (chance.due, chance.in_hand) == (None, True)
