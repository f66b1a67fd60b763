from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.base import Control, Result, State
from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.orders import Ordered
from safesend.testing.ledger_rows import NOW


def filled(*dates):
    drawer = Drawer("spring")
    for number, date in enumerate(dates, 1):
        entry = Entry(number, bytes([number]), b"payload", not_before=date)
        drawer.rows[entry.digest] = entry
        drawer.wait(entry)
    return drawer


@given(st.lists(st.integers(0, 3), max_size=20), st.integers(0, 4), st.integers(0, 20))
def test_what_is_due_is_given_in_turn(dates, now, limit):
    """
    None before its date, all that are due if asked for, and no more than asked for.
    Those put off come first, the longest due ahead.
    """
    drawer = filled(*dates)
    due = [number for number, date in enumerate(dates, 1) if date <= now]

    found = [entry.id for entry in drawer.due(limit, now)]

    again = [number for number in found if dates[number - 1] > 0]
    assert found[: len(again)] == again == sorted(again, key=lambda n: dates[n - 1])
    assert found[len(again) :] == sorted(found[len(again) :])
    assert set(found) <= set(due)
    assert len(found) == min(limit, len(due))
    rest = [date for number, date in enumerate(dates, 1) if number not in found]
    assert drawer.next_due() == min(rest, default=None)


def test_what_no_longer_waits_is_passed_over():
    """
    A row that expired or was decided is not claimed for having been in line.
    """
    drawer = filled(0, 0, 5, 6)
    for number in (1, 3):
        drawer.rows[bytes([number])].finish(State.EXPIRED)

    assert drawer.next_due() == 0
    assert [entry.id for entry in drawer.due(9, 5)] == [2]
    assert drawer.next_due() == 6


def test_only_cancelling_sweeps():
    """
    A pause leaves everything in line.
    """
    drawer = filled(0, 5)
    for control in (Control.PAUSE, Control.RUN):
        drawer.ordered = Ordered(control)
        drawer.sweep()
    assert drawer.next_due() == 0
    drawer.ordered = Ordered(Control.CANCEL)
    drawer.sweep()

    assert drawer.next_due() is None
    assert {entry.state for entry in drawer.rows.values()} == {State.CANCELLED}


def test_an_entry_keeps_what_was_said_of_it():
    """
    Tries are counted and dated; a final state takes the payload away.
    """
    entry = Entry(1, b"d", b"payload")
    entry.settle(Result(1, State.WAITING, NOW, code=450, text="wait"), NOW)
    assert (entry.attempts, entry.put_off, entry.payload) == (1, True, b"payload")
    entry.settle(Result(1, State.REFUSED, code=550, text="no", stage="rcpt"), NOW + 1)

    assert entry.payload is None
    assert (entry.first_tried, entry.last_tried) == (NOW, NOW + 1)
    assert (entry.account().code, entry.account().text) == (550, "no")
    assert "payload" not in repr(entry)
