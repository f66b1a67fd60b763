import os
import signal
import time
from contextlib import closing

import pytest

from ledger.scenes import (
    assert_consistent,
    change,
    child,
    everything_on_disk,
    kill,
    look,
    next_line,
    run_child,
    states,
)
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Recovery, Result, State
from safesend.testing.ledger_rows import (
    NOW,
    account_of,
    claimed_rows,
    digest,
    live_campaign,
)

SENDING = """
campaign = live_campaign(ledger, 6)
run = ledger.start_run(campaign, NOW)
marks = ledger.progress(run)
rows = ledger.claim(campaign, run, 5, NOW)
for row in rows[1:]:
    marks.take(row.id)
marks.settle(Result(rows[2].id, State.REFUSED, 0.0, True, "rcpt", 550, "5.1.1", "no"))
marks.settle(Result(rows[3].id, State.WAITING, NOW + 300, code=450))
ledger.record(run, [Result(rows[4].id, State.ACCEPTED)], NOW)
print(run, flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


def test_a_killed_process_leaves_at_most_one_doubt(path):
    """
    Not begun: waits. Outcome marked: recorded. Only what is left is in doubt.
    """
    with child(SENDING, path) as process:
        kill(process)
        with closing(open_ledger(path)) as ledger:
            found = ledger.recover(1, NOW + 1)
            again = ledger.recover(1, NOW + 1)
            left = states(ledger, 1, map(digest, range(6)))
            refused = account_of(ledger, 1, 2)

    assert found == Recovery(waiting=1, in_doubt=1, recorded=2)
    assert again == Recovery()
    assert [state.value for state in left] == [
        "waiting",
        "in_doubt",
        "refused",
        "waiting",
        "accepted",
        "waiting",
    ]
    assert (refused.code, refused.text) == (550, "recovered after a crash")
    assert list(path.parent.glob("*.marks")) == []
    assert_consistent(path)


def test_a_living_process_keeps_its_rows(path):
    """
    Also when it was stopped for an hour: it would go on sending them.
    """
    with child(SENDING, path) as process, closing(open_ledger(path)) as ledger:
        os.kill(process.pid, signal.SIGSTOP)
        assert ledger.recover(1, NOW + 3600) == Recovery()
        assert ledger.counts(1)[State.SENDING] == 4


@pytest.mark.parametrize("damage", ["removed", "another boot", "emptied"])
def test_without_believable_marks_everything_begun_is_in_doubt(path, damage):
    """
    After a crash of the machine the marks may be older than what was sent.
    """
    with child(SENDING, path) as process:
        kill(process)
        marks = path.with_name(f"a.db.run-{process.first}.marks")
        if damage == "removed":
            marks.unlink()
        elif damage == "emptied":
            marks.write_bytes(b"")
        else:
            change(path, "UPDATE run SET boot = 'another'")
            content = marks.read_bytes()
            marks.write_bytes(content[:8] + b"another".ljust(40, b"\0") + content[48:])
        with closing(open_ledger(path)) as ledger:
            found = ledger.recover(1, NOW + 61)

    assert found == Recovery(in_doubt=4)
    assert_consistent(path)


def test_a_run_of_another_boot_is_left_until_its_lease_ends(path):
    """
    It may be another machine that lives; every beat gives it a minute.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 2)
        run, rows = claimed_rows(ledger, campaign, 2)
        ledger.beat(run, NOW + 30)
        change(path, "UPDATE run SET boot = 'another'")
        with closing(open_ledger(path)) as other:
            assert other.recover(campaign, NOW + 89) == Recovery()
            assert other.recover(campaign, NOW + 91) == Recovery(in_doubt=2)
        # It comes back to life, and is told.
        results = [Result(row.id, State.ACCEPTED) for row in rows]
        assert ledger.record(run, results, NOW + 92) == 0
        with pytest.raises(LedgerError, match="start again"):
            ledger.beat(run, NOW + 92)
        with pytest.raises(LedgerError, match="start again"):
            ledger.claim(campaign, run, 5, NOW + 92)
        assert ledger.counts(campaign) == {State.IN_DOUBT: 2}


def test_a_run_whose_ledger_was_closed_is_over(path):
    """
    In a notebook the process lives on after an error; its rows are not lost with it.
    """
    ledger = open_ledger(path)
    campaign = live_campaign(ledger, 3)
    run = ledger.start_run(campaign, NOW)
    marks = ledger.progress(run)
    first, *_ = ledger.claim(campaign, run, 2, NOW)
    marks.take(first.id)
    with closing(open_ledger(path)) as other:
        assert other.recover(campaign, NOW + 900) == Recovery()
        ledger.close()
        assert other.recover(campaign, NOW) == Recovery(waiting=1, in_doubt=1)
    assert_consistent(path)


def test_a_claim_is_marked_before_it_is_committed(path):
    """
    A process that dies right after a claim leaves rows that wait, and no doubt.
    """
    script = """
campaign = live_campaign(ledger, 600)
run = ledger.start_run(campaign, NOW)
ledger.progress(run)
print("ready", flush=True)
while ledger.claim(campaign, run, 3, NOW):
    pass
time.sleep(60)
"""
    with child(script, path) as process:
        time.sleep(0.02)
        kill(process)
    with closing(open_ledger(path)) as ledger:
        found = ledger.recover(1, NOW)
        assert ledger.counts(1) == {State.WAITING: 600}
    assert (found.in_doubt, found.recorded) == (0, 0)


def test_a_kill_at_any_moment_loses_and_repeats_nothing(path):
    """
    A row is taken by one process once, unless nobody knows whether it was.
    """
    script = """
import os
campaign = 1 if ledger.campaigns() else live_campaign(ledger, 400)
ledger.recover(campaign, NOW)
run = ledger.start_run(campaign, NOW)
marks = ledger.progress(run)
log = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
print("ready", flush=True)
while rows := ledger.claim(campaign, run, 20, NOW):
    results = []
    for row in rows:
        marks.take(row.id)
        os.write(log, b"%d\\n" % row.id)
        results.append(Result(row.id, State.ACCEPTED))
        marks.settle(results[-1])
    ledger.record(run, results, NOW)
    marks.forget([row.id for row in rows])
ledger.end_run(run, NOW)
time.sleep(60)
"""
    log = path.with_name("sent")
    for number in range(6):
        with child(script, path, log):
            time.sleep(0.002 * number)
    with closing(open_ledger(path)) as ledger:
        ledger.recover(1, NOW)
        counts = dict(ledger.counts(1))
    sent = log.read_text().split()

    assert len(sent) == len(set(sent))
    assert counts.get(State.IN_DOUBT, 0) <= 6
    assert State.SENDING not in counts
    known = counts.get(State.ACCEPTED, 0)
    assert known <= len(sent) <= known + counts.get(State.IN_DOUBT, 0)
    assert_consistent(path)


def test_two_processes_never_share_a_row(path):
    """
    Both claim at once until nothing is left; each row was given to one of them.
    """
    script = """
run = ledger.start_run(1, NOW)
print("ready", flush=True)
sys.stdin.readline()
with open(sys.argv[2], "w") as log:
    while rows := ledger.claim(1, run, 7, NOW):
        log.write("".join(f"{row.id}\\n" for row in rows))
        ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW)
ledger.end_run(run, NOW)
print("done", flush=True)
"""
    with closing(open_ledger(path)) as ledger:
        live_campaign(ledger, 1500)
    logs = [path.with_name("one"), path.with_name("other")]
    with child(script, path, logs[0]) as one, child(script, path, logs[1]) as other:
        for process in (one, other):
            process.stdin.write("go\n")
        assert [next_line(process) for process in (one, other)] == ["done", "done"]
    given = [log.read_text().split() for log in logs]

    assert sorted(map(int, given[0] + given[1])) == list(range(1, 1501))
    assert look(path, "SELECT state, count(*) FROM delivery GROUP BY 1") == [(5, 1500)]
    assert_consistent(path)


def test_marks_go_with_their_run(path):
    """
    A run that ends well leaves no file beside the ledger; an open one does.
    """
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 1)
        run = ledger.start_run(campaign, NOW)
        [marks] = path.parent.glob("*.marks")
        assert marks.name == f"a.db.run-{run}.marks"
        ledger.end_run(run, NOW)
        assert not marks.exists()


def test_marks_hold_no_address(path):
    """
    Numbers of rows and replies' codes are all that stands in them.
    """
    script = SENDING.replace('"no"', '"ada@example.org is gone"')
    with child(script, path) as process:
        kill(process)
        content = path.with_name(f"a.db.run-{process.first}.marks").read_bytes()

    assert b"payload" not in content
    assert b"example" not in content
    assert b"example.org is gone" not in everything_on_disk(path.parent)


def test_progress_is_for_runs_of_this_process(path):
    """
    Nobody writes into the marks of another.
    """
    with closing(open_ledger(path)) as ledger, closing(open_ledger(path)) as other:
        run = ledger.start_run(live_campaign(ledger, 1), NOW)

        assert ledger.progress(run) is ledger.progress(run)
        with pytest.raises(LedgerError, match="not one of this process"):
            other.progress(run)


def test_recovery_is_a_matter_of_one_campaign(path):
    """
    The dead runs of others are found when those are sent again.
    """
    with closing(open_ledger(path)) as ledger:
        summer = live_campaign(ledger, 1, "summer")
    with child(SENDING.replace("ledger, 6", 'ledger, 6, "spring"'), path):
        pass

    script = "print(ledger.recover(int(sys.argv[2]), NOW))"
    assert run_child(script, path, summer).strip() == repr(Recovery())
    assert "in_doubt=1" in run_child(script, path, 2)
