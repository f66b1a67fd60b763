"""suppression/freshness.py: a copy that lacks what others saw is refused."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend import SuppressionList
from safesend.errors import ConfigurationError
from safesend.ledger.lists import OwnLists
from safesend.ledger.memory import MemoryLedger
from safesend.suppression.freshness import keep_up

ADA, BOB, CY = "ada@example.org", "bob@example.com", "cy@example.net"
NOW = 1_900_000_000.0


@pytest.fixture
def ledger():
    return MemoryLedger()


@pytest.fixture
def lists(tmp_path):
    """Opens a list by name, or a copy of another one as it is at that moment."""
    with ExitStack() as stack:

        def opened(name, of=None):
            if of is not None:
                of.close()
                shutil.copy(of.name, tmp_path / name)
            home = tmp_path / "keys"
            return stack.enter_context(SuppressionList(tmp_path / name, key_home=home))

        yield opened


def pair(lists):
    """A list, and a copy of it."""
    first = lists("page.db")
    first.add([ADA], now=NOW)
    copy = lists("copy.db", of=first)
    return lists("page.db"), copy


def test_an_older_copy_is_refused(ledger, lists):
    """With how far it is behind, its file, both dates, and what to do."""
    page, copy = pair(lists)
    keep_up(copy, ledger)
    page.add([BOB], now=NOW + 86_400)
    page.add([CY], now=NOW + 90_000)
    keep_up(page, ledger)
    with pytest.raises(ConfigurationError) as caught:
        keep_up(copy, ledger)
    told = str(caught.value)
    assert f"{copy.name} is an older copy, at least 2 changes behind" in told
    assert f"it was last changed on {_day(NOW)}" in told
    assert f"has seen was last changed on {_day(NOW + 90_000)}" in told
    assert told.endswith(f"safesend suppress restored {copy.name} --reason TEXT")
    assert ledger.lists.newest(page.id) == page.changes.newest()


def _day(date):
    """As it is here."""
    return f"{dt.datetime.fromtimestamp(date, dt.UTC).astimezone():%Y-%m-%d at %H:%M}"


def test_a_list_that_was_never_changed_is_older_too(ledger, lists):
    """One change is one."""
    first = lists("page.db")
    copy = lists("copy.db", of=first)
    page = lists("page.db")
    page.add([ADA])
    keep_up(page, ledger)
    with pytest.raises(
        ConfigurationError, match=r"1 change behind: it was never changed"
    ):
        keep_up(copy, ledger)


def test_copies_that_each_went_on_are_told_apart(ledger, lists):
    """However many changes each has: one that the ledger saw is not in the other."""
    page, copy = pair(lists)
    page.add([BOB])
    keep_up(page, ledger)
    for address in (BOB, CY):
        copy.add([address])
        with pytest.raises(ConfigurationError, match="was changed by itself"):
            keep_up(copy, ledger)
    keep_up(page, ledger)


def test_a_newer_copy_is_taken(ledger, lists):
    """It has all that the ledger saw; then the one that stayed behind is refused."""
    page, copy = pair(lists)
    keep_up(page, ledger)
    copy.add([BOB])
    keep_up(copy, ledger)
    with pytest.raises(ConfigurationError, match="1 change behind"):
        keep_up(page, ledger)


def test_another_list_has_nothing_to_do_with_it(ledger, lists, tmp_path):
    """It has another id; which list a campaign goes by is asked elsewhere."""
    page, _ = pair(lists)
    keep_up(page, ledger)
    keep_up(lists("other.db"), ledger)


def test_nothing_is_written_where_nothing_changed(lists):
    """A claim costs two short looks."""

    class Counting(OwnLists):
        written = 0

        def note(self, id_, change):
            Counting.written += 1
            return super().note(id_, change)

    ledger = MemoryLedger()
    ledger.lists = Counting()
    page, _ = pair(lists)
    for _ in range(5):
        keep_up(page, ledger)
    page.add([BOB])
    for _ in range(5):
        keep_up(page, ledger)
    assert Counting.written == 2


def test_of_two_that_note_at_once_the_second_is_refused(lists):
    """It finds what the first noted in between."""
    page, copy = pair(lists)
    page.add([BOB])
    copy.add([CY])
    ledger = MemoryLedger()

    class Overtaken(OwnLists):
        def note(self, id_, change):
            super().note(id_, page.changes.newest())
            return super().note(id_, change)

    ledger.lists = Overtaken()
    with pytest.raises(ConfigurationError, match="was changed by itself"):
        keep_up(copy, ledger)


def test_a_person_may_say_that_the_copy_is_the_list(ledger, lists):
    """A backup is taken then, and goes on; the lost one is refused should it return."""
    page, backup = pair(lists)
    page.add([BOB])
    keep_up(page, ledger)
    with pytest.raises(ConfigurationError, match="older copy"):
        keep_up(backup, ledger)
    backup.restored(actor="ada", reason="the disk died")
    keep_up(backup, ledger)
    backup.add([CY])
    keep_up(backup, ledger)
    with pytest.raises(ConfigurationError, match="before another one was made the"):
        keep_up(page, ledger)
    # And back again, if it was a mistake.
    page.restored(actor="ada", reason="the disk is well")
    keep_up(page, ledger)
    with pytest.raises(ConfigurationError, match="before another one was made the"):
        keep_up(backup, ledger)


def test_a_backup_is_taken_though_a_clock_was_ahead(ledger, lists):
    """By what the ledger has seen of the lost one; the refusal names that ledger."""
    lost, backup = pair(lists)
    lost.restored(actor="ada", reason="the clock is a year ahead", now=NOW + 3e7)
    keep_up(lost, ledger)
    backup.restored(actor="ada", reason="the disk died", now=NOW)
    advice = f"--reason TEXT --ledger {ledger.name}$"
    with pytest.raises(ConfigurationError, match=advice):
        keep_up(backup, ledger)
    seen = ledger.lists.newest(backup.id)
    backup.restored(actor="ada", reason="the disk died", now=NOW, after=seen.era)
    keep_up(backup, ledger)
    with pytest.raises(ConfigurationError, match="before another one was made the"):
        keep_up(lost, ledger)


def test_a_copy_of_the_one_that_was_put_back_grows_old_as_well(ledger, lists):
    """What a person said does not hold for what is copied afterwards."""
    _, backup = pair(lists)
    backup.restored(actor="ada", reason="the disk died")
    copy = lists("copy2.db", of=backup)
    again = lists("copy.db")
    again.add([CY])
    keep_up(again, ledger)
    with pytest.raises(ConfigurationError, match="1 change behind"):
        keep_up(copy, ledger)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["add", "run"]))))
@settings(max_examples=15, deadline=None)
def test_nobody_who_was_seen_to_leave_gets_mail(tmp_path_factory, steps):
    """Whatever two copies go through: who is let pass has everything that was seen."""
    folder = tmp_path_factory.mktemp("lists")
    home, ledger = folder / "keys", MemoryLedger()
    SuppressionList(folder / "a.db", key_home=home).close()
    shutil.copy(folder / "a.db", folder / "b.db")
    with ExitStack() as stack:
        both = {
            name: stack.enter_context(
                SuppressionList(folder / f"{name}.db", key_home=home)
            )
            for name in "ab"
        }
        left, seen = {"a": set(), "b": set()}, set()
        for number, (name, step) in enumerate(steps):
            if step == "add":
                both[name].add([f"p{number}@example.org"])
                left[name].add(number)
                continue
            try:
                keep_up(both[name], ledger)
            except ConfigurationError:
                assert not seen <= left[name]
            else:
                assert seen <= left[name]
                seen = set(left[name])
