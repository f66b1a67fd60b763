import fcntl
import os
import stat
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.errors import LedgerError
from safesend.ledger import progress
from safesend.ledger.base import Result, State
from safesend.ledger.progress import RECOVERED, Marks, read_marks

BOOT = "6715e645-36bc-4ed2-b98f-e7f088fec39d"


@pytest.fixture
def marks(tmp_path):
    made = Marks(tmp_path / "marks", BOOT)
    yield made
    made.remove()


def test_marks_tell_what_was_not_begun_and_what_came_in(marks):
    """
    None for the one, the outcome for the other, nothing for what is under way.
    """
    marks.admit([1, 2, 3, 4])
    for row in (2, 3, 4):
        marks.take(row)
    marks.settle(Result(3, State.REFUSED, 0.0, True, "rcpt", 550, "5.1.1", "gone"))
    marks.settle(Result(4, State.WAITING, 1e9 + 0.5, False, "elsewhere"))

    assert read_marks(marks.path, BOOT) == {
        1: None,
        3: Result(3, State.REFUSED, 0.0, True, "rcpt", 550, "5.1.1", RECOVERED),
        4: Result(4, State.WAITING, 1e9 + 0.5, False, "", None, None, RECOVERED),
    }


@pytest.mark.parametrize("suppress", [True, False])
@pytest.mark.parametrize("attempt", [True, False])
def test_marks_tell_of_a_mailbox_that_is_none(marks, attempt, suppress):
    """
    Whether a try was used up and whether nobody is to write there again.
    """
    marks.admit([1])
    marks.settle(Result(1, State.REFUSED, attempt=attempt, suppress=suppress))

    found = read_marks(marks.path, BOOT)[1]
    assert (found.attempt, found.suppress) == (attempt, suppress)


def test_forgotten_rows_leave_no_mark(marks):
    """
    Their slots are used again.
    """
    for start in range(1, 20_000, 500):
        marks.admit(range(start, start + 500))
        marks.forget(range(start, start + 500))

    assert read_marks(marks.path, BOOT) == {}
    assert marks.path.stat().st_size < 50_000


def test_what_an_unborn_run_left_is_in_nobodys_way(tmp_path):
    """
    A process died before its run's number was committed; the next run gets that
    number again, and a file of its own.
    """
    left = Marks(tmp_path / "marks", BOOT)
    left.admit([7])
    left.close()

    marks = Marks(tmp_path / "marks", BOOT)
    left.take(7)

    assert read_marks(marks.path, BOOT) == {}
    marks.remove()


def test_marks_grow_with_what_is_under_way(marks):
    """
    No row is without a slot.
    """
    marks.admit(range(1, 3001))
    marks.take(3000)

    assert read_marks(marks.path, BOOT) == dict.fromkeys(range(1, 3000))


def test_a_row_that_is_admitted_again_begins_anew(marks):
    """
    Its old outcome is not taken for a new one.
    """
    marks.admit([5])
    marks.settle(Result(5, State.WAITING, 10.0, code=450))
    marks.admit([5])

    assert read_marks(marks.path, BOOT) == {5: None}
    marks.take(5)
    assert read_marks(marks.path, BOOT) == {}


def test_a_row_without_a_slot_is_left_in_doubt(marks):
    """
    Marking it is no error, and says nothing.
    """
    marks.take(9)
    marks.settle(Result(9, State.ACCEPTED))
    marks.forget([9])

    assert read_marks(marks.path, BOOT) == {}


rows = st.integers(1, 8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.lists(rows, max_size=4, unique=True)),
        st.tuples(st.just("take"), rows),
        st.tuples(st.just("settle"), rows),
        st.tuples(st.just("forget"), st.lists(rows, max_size=4)),
    ),
    max_size=30,
)


@given(steps)
@settings(max_examples=60)
def test_marks_say_what_happened_last(tmp_path_factory, steps):
    """
    After any sequence of steps the file tells the same as a dictionary would.
    """
    marks = Marks(tmp_path_factory.mktemp("marks") / "marks", BOOT)
    known = {}
    for step, given_rows in steps:
        if step == "admit":
            marks.admit(given_rows)
            known.update(dict.fromkeys(given_rows, "admitted"))
        elif step == "forget":
            marks.forget(given_rows)
            known = {row: say for row, say in known.items() if row not in given_rows}
        elif step == "take":
            marks.take(given_rows)
            known.update({given_rows: "taken"} if given_rows in known else {})
        else:
            marks.settle(Result(given_rows, State.ACCEPTED))
            known.update({given_rows: "settled"} if given_rows in known else {})

    found = read_marks(marks.path, BOOT)
    marks.remove()
    assert {row for row in found if found[row] is None} == {
        row for row, say in known.items() if say == "admitted"
    }
    assert {row for row in found if found[row] is not None} == {
        row for row, say in known.items() if say == "settled"
    }


def test_marks_of_another_boot_are_not_believed(marks):
    """
    They may be older than what was done: nothing of them was synced.
    """
    marks.admit([1])

    assert read_marks(marks.path, "another boot") == {}
    assert read_marks(marks.path, "") == {}


def test_missing_and_damaged_marks_tell_nothing(marks, tmp_path):
    """
    Then every row is in doubt.
    """
    marks.admit([1])
    content = marks.path.read_bytes()
    (tmp_path / "cut").write_bytes(content[:20])
    (tmp_path / "odd").write_bytes(content[:-7])
    (tmp_path / "other").write_bytes(b"x" + content[1:])

    assert read_marks(tmp_path / "missing", BOOT) == {}
    assert read_marks(tmp_path / "cut", BOOT) == {}
    assert read_marks(tmp_path / "other", BOOT) == {}
    assert read_marks(tmp_path / "odd", BOOT) == {1: None}


def test_a_slot_that_cannot_be_is_a_doubt(marks):
    """
    Two marks of one row, an unknown state, an unknown mark: none is believed.
    """
    marks.admit([1, 2, 3, 4])
    for row in (3, 4):
        marks.settle(Result(row, State.ACCEPTED))
    slots = marks._slots
    marks._map[slots[2] : slots[2] + 8] = marks._map[slots[1] : slots[1] + 8]
    marks._map[slots[3] + 9] = 200
    marks._map[slots[4] + 8] = 77

    assert read_marks(marks.path, BOOT) == {}


def test_an_unknown_stage_is_left_out(marks):
    """
    The outcome itself still counts.
    """
    marks.admit([1])
    marks.settle(Result(1, State.ACCEPTED, stage="content"))
    marks._map[marks._slots[1] + 11] = 200

    assert read_marks(marks.path, BOOT)[1].stage == ""


def test_the_file_is_private_locked_and_removed(tmp_path):
    """
    The lock is the sign of life; without it the run is over.
    """
    marks = Marks(tmp_path / "marks", BOOT)
    assert stat.S_IMODE(marks.path.stat().st_mode) == 0o600
    with marks.path.open("rb+") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        marks.close()
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    marks.close()
    marks.remove()

    assert not marks.path.exists()


def test_a_full_disk_is_an_error_and_not_the_end(tmp_path):
    """
    Storing into a hole of a file would kill the process.
    """
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs the rights of root")
    try:
        marks = Marks(folder / "marks", BOOT)
        marks.admit(range(1, 1001))
        with pytest.raises(LedgerError, match="No space left"):
            marks.admit(range(1001, 9000))
        marks.take(1)
        assert len(read_marks(marks.path, BOOT)) >= 999
        os.truncate(folder / "marks", 0)
        (folder / "rest").write_bytes(bytes(65_536))
        with pytest.raises(LedgerError, match="No space left"):
            Marks(folder / "more", BOOT)
        assert not (folder / "more").exists()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_every_outcome_has_a_number():
    """
    What can be recorded can be marked.
    """
    assert set(progress._STATES) == set(State) - {State.DRAFT, State.SENDING}
