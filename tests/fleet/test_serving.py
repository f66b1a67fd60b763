"""fleet/serving.py: whichever campaign has due rows is sent, in turn."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from engine.content.samples import campaign
from fleet.scenes import NOBODY, counts, enlisted, people, served
from message.judges import rsa
from safesend import Template
from safesend.engine.stop import Stop
from safesend.errors import ConfigurationError, LedgerError, SafesendError
from safesend.fleet import serving
from safesend.fleet.health import Health
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State


@pytest.fixture
def place(tmp_path):
    """Where the ledger lies."""
    return tmp_path / "x.db"


def sent(folder):
    """How many messages lie there."""
    return len(list(folder.glob("*.eml")))


def in_background(call):
    """Do it in a thread; joining it raises what went wrong."""
    failed = []

    def do():
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised in the test
            failed.append(error)

    thread = threading.Thread(target=do)
    thread.start()

    def join():
        thread.join(300)
        assert not thread.is_alive()
        for error in failed:
            raise error

    return join


def until(true, patience=300):
    """Wait for it."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_all_campaigns_are_served(place, tmp_path):
    """Each with its own account; those that are done are left alone."""
    for name in ("spring", "summer"):
        enlisted(place, tmp_path / name, name=name)
    turned = []
    done = served(place, Stop(), [], turned=turned.append)
    assert {name: one.waiting for name, one in done.pumped.items()} == {
        "spring": 0,
        "summer": 0,
    }
    assert (sent(tmp_path / "spring"), sent(tmp_path / "summer")) == (5, 5)
    assert len(turned) == 2
    assert served(place, Stop(), []).pumped == {}


def test_the_only_one_gives_its_account_anyhow(place, tmp_path):
    """Though nothing waits."""
    enlisted(place, tmp_path / "out")
    for now in (5, 0):
        assert served(place, Stop(), []).pumped["spring"].report.sent_now == now


def test_one_of_them_may_be_named(place, tmp_path):
    """The other one waits."""
    for name in ("spring", "summer"):
        enlisted(place, tmp_path / name, name=name)
    served(place, Stop(), [], campaign="summer")
    assert (sent(tmp_path / "spring"), sent(tmp_path / "summer")) == (0, 5)


def test_who_cannot_be_joined_holds_up_no_other(place, tmp_path):
    """It is told in the end; alone it is an error."""
    signed = campaign(dkim=rsa(), name="signed")
    enlisted(place, tmp_path / "out", letter=signed)
    with pytest.raises(ConfigurationError, match="DKIM"):
        served(place, Stop(), [])
    enlisted(place, tmp_path / "out")
    done = served(place, Stop(), [])
    assert [*done.failed] == ["signed"]
    assert done.pumped["spring"].waiting == 0


def test_what_is_not_kept_is_told(place, tmp_path):
    """Where there is nothing else, as an error."""
    with closing(open_ledger(place)) as book:
        book.campaign("begun", 0.0)
    with pytest.raises(ConfigurationError, match="no campaign that is to be sent"):
        served(place, Stop(), [])
    enlisted(place, tmp_path / "out", name="autumn")
    with closing(open_ledger(place)) as book:
        [autumn] = [one for one in book.campaigns() if one.live]
        unkept = book.campaign("unkept", 0.0).id
        book.begin_draft(unkept)
        book.go_live(unkept, autumn.fingerprint, 0.0)
    with pytest.raises(ConfigurationError, match="letter of 'unkept'"):
        served(place, Stop(), [], campaign="unkept")


def test_time_may_be_over(place, tmp_path):
    """For all campaigns together."""
    for name in ("spring", "summer"):
        enlisted(place, tmp_path / name, 200, name=name, throttle="10/s")
    done = served(place, Stop(), [], seconds=6.0)
    assert 0 < sent(tmp_path / "spring") + sent(tmp_path / "summer") < 200
    assert done.pumped["spring"].waiting > 0


def test_it_is_asked_to_stop(place, tmp_path):
    """In the middle of a campaign, or before there is one."""
    enlisted(place, tmp_path / "out", 200, throttle="20/s")
    stop = Stop()
    join = in_background(lambda: served(place, stop, []))
    until(lambda: sent(tmp_path / "out"))
    stop.ask("tea")
    join()
    assert counts(place).keys() == {State.ACCEPTED, State.WAITING}
    assert served(place, stop, []).pumped == {}


def test_for_ever_new_work_is_found(place, tmp_path):
    """A campaign that is enrolled later, and people of one that was done."""
    with closing(open_ledger(place)):
        pass
    stop, said = Stop(), []
    health = Health(stop)
    join = in_background(
        lambda: served(place, stop, said, for_ever=True, health=health)
    )
    until(lambda: health.ready()[0])
    enlisted(place, tmp_path / "out")
    until(lambda: sent(tmp_path / "out") == 5)
    enlisted(place, tmp_path / "out", letter=campaign(audience=people(7)))
    until(lambda: sent(tmp_path / "out") == 7)
    stop.ask("tea")
    join()
    assert said == []


def test_for_ever_a_campaign_that_cannot_be_joined_is_told_once(place, tmp_path):
    """And the others go on; so do those whose letter is not there."""
    signed = campaign(dkim=rsa(), name="signed")
    enlisted(place, tmp_path / "no", letter=signed)
    stop, said = Stop(), []
    join = in_background(lambda: served(place, stop, said, for_ever=True))
    until(lambda: said)
    enlisted(place, tmp_path / "out")
    until(lambda: sent(tmp_path / "out") == 5)
    stop.ask("tea")
    join()
    [words] = said
    assert words.startswith("signed is not sent for now: ")


def test_for_ever_a_ledger_that_is_away_is_looked_for(place, tmp_path):
    """It is told once, and once that it is there again."""
    enlisted(place, tmp_path / "out")
    hidden = place.read_bytes()
    place.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    with pytest.raises(SafesendError):
        served(place, Stop(), [])
    stop, said = Stop(), []
    join = in_background(lambda: served(place, stop, said, for_ever=True))
    until(lambda: said)
    time.sleep(2.5)  # two looks at its health, which is not bad yet
    back = place.with_name("back.db")
    back.write_bytes(hidden)
    back.chmod(0o600)
    back.replace(place)  # at once: half of a ledger is another error
    until(lambda: sent(tmp_path / "out") == 5)
    stop.ask("tea")
    join()
    assert [words.split(",")[0] for words in said] == [
        "the ledger is away",
        "the ledger is there again",
    ]


def test_for_ever_what_is_paused_goes_on_when_it_may(place, tmp_path):
    """Nobody starts the worker again."""
    enlisted(place, tmp_path / "out")
    with closing(open_ledger(place)) as book:
        [record] = book.campaigns()
        book.set_control(record.id, Control.PAUSE, actor="", reason="", now=1.0)
    stop = Stop()
    health = Health(stop)
    join = in_background(lambda: served(place, stop, [], for_ever=True, health=health))
    until(lambda: health.ready()[0])
    with closing(open_ledger(place)) as book:
        book.set_control(record.id, Control.RUN, actor="", reason="", now=2.0)
    until(lambda: sent(tmp_path / "out") == 5)
    stop.ask("tea")
    join()


def test_a_changed_letter_is_noticed_and_the_new_one_sent(place, tmp_path):
    """Within a moment; nobody gets both."""
    enlisted(place, tmp_path / "out", 400, throttle="20/s")
    stop = Stop()
    join = in_background(lambda: served(place, stop, [], for_ever=True))
    until(lambda: sent(tmp_path / "out") > 5)
    new = campaign(
        audience=people(400), template=Template("News", "Dear {{ name }}, anew\n")
    )
    enlisted(place, tmp_path / "out", letter=new, confirm_changes=True)
    until(lambda: sent(tmp_path / "out") == 400)
    stop.ask("tea")
    join()
    subjects = [
        b"Subject: News" in file.read_bytes() for file in tmp_path.glob("out/*.eml")
    ]
    assert 0 < sum(subjects) < 400
    assert counts(place) == {State.ACCEPTED: 400}


def test_others_have_their_turn(place, tmp_path):
    """A long mailing gives way, and is gone on with."""
    enlisted(place, tmp_path / "long", 2000, name="long", throttle="30/s")
    stop = Stop()
    join = in_background(lambda: served(place, stop, [], for_ever=True, turn=0.5))
    until(lambda: sent(tmp_path / "long"))
    enlisted(place, tmp_path / "short", name="short")
    until(lambda: sent(tmp_path / "short") == 5)
    before = sent(tmp_path / "long")
    assert before < 2000
    until(lambda: sent(tmp_path / "long") > before)
    stop.ask("tea")
    join()


def test_a_wrong_key_is_no_absence(place, tmp_path, monkeypatch):
    """Waiting would not help."""
    enlisted(place, tmp_path / "out")
    monkeypatch.setenv("SAFESEND_KEY", "00" * 32)
    with pytest.raises(LedgerError):
        served(place, Stop(), [], for_ever=True)


def test_a_worker_looks_often_enough():
    """A pause of this length between two looks is what the manual says."""
    assert serving.POLL <= 5
    assert NOBODY.password is None
