"""integrations/celery/pumping.py: one short piece of a campaign, and no loop."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from integrations.celery.workers import letter
from safesend.clock import SYSTEM
from safesend.engine.joining import enlist
from safesend.engine.options import Options
from safesend.engine.sync import from_sync
from safesend.errors import BrokerError, ConfigurationError, TransportError
from safesend.fleet import Secrets
from safesend.integrations.celery.farewell import Farewell
from safesend.integrations.celery.pumping import MOST_TRIES, Pumping
from safesend.integrations.celery.setup import Setup
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.transports import open_transport
from servers.service import lasting_port


@attrs.define
class Bench:
    """A ledger in a file, and pumps over it that go into a folder."""

    folder: Path
    asked: list[tuple[str, int]] = attrs.field(factory=list)
    seconds: float = 60.0

    @property
    def ledger(self) -> str:
        return str(self.folder / "mail.db")

    @property
    def via(self) -> str:
        return f"eml:{self.folder / 'out'}"

    def enlist(self, number: int, **options) -> int:
        """Enrol so many people; gives the campaign's number."""
        how = Options(give_up_after="2d", confirm_changes=False, **options)
        carrier = open_transport(self.via)
        with closing(open_ledger(self.ledger)) as book:
            return from_sync(lambda: enlist(letter(number), how, book, carrier)).id

    def pump(
        self,
        tries: int = 0,
        *,
        pumps: int = 4,
        redelivered: bool = False,
        farewell: Farewell | None = None,
        more: Callable[[str, int], object] | None = None,
    ) -> str:
        """One pump."""
        setup = Setup(
            ledger=self.ledger,
            secrets=Secrets(),
            via=self.via,
            seconds=self.seconds,
            pumps=pumps,
        )
        ask = more or (lambda name, tries: self.asked.append((name, tries)))
        pumping = Pumping(setup, farewell or Farewell(), ask)
        return pumping.pump("spring", tries, redelivered=redelivered)

    def counts(self) -> dict[State, int]:
        with closing(open_ledger(self.ledger)) as book:
            return dict(book.counts(1))

    @property
    def sent(self) -> int:
        return len(list((self.folder / "out").glob("*.eml")))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_is_due_is_sent_and_then_it_is_over(bench):
    """
    A pump that leaves nothing asks for no other.
    """
    bench.enlist(20)
    assert bench.pump() == "20 tried, 0 wait"
    assert bench.asked == []
    assert (bench.sent, bench.counts()) == (20, {State.ACCEPTED: 20})
    assert bench.pump() == "0 tried, 0 wait"
    assert bench.sent == 20


def test_one_that_leaves_work_asks_for_one_more(bench):
    """
    When its time is up and it got on; the other one has not failed yet.
    """
    bench.enlist(40, throttle="4/s")
    bench.seconds = 4.0
    said = bench.pump()
    assert bench.asked == [("spring", 0)]
    tried, waiting = (int(word.split()[0]) for word in said.split(", "))
    assert (tried + waiting, tried > 0, waiting > 0) == (40, True, True)


def test_one_that_could_do_nothing_asks_for_none(bench):
    """
    While a person holds the campaign nobody gets on, and nothing goes round.
    """
    campaign = bench.enlist(5)
    with closing(open_ledger(bench.ledger)) as book:
        book.set_control(
            campaign, Control.PAUSE, actor="ada", reason="", now=SYSTEM.now()
        )
    bench.seconds = 1.0
    assert bench.pump() == "0 tried, 5 wait"
    assert bench.asked == []


def test_what_waits_for_a_date_is_left_to_beat(bench):
    """
    No pump holds a worker until then, and none asks for another.
    """
    bench.enlist(5, delay="2h")
    assert bench.pump() == "0 tried, 5 wait"
    assert bench.asked == []


def test_one_whose_worker_goes_hands_on_its_work(bench):
    """
    Whoever is left goes on at once, though this one did nothing.
    """
    bench.enlist(50, throttle="1/s")
    farewell = Farewell()
    farewell.say()
    bench.pump(farewell=farewell)
    assert bench.asked == [("spring", 0)]
    assert State.SENDING not in bench.counts()


def test_enough_is_enough(bench):
    """
    With as many at work as a campaign may have, one more goes without a trace.
    """
    campaign = bench.enlist(5)
    with closing(open_ledger(bench.ledger)) as book:
        book.start_run(campaign, SYSTEM.now())
        assert bench.pump(pumps=1) == "enough pumps are at work"
        assert bench.pump(pumps=2) == "5 tried, 0 wait"
    assert bench.asked == []


def test_a_message_that_comes_again_is_replaced_by_one_that_counts(bench):
    """
    Its worker died: the next one knows how often that happened already.
    """
    bench.enlist(5)
    bench.pump(redelivered=True)
    bench.pump(1, redelivered=True)
    assert bench.asked == [("spring", 1), ("spring", 2)]
    assert bench.sent == 0


def test_a_pump_that_kills_its_workers_does_not_go_round_for_ever(bench, caplog):
    """
    After some tries it is left to beat, and the log says so.
    """
    bench.enlist(5)
    with caplog.at_level(logging.ERROR, "safesend.celery"):
        said = bench.pump(MOST_TRIES, redelivered=True)
    assert said == "its worker was lost too often"
    assert bench.asked == []
    assert "was lost 4 times; beat wakes it" in caplog.text


def test_a_broker_that_is_gone_does_not_undo_what_was_sent(bench, caplog):
    """
    Nobody can be asked to go on; beat does.
    """
    bench.enlist(40, throttle="4/s")
    bench.seconds = 4.0

    def fail(*_: object) -> None:
        raise BrokerError("the broker is gone")

    assert bench.pump(more=fail).endswith("wait")
    assert "campaign 'spring': the broker is gone" in caplog.text


def test_a_campaign_that_is_not_there_is_told(bench):
    """
    The task fails, and says why.
    """
    bench.enlist(1)
    with closing(open_ledger(bench.ledger)) as book:
        book.campaign("summer", SYSTEM.now())
    setup = Setup(ledger=bench.ledger, secrets=Secrets())
    pumping = Pumping(setup, Farewell(), lambda *_: None)
    with pytest.raises(ConfigurationError, match="does not hold the letter"):
        pumping.pump("summer", 0, redelivered=False)


def test_a_server_that_is_down_fails_the_task_and_asks_for_none(bench):
    """
    Beat tries again, which is often enough.
    """
    bench.enlist(3)
    bench.seconds = 1.0
    down = f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}"
    setup = Setup(ledger=bench.ledger, secrets=Secrets(), via=down, seconds=1.0)
    pumping = Pumping(setup, Farewell(), lambda *asked: bench.asked.append(asked))
    with contextlib.suppress(TransportError):
        pumping.pump("spring", 0, redelivered=False)
    assert bench.asked == []
    assert bench.counts() == {State.WAITING: 3}
