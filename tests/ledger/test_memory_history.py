from safesend.ledger.history import RehearsalNote, Timeline
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.values import Result, State
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign


def test_a_mailbox_that_is_lifted_is_an_order():
    """
    Of the campaign that had found out; one that was not left out is none.
    """
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    ledger.record(run, [Result(row.id, State.REFUSED, suppress=True)], NOW)
    gone = row.digest[::-1]

    assert [
        ledger.lift(gone, actor="ada", reason="x@example.org asks", now=NOW + 1)
        for _ in range(2)
    ] == [True, False]
    [order] = ledger.history.chronicle(campaign, NOW).orders
    assert (order.what, order.actor, order.reason) == (
        "lift",
        "ada",
        "…@example.org asks",
    )


def test_nobody_is_named_by_an_actor():
    """
    A user name that is an address is masked, as it is in the file.
    """
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 1)
    ledger.start_run(campaign, NOW, "", "ada@example.org")
    note = RehearsalNote(
        at=NOW,
        rows=1,
        new=1,
        digest=b"",
        checks=(),
        version="",
        actor="ada@example.org",
        seconds=0,
    )
    ledger.history.note_rehearsal(campaign, note)
    told = ledger.history.chronicle(campaign, NOW)

    assert "ada@" not in repr(told)
    assert told.timeline == Timeline()
