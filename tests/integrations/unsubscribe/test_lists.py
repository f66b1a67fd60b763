"""The lists that the page writes to."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading

import pytest

from integrations.unsubscribe.lists import CAMPAIGN, Listed, in_a_fork
from safesend import Address, SuppressionList
from safesend.errors import ConfigurationError
from safesend.integrations.unsubscribe.lists import Lists

ADA, BO = "ada@example.org", "bo@example.com"


def _key(monkeypatch, text):
    """From here on lists are made under another key."""
    monkeypatch.setenv("SAFESEND_KEY", (text * 32)[:32].encode().hex())


@contextlib.contextmanager
def _held(listed):
    """Another process is writing, and does not end."""
    other = sqlite3.connect(listed.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_a_link_puts_its_reader_on_the_list(listed):
    """For the reason that they gave, and with the campaign whose link it was."""
    with contextlib.closing(Lists(listed.path)) as lists:
        token = listed.token(ADA)
        assert lists.knows(token)
        assert lists.book(token)
        assert lists.book(token)
    assert listed.reasons(ADA) == [("unsubscribed", CAMPAIGN)]
    assert not listed.has(BO)


def test_a_link_of_another_list_is_in_the_log(listed, tmp_path, caplog):
    """Nobody sees it otherwise: whoever follows it hears that all is well."""
    token = Listed.new(tmp_path / "other.db").token(ADA)
    with contextlib.closing(Lists(listed.path)) as lists:
        assert not lists.knows(token)
        assert not lists.knows("")
    assert len(caplog.records) == 2
    assert f"the key of {listed.path}, and is on no list" in caplog.text
    assert token not in caplog.text


def test_an_open_list_may_be_given(listed):
    """It is used as it is, and stays open."""
    with SuppressionList(listed.path) as opened:
        lists = Lists(opened)
        assert lists.book(listed.token(ADA))
        lists.close()
        assert opened.has(ADA)


def test_each_link_is_booked_on_the_list_that_made_it(listed, tmp_path):
    """Links of an older list go on working beside those of the new one."""
    other = Listed.new(tmp_path / "other.db")
    tokens = listed.token(ADA), other.token(BO)
    with contextlib.closing(Lists([other.path, str(listed.path)])) as lists:
        assert all(map(lists.book, tokens))
    assert (listed.has(ADA), listed.has(BO)) == (True, False)
    assert (other.has(ADA), other.has(BO)) == (False, True)
    with contextlib.closing(Lists(listed.path)) as lists:
        assert [lists.knows(token) for token in tokens] == [True, False]


def test_a_link_of_two_lists_with_one_key_counts_for_both(tmp_path, monkeypatch):
    """Nobody can tell which of them made it, and nobody may be written to again."""
    _key(monkeypatch, "a")
    one, two = (Listed.new(tmp_path / name) for name in ("one.db", "two.db"))
    lists = Lists([one.path, str(two.path)])
    assert lists.book(one.token(ADA))
    lists.close()
    assert one.has(ADA)
    assert two.has(ADA)


@pytest.mark.parametrize("given", [[], None, 7, b"suppressed.db", [None]])
def test_what_is_no_list_is_refused(given):
    """Before the page is shown to anybody."""
    with pytest.raises(ConfigurationError):
        Lists(given)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    """A slip in its name would make an empty one that nobody asks."""
    with pytest.raises(ConfigurationError, match="there is no suppression list"):
        Lists(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_whoever_is_new_is_told_of(listed):
    """Once, with the campaign, and after it is on the list."""
    told = []
    lists = Lists(listed.path, lambda leave: told.append((leave, listed.has(ADA))))
    for _ in range(2):
        lists.book(listed.token(ADA))
    lists.close()
    ((leave, there),) = told
    assert (leave.campaign, there) == (CAMPAIGN, True)
    assert leave.digest.hex() not in repr(leave)


def test_what_goes_wrong_where_it_is_told_changes_nothing(listed, caplog):
    """The log has it, and the person is on the list."""

    def broken(_leave):
        raise ZeroDivisionError

    lists = Lists(listed.path, broken)
    token = listed.token(ADA)
    assert lists.book(token)
    lists.close()
    assert listed.has(ADA)
    assert "on_leave failed" in caplog.text
    assert token not in caplog.text


def test_what_nobody_reckoned_with_has_no_link_in_the_log(listed, caplog):
    """Nor does it get as far as a server, which would write down where it was."""

    class Broken(SuppressionList):
        def unsubscribe(self, token, now=None):
            raise RuntimeError(token)

    token = listed.token(ADA)
    with Broken(listed.path) as broken:
        assert not Lists(broken).book(token)
    assert "could not be unsubscribed: RuntimeError" in caplog.text
    assert token not in caplog.text


def test_a_list_that_is_gone_is_said_so_until_it_is_back(listed, caplog):
    """Nobody is told that it worked, and the log names nobody."""
    token, other = listed.token(ADA), listed.token(BO)
    lists = Lists(listed.path)
    assert lists.book(token)
    away = listed.path.rename(listed.path.with_suffix(".away"))
    assert not lists.book(other)
    assert not lists.book(other)
    away.rename(listed.path)
    assert lists.book(other)
    lists.close()
    assert listed.has(BO)
    assert [one.levelno for one in caplog.records] == [logging.ERROR] * 2
    assert not any(text in caplog.text for text in (token, other, "bo@", "example"))


def test_one_list_that_is_gone_does_not_keep_anybody_off_another(tmp_path, monkeypatch):
    """What can be written is, and the person is asked to come again."""
    _key(monkeypatch, "a")
    one, two = (Listed.new(tmp_path / name) for name in ("one.db", "two.db"))
    token = one.token(ADA)
    told = []
    lists = Lists([one.path, two.path], told.append)
    one.path.unlink()
    assert not lists.book(token)
    lists.close()
    assert two.has(ADA)
    assert len(told) == 1


def test_a_list_of_another_key_in_its_place_is_noticed(
    listed, tmp_path, monkeypatch, caplog
):
    """It was restored from elsewhere: nobody whose link is old can be put on it."""
    token = listed.token(ADA)
    lists = Lists(listed.path)
    listed.path.rename(tmp_path / "old.db")
    _key(monkeypatch, "c")
    Listed.new(listed.path)
    assert not lists.book(token)
    lists.close()
    assert "another key" in caplog.text


@pytest.mark.slow
def test_where_others_write_for_long_nobody_waits_for_ever(listed, caplog):
    """What cannot be written in time is not done, and said so."""
    lists = Lists(listed.path)
    lists.patience = 0.1
    tokens = [listed.token(f"p{n}@example.org") for n in range(3)]
    lists.book(listed.token(ADA))
    done = []
    with _held(listed):
        threads = [
            threading.Thread(target=lambda token=token: done.append(lists.book(token)))
            for token in tokens
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done == [False] * 3
    assert "held by another process" in caplog.text
    assert "too many wait" in caplog.text
    assert all(lists.book(token) for token in tokens)
    lists.close()


def test_threads_share_a_list(listed):
    """Everybody who asks at once is on it in the end."""
    people = [f"p{n}@example.org" for n in range(40)]
    tokens = [listed.token(person) for person in people]
    lists = Lists(listed.path)
    done = []
    threads = [
        threading.Thread(
            target=lambda at=at: done.extend(map(lists.book, tokens[at::4]))
        )
        for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lists.close()
    assert done == [True] * 40
    assert listed.number() == 40


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_child_of_a_fork_opens_the_list_anew(listed):
    """Servers load a program once and fork: SQLite's connections do not bear that."""
    lists = Lists(listed.path)
    first, second, third = (listed.token(f"p{n}@example.org") for n in range(3))
    assert lists.book(first)
    assert in_a_fork(
        lambda: lists.book(second) and lists.close() is None and lists.book(second)
    )
    assert lists.book(third)
    lists.close()
    assert listed.number() == 3


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_an_open_list_is_not_carried_over_a_fork_either(tmp_path):
    """The child opens one of its own, with the key from where the other one's is."""
    path, home = tmp_path / "away.db", tmp_path / "keys"
    with SuppressionList(path, key_home=home) as opened:
        token = opened.unsubscribe_key().token(Address.parse(ADA), "spring")
        lists = Lists(opened)
    assert not lists.book(token)
    assert in_a_fork(lambda: lists.book(token))
    with SuppressionList(path, key_home=home) as opened:
        assert opened.has(ADA)
