"""engine/keeping.py: what a send leaves in the ledger, so that others can join."""

from __future__ import annotations

from contextlib import closing

import attrs
import pytest
import tenacity

from engine.content.samples import campaign
from safesend import Recipient
from safesend.engine.content import Way
from safesend.engine.content.whole import Whole
from safesend.engine.declaration import planned
from safesend.engine.joining import joint
from safesend.engine.keeping import Keeping
from safesend.engine.options import Options
from safesend.ledger import open_ledger
from safesend.ledger.memory import MemoryLedger
from safesend.policies import Retry
from safesend.transports import MemoryTransport

OPTIONS = Options(give_up_after="2d", confirm_changes=False)


@pytest.fixture
def book(tmp_path):
    """A ledger in a file."""
    with closing(open_ledger(tmp_path / "x.db")) as opened:
        yield opened


def test_a_send_can_be_joined(book):
    """Letter and settings are there; the carrier, where it was named by its URL."""
    campaign().send(MemoryTransport(), ledger=book, lanes=3)
    kept = joint(book).kept
    assert (kept.ways, kept.options().lanes) == ((), 3)
    other = campaign(name="autumn")
    other.send("eml:/dev/null/no/../..", ledger=book, deadline=0)
    [way] = joint(book, "autumn").kept.ways
    assert way == Way(url="eml:/dev/null/no/../..")


def test_what_cannot_be_kept_is_sent_all_the_same(book):
    """Nobody can join then."""
    retry = Retry(wait=tenacity.wait_random(1, 2))
    assert Keeping(campaign()).content(attrs.evolve(OPTIONS, retry=retry), book) is None
    assert campaign().send(MemoryTransport(), ledger=book, retry=retry).accepted == 1


def test_nothing_is_kept_in_memory():
    """Nobody else can look into it."""
    assert Keeping(campaign()).content(OPTIONS, MemoryLedger()) is None


def test_mailboxes_that_watch_do_not_lie_in_clear_for_good(book):
    """A ledger that is not encrypted keeps no campaign with seeds."""

    class Open:
        name, encrypted = "/x.db", False

    watched = campaign(seeds=[Recipient("seed@example.org", name="Seed")])
    assert Keeping(watched).content(OPTIONS, Open()) is None
    assert Keeping(campaign()).content(OPTIONS, Open()) is not None
    assert Keeping(watched).content(OPTIONS, book) is not None


def test_on_other_machines_the_files_of_people_come_along(tmp_path, book):
    """On this one their paths do."""
    file = tmp_path / "bill.txt"
    file.write_text("42")
    person = Recipient("a@example.com", name="A", attachments=[file])
    letter = campaign(audience=[person])
    plan = planned(letter, None, confirm_changes=False)
    assert Keeping(letter).plan(plan, book) is plan

    class Far:
        name = "postgresql://db.example.org/mail"

    assert isinstance(Keeping(letter).plan(plan, Far()).audience, Whole)
