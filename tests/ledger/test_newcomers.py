from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.scenes import assert_consistent, look
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import NewRow, State
from safesend.testing.ledger_rows import NOW, PRINT, digest, live_campaign, make_rows


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def ledger(path):
    ledger = open_ledger(path)
    yield ledger
    ledger.close()


def rows_in_table(ledger):
    with ledger._database.reading() as connection:
        return connection.execute("SELECT count(*) FROM temp.seen").fetchone()[0]


def test_a_list_without_repeats_needs_no_table(path, ledger):
    """
    The digests of the draft are in no second place.
    """
    campaign = live_campaign(ledger, 3)
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(40)) == 37
    assert ledger.account(campaign, digest(99)) is None
    assert rows_in_table(ledger) == 0

    assert ledger.go_live(campaign, PRINT, NOW) == 40
    assert_consistent(path)


def test_the_first_repeat_makes_a_table(path, ledger):
    """
    It holds the rows of the draft, and takes those that follow.
    """
    campaign = live_campaign(ledger, 3)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(10))
    assert ledger.enrol(campaign, make_rows(12)[9:]) == 2
    assert rows_in_table(ledger) == 9
    assert ledger.enrol(campaign, make_rows(14)) == 2

    assert ledger.go_live(campaign, PRINT, NOW) == 14
    assert rows_in_table(ledger) == 0
    assert_consistent(path)


def test_a_row_that_is_asked_for_is_found(ledger):
    """
    In the draft, before and after there is a table.
    """
    campaign = live_campaign(ledger, 1)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(4))
    for _ in range(2):
        assert ledger.account(campaign, digest(3)).state is State.DRAFT
        assert ledger.account(campaign, digest(9)) is None
    assert ledger.enrol(campaign, make_rows(5)) == 1


def test_digests_that_end_alike_are_two(path, ledger):
    """
    What their numbers share is looked up.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    twins = [
        NewRow(bytes([end]) * 8 + bytes(8), bytes(16), "x", b"payload")
        for end in (1, 2)
    ]
    for twin in twins:
        assert ledger.enrol(campaign, [twin]) == 1
    assert ledger.enrol(campaign, twins) == 0
    assert ledger.go_live(campaign, PRINT, NOW) == 2
    assert_consistent(path)


@pytest.mark.parametrize("repeats", [False, True])
def test_what_was_not_written_is_new_the_next_time(path, ledger, repeats):
    """
    A batch that failed left numbers behind, or a table that is gone again.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(2))
    odd = NewRow(digest(9), digest(9), None, b"")
    for _ in range(2):
        with pytest.raises(LedgerError):
            ledger.enrol(campaign, [*make_rows(4)[0 if repeats else 2 :], odd])
    assert ledger.enrol(campaign, make_rows(4)) == 2
    assert ledger.enrol(campaign, make_rows(6)) == 2
    assert ledger.go_live(campaign, PRINT, NOW) == 6
    assert_consistent(path)


def test_a_draft_that_could_not_go_live_still_knows_its_rows(path, ledger):
    """
    Their numbers are gone by then.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(5))
    with pytest.raises(LedgerError):
        ledger.go_live(campaign, None, NOW)
    assert ledger.enrol(campaign, make_rows(7)) == 2
    assert ledger.enrol(campaign, make_rows(8)) == 1
    assert ledger.go_live(campaign, PRINT, NOW) == 8
    assert_consistent(path)


@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=8))
@settings(max_examples=25, deadline=None)
def test_each_mailbox_is_enrolled_once(tmp_path_factory, batches):
    """
    Whatever the batches repeat, in the order of the first mention.
    """
    path = tmp_path_factory.mktemp("drafts") / "a.db"
    rows, known = make_rows(13), {}
    with closing(open_ledger(path)) as ledger:
        campaign = ledger.campaign("spring", NOW).id
        ledger.begin_draft(campaign)
        for batch in batches:
            new = {rows[n].digest: None for n in batch}
            fresh = [one for one in new if one not in known]
            assert ledger.enrol(campaign, [rows[n] for n in batch]) == len(fresh)
            known.update(dict.fromkeys(fresh))
        assert ledger.go_live(campaign, PRINT, NOW) == len(known)
    found = look(path, "SELECT digest FROM delivery ORDER BY id")
    assert [one for (one,) in found] == list(known)
