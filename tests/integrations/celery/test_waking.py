"""integrations/celery/waking.py: which campaigns have something to do."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from pathlib import Path

import pytest

from integrations.celery.workers import letter
from safesend.clock import SYSTEM
from safesend.engine.joining import enlist
from safesend.engine.options import Options
from safesend.engine.sync import from_sync
from safesend.integrations.celery.waking import PER_PUMP, wanting
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.testing.ledger_rows import NOW, live_campaign
from safesend.transports import MemoryTransport

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def book(tmp_path):
    with closing(open_ledger(tmp_path / "mail.db")) as ledger:
        yield ledger


def enrol(book, number: int = 3, name: str = "spring", **options) -> int:
    how = Options(give_up_after="2d", confirm_changes=False, **options)
    enrolling = enlist(letter(number, name), how, book, MemoryTransport())
    return from_sync(lambda: enrolling).id


def woken(book, most: int = 4, later: float = 0.0) -> list[tuple[str, int]]:
    return list(wanting(book, most, SYSTEM.now() + later))


def test_only_what_is_due_is_woken(book):
    """
    One that begins later is left alone until then.
    """
    enrol(book)
    enrol(book, name="summer", delay="2h")
    assert woken(book) == [("spring", 1)]
    assert woken(book, later=7201.0) == [("spring", 1), ("summer", 1)]


def test_nothing_is_woken_that_people_hold_or_that_is_over(book):
    """
    Nor what was never enrolled, or is kept by whoever sends it.
    """
    held, over = enrol(book), enrol(book, name="summer")
    for campaign, order in (held, Control.PAUSE), (over, Control.CANCEL):
        book.set_control(campaign, order, actor="a", reason="", now=SYSTEM.now())
    book.campaign("autumn", SYSTEM.now())
    live_campaign(book, 3, "winter")
    assert woken(book, later=NOW - SYSTEM.now() + 10) == []


def test_what_is_purged_is_never_woken(book):
    """
    Nobody knows any more whom it was for.
    """
    campaign = enrol(book)
    book.persons.purge(
        campaign, actor="a", reason="", now=SYSTEM.now(), unfinished=True
    )
    assert woken(book) == []


def test_those_at_work_are_counted_in(book):
    """
    Asking again and again makes no crowd.
    """
    campaign = enrol(book)
    run = book.start_run(campaign, SYSTEM.now())
    assert woken(book) == []
    book.end_run(run, SYSTEM.now())
    assert woken(book) == [("spring", 1)]


def test_many_rows_are_worth_many_pumps(book):
    """
    Up to as many as a campaign may have.
    """
    enrol(book, 2 * PER_PUMP + 1)
    assert woken(book) == [("spring", 3)]
    assert woken(book, most=2) == [("spring", 2)]


def test_what_the_dead_hold_is_woken(book, tmp_path):
    """
    A run that is no more has everything in hand; a pump will settle that.
    """
    campaign = enrol(book)
    child = FORK.Process(target=_claim_and_die, args=(tmp_path / "mail.db", campaign))
    child.start()
    child.join(60)
    assert child.exitcode == 9
    assert dict(book.counts(campaign)) == {State.SENDING: 3}
    assert woken(book) == [("spring", 1)]


def _claim_and_die(place: Path, campaign: int) -> None:
    now = SYSTEM.now()
    book = open_ledger(place)
    book.claim(campaign, book.start_run(campaign, now), 10, now)
    os._exit(9)
