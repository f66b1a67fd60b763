"""fleet/pump.py: what is due is sent, and everything is let go of."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from contextlib import closing

import pytest

from fleet.scenes import NOBODY, counts, enlisted
from safesend import SuppressionList
from safesend.engine.stop import Stop
from safesend.errors import ConfigurationError
from safesend.fleet import apump, pump
from safesend.fleet.secrets import Secrets
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.transports import MemoryTransport


def test_it_sends_what_waits(tmp_path):
    """A second one finds nothing; the account can be asked afterwards."""
    place, outbox = tmp_path / "x.db", tmp_path / "out"
    enlisted(place, outbox)
    heard = []
    done = pump(str(place), None, secrets=NOBODY, on_event=heard.append)
    assert (done.report.sent_now, done.waiting, done.next_due) == (5, 0, None)
    assert heard
    assert pump(str(place), "spring", secrets=NOBODY).report.sent_now == 0
    assert len(list(outbox.glob("*.eml"))) == 5


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_others_have_in_hand_is_counted(kind, request, tmp_path):
    """For as long as they are at work; nobody is asked to run it again for these."""
    file = str(tmp_path / "x.db")
    place = file if kind == "sqlite" else request.getfixturevalue("postgres").url
    enlisted(place, tmp_path / "out")
    with closing(open_ledger(place)) as book:
        [record] = book.campaigns()
        run = book.start_run(record.id, time.time())
        assert len(book.claim(record.id, run, 5, time.time())) == 5
        done = pump(place, None, secrets=NOBODY)
        assert (done.report.sent_now, done.waiting, done.report.in_hand) == (0, 5, 5)
        book.end_run(run, time.time())
    done = pump(place, None, secrets=NOBODY)
    assert done.report.in_hand == 0
    assert done.report.accepted + done.report.in_doubt == 5


def test_it_takes_no_longer_than_it_may(tmp_path):
    """What is left, and when it is due, is told."""
    enlisted(tmp_path / "x.db", tmp_path / "out", 200, throttle="20/s")
    done = pump(str(tmp_path / "x.db"), None, secrets=NOBODY, seconds=0.5)
    assert done.waiting == 200 - done.report.sent_now > 0
    assert done.next_due is not None


def test_it_is_asked_to_stop(tmp_path):
    """From another thread; nothing stays in anybody's hand."""
    place, stop = tmp_path / "x.db", Stop()
    enlisted(place, tmp_path / "out", 200, throttle="20/s")

    def ask():
        while not list((tmp_path / "out").glob("*.eml")):
            time.sleep(0.02)
        stop.ask("tea")

    asking = threading.Thread(target=ask)
    asking.start()
    done = pump(str(place), None, secrets=NOBODY, stop=stop)
    asking.join()
    assert done.report.stopped == "tea"
    found = counts(place)
    assert found.keys() == {State.ACCEPTED, State.WAITING}
    assert found[State.WAITING] == done.waiting


def test_who_was_asked_before_sends_nothing(tmp_path):
    """The word is heard when the pump begins."""
    stop = Stop()
    stop.ask("tea")
    enlisted(tmp_path / "x.db", tmp_path / "out")
    done = pump(str(tmp_path / "x.db"), None, secrets=NOBODY, stop=stop)
    assert (done.report.sent_now, done.waiting) == (0, 5)


def test_a_carrier_of_ones_own(tmp_path):
    """In place of the campaign's, with so many lanes."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    own = MemoryTransport()
    pump(str(tmp_path / "x.db"), None, secrets=NOBODY, via=own, lanes=2)
    assert len(own.messages) == 5


def test_what_is_not_there_is_told(tmp_path):
    """The ledger is let go of."""
    enlisted(tmp_path / "x.db", tmp_path / "out")
    with pytest.raises(ConfigurationError, match="which campaign"):
        pump(str(tmp_path / "x.db"), "autumn", secrets=NOBODY)


def test_it_is_cancelled_while_it_looks(tmp_path):
    """What was opened meanwhile is closed again."""
    enlisted(tmp_path / "x.db", tmp_path / "out")

    async def cancelled():
        pumping = asyncio.ensure_future(
            apump(str(tmp_path / "x.db"), None, secrets=NOBODY)
        )
        await asyncio.sleep(0)
        pumping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pumping

    asyncio.run(cancelled())
    assert counts(tmp_path / "x.db") == {State.WAITING: 5}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_older_copy_of_the_list_sends_to_nobody(kind, request, tmp_path):
    """What the enrolment saw of it, and every other pump, is not to be missed."""
    place = str(tmp_path / "x.db")
    if kind == "postgres":
        place = request.getfixturevalue("postgres").url
    page, copy, outbox = (tmp_path / name for name in ("page.db", "copy.db", "out"))
    with SuppressionList(page):
        pass
    shutil.copy(page, copy)
    with SuppressionList(page) as shared:
        shared.add(["p0@example.com"], "unsubscribed")
        enlisted(place, outbox, suppression=shared)
        shared.add(["p1@example.com"], "unsubscribed")
    with pytest.raises(ConfigurationError, match=r"copy\.db is an older copy"):
        pump(place, None, secrets=Secrets(suppression=copy))
    assert not outbox.exists()
    # It goes on by itself: as many changes, and not the same.
    with SuppressionList(copy) as shared:
        shared.add(["p4@example.com"], "unsubscribed")
    with pytest.raises(ConfigurationError, match=r"copy\.db is .* changed by itself"):
        pump(place, None, secrets=Secrets(suppression=copy))
    done = pump(place, None, secrets=Secrets(suppression=page))
    assert (done.report.sent_now, done.report.suppressed) == (3, 2)
    assert len(list(outbox.glob("*.eml"))) == 3
