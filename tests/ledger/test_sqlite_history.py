from contextlib import closing

import pytest

from ledger.scenes import change, child, kill, look
from safesend.ledger import open_ledger
from safesend.ledger.history import DIED, Approval, Bucket, RehearsalNote
from safesend.ledger.values import Control, Result, State
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def ledger(path):
    with closing(open_ledger(path)) as ledger:
        yield ledger


def test_what_others_wrote_is_told(ledger, path):
    """
    Approvals, pilots, held providers, dates: whoever filled the tables.
    """
    campaign = live_campaign(ledger, 2)
    change(
        path,
        "UPDATE campaign SET begins = 7, pilot = 1, pilot_over = 9, kind = 'test',"
        " about = 'winter', keep_for = 60, purged = 99",
    )
    change(path, "INSERT INTO hold VALUES (1, 'example.org', 'pause')")
    change(
        path, "INSERT INTO approval VALUES (1, 1, 5, x'07', 'ada', 'the board agreed')"
    )
    change(
        path,
        "INSERT INTO control (campaign, at, control, actor, reason, provider)"
        " VALUES (1, 3, 'pause', 'bob', 'they ask', 'example.org')",
    )
    change(path, "UPDATE delivery SET kind = 1 WHERE id = 1")

    told = ledger.history.chronicle(campaign, NOW)
    assert (told.begins, told.pilot, told.pilot_over) == (7, 1, 9)
    assert (told.kind, told.about, told.keep_for, told.purged) == (
        *("test", "winter", 60, 99),
    )
    assert told.holds == {"example.org": Control.PAUSE}
    assert told.approvals == (Approval(5, b"\7", "ada", "the board agreed"),)
    assert [order.provider for order in told.orders] == ["example.org"]
    assert [(share.number, share.seeds) for share in told.shares] == [(2, 1)]


def test_a_dead_run_is_not_taken_for_a_living_one(ledger, path):
    """
    It says nothing itself; who finds out that it died writes it down.
    """
    campaign = live_campaign(ledger, 2)
    script = (
        "ledger.start_run(1, NOW, 'smtp://relay', 'ada'); print('on', flush=True);"
        " time.sleep(60)"
    )

    with child(script, path) as process:
        [run] = ledger.history.chronicle(campaign, NOW).runs
        assert (run.alive, run.ended, run.actor) == (True, None, "ada")
        kill(process)
        [run] = ledger.history.chronicle(campaign, NOW).runs
        assert (run.alive, run.ended, run.stopped) == (False, None, "")
    ledger.recover(campaign, NOW + 9)
    [run] = ledger.history.chronicle(campaign, NOW + 9).runs
    assert (run.alive, run.ended, run.stopped) == (False, NOW + 9, DIED)


def test_a_run_that_said_why_keeps_its_word(ledger, path):
    """
    The first reason stays, and names nobody.
    """
    campaign = live_campaign(ledger, 1)
    run = ledger.start_run(campaign, NOW, "", "ada@example.org")
    ledger.end_run(run, NOW, "bob@example.org said so")

    assert look(path, "SELECT actor, stopped FROM run") == [
        ("a…@example.org", "b…@example.org said so")
    ]


def test_who_enrols_is_no_run(ledger):
    """
    Only those who send are told of.
    """
    campaign = live_campaign(ledger, 1)
    ledger.begin_draft(campaign)

    assert ledger.history.chronicle(campaign, NOW).runs == ()


def test_weeks_are_told_in_few_pieces(ledger):
    """
    However long it took, the timeline is short, and counts every answer once.
    """
    campaign = live_campaign(ledger, 40)
    run, rows = claimed_rows(ledger, campaign, 40)
    for number, row in enumerate(rows):
        ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW + number * 86_400)

    line = ledger.history.chronicle(campaign, NOW).timeline
    assert line.width == 12 * 3600
    assert sum(piece.accepted for piece in line.buckets) == 40
    assert all(piece.begins % line.width == 0 for piece in line.buckets)
    assert line.buckets[0] == Bucket(NOW // line.width * line.width, 1)


def test_a_chronicle_holds_up_nobody(ledger, path):
    """
    It is one reading: others write meanwhile, and the same ledger writes afterwards.
    """
    campaign = live_campaign(ledger, 2)
    history = ledger.history
    with closing(open_ledger(path)) as other, history._snapshot() as connection:
        [before] = connection.execute("SELECT count(*) FROM rehearsal").fetchall()
        note = RehearsalNote(
            at=NOW,
            rows=2,
            new=2,
            digest=b"",
            checks=("L01",),
            version="",
            actor="ada@example.org",
            seconds=0,
        )
        other.history.note_rehearsal(campaign, note)
        [after] = connection.execute("SELECT count(*) FROM rehearsal").fetchall()
        assert (before, after) == ((0,), (0,))
    history.note_rehearsal(campaign, note)

    [one, two] = history.chronicle(campaign, NOW).rehearsals
    assert one == two
    assert one.actor == "a…@example.org"
