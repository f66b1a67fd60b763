from contextlib import closing

import pytest

from ledger.scenes import assert_consistent, change, child, kill, look, run_child
from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import NewRow, State
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    digest,
    live_campaign,
    make_rows,
)

ENROLLING = """
campaign = ledger.campaign("spring", NOW).id
ledger.begin_draft(campaign)
ledger.enrol(campaign, make_rows(500))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def ledger(path):
    ledger = open_ledger(path)
    yield ledger
    ledger.close()


def test_two_processes_do_not_enrol_one_campaign(path, ledger):
    """
    The second is told to wait; another campaign is free.
    """
    with child(ENROLLING, path) as process:
        with pytest.raises(LedgerBusy, match=f"number {process.pid}"):
            ledger.begin_draft(1)
        ledger.begin_draft(ledger.campaign("summer", NOW).id)
        assert ledger.counts(1) == {State.DRAFT: 500}


def test_the_draft_of_a_dead_process_is_taken_over(path, ledger):
    """
    The live rows are as they were, and what it left is cleared away.
    """
    campaign = live_campaign(ledger, 20)
    with child(ENROLLING, path) as process:
        kill(process)
        assert ledger.counts(campaign) == {State.WAITING: 20, State.DRAFT: 480}
        ledger.begin_draft(campaign)

    assert ledger.counts(campaign) == {State.WAITING: 20}
    assert ledger.enrol(campaign, make_rows(30)) == 10
    assert ledger.go_live(campaign, PRINT, NOW) == 30
    assert list(path.parent.glob("*.marks")) == []
    assert_consistent(path)


def test_who_lost_the_draft_cannot_go_on(path, ledger):
    """
    Whatever made another take it for dead: it enrols nothing, and drops nothing.
    """
    campaign = live_campaign(ledger, 2)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(5))
    change(path, "UPDATE run SET boot = 'another'")
    with closing(open_ledger(path)) as other:
        other.begin_draft(campaign)
        other.enrol(campaign, make_rows(3))
        with pytest.raises(LedgerBusy, match="took over"):
            ledger.enrol(campaign, make_rows(9))
        with pytest.raises(LedgerBusy, match="took over"):
            ledger.go_live(campaign, PRINT, NOW)
        ledger.drop_draft(campaign)
        assert other.go_live(campaign, PRINT, NOW) == 3
    assert_consistent(path)


def test_another_ledger_object_of_this_process_counts_as_another(path, ledger):
    """
    Two calls of send() in one program do not share a draft.
    """
    campaign = live_campaign(ledger, 1)
    ledger.begin_draft(campaign)

    with closing(open_ledger(path)) as other, pytest.raises(LedgerBusy):
        other.begin_draft(campaign)


def test_closing_forgets_a_draft(path, ledger):
    """
    A rehearsal that failed leaves nobody's address behind.
    """
    campaign = live_campaign(ledger, 1)
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9))
    ledger.close()

    assert look(path, "SELECT count(*) FROM delivery") == [(1,)]
    assert list(path.parent.glob("*.marks")) == []
    assert_consistent(path)


def test_a_failing_batch_adds_nothing(path, ledger):
    """
    The rows before it are still there, and the same batch can be tried again.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(2))
    odd = NewRow(digest(9), digest(9), None, b"")
    with pytest.raises(LedgerError, match="provider"):
        ledger.enrol(campaign, [*make_rows(4), odd])

    assert ledger.counts(campaign) == {State.DRAFT: 2}
    assert ledger.enrol(campaign, [*make_rows(4)]) == 2
    assert ledger.go_live(campaign, PRINT, NOW) == 4
    assert_consistent(path)


def test_a_list_that_repeats_itself_is_enrolled_once(path, ledger):
    """
    Within a batch and over batches, in the order of the first mention.
    """
    campaign = ledger.campaign("spring", NOW).id
    ledger.begin_draft(campaign)
    one, two, three, four = make_rows(4)
    assert ledger.enrol(campaign, [three, one, three]) == 2
    assert ledger.enrol(campaign, [four, one, two, two]) == 2
    ledger.go_live(campaign, PRINT, NOW)

    run = ledger.start_run(campaign, NOW)
    found = [row.digest for row in ledger.claim(campaign, run, 9, NOW)]
    assert found == [row.digest for row in (three, one, four, two)]
    assert_consistent(path)


def test_drafts_of_two_campaigns_grow_side_by_side(path, ledger):
    """
    Their rows mix in the file and not in what is sent.
    """
    numbers = [ledger.campaign(name, NOW).id for name in ("spring", "summer")]
    for number in numbers:
        ledger.begin_draft(number)
    for count in (2, 4):
        for number in numbers:
            assert ledger.enrol(number, make_rows(count)) == 2
    assert ledger.go_live(numbers[0], PRINT, NOW) == 4
    ledger.drop_draft(numbers[1])

    assert ledger.counts(numbers[0]) == {State.WAITING: 4}
    assert ledger.counts(numbers[1]) == {}
    assert look(path, "SELECT count(*) FROM delivery") == [(4,)]
    assert_consistent(path)


def test_a_crash_before_going_live_sends_nothing(path):
    """
    The next process finds no live row at all.
    """
    with child(ENROLLING, path):
        pass
    script = """
run = ledger.start_run(1, NOW)
print(ledger.claim(1, run, 10, NOW), ledger.next_due(1), ledger.campaigns()[0].live)
"""

    assert run_child(script, path).strip() == "[] None False"
