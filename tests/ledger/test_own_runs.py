from safesend.ledger.own_runs import OwnMarks, OwnRun
from safesend.ledger.values import Result, State


def test_marks_tell_what_was_never_begun():
    """
    A row that was taken is not named until its outcome is known.
    """
    marks, done = OwnMarks(), Result(1, State.ACCEPTED)
    marks.admit([1, 2, 3])
    marks.take(1)
    marks.take(2)
    marks.settle(done)

    assert marks.fates == {1: done, 3: None}


def test_forgotten_rows_leave_no_mark():
    """
    What is recorded need not be known twice; what is not known is no harm.
    """
    marks = OwnMarks()
    marks.admit([1, 2])
    marks.forget([1, 7])

    assert marks.fates == {2: None}


def test_each_run_has_its_own():
    """
    Two runs share neither rows nor marks.
    """
    one, other = OwnRun(1, "smtp://a", 0.0), OwnRun(1, "smtp://b", 0.0)
    one.held.add(7)
    one.marks.admit([7])

    assert (other.held, other.marks.fates) == (set(), {})
