import asyncio
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from ledger.postgres.scenes import opened
from safesend.clock import SYSTEM
from safesend.ledger.postgres.clock import ServerClock
from safesend.testing import FakeClock

HOUR = 3600.0


class Off(FakeClock):
    """A clock that is wrong, and can be set."""

    def __init__(self, off):
        super().__init__(SYSTEM.now() + off, jumps=False)

    def set(self, date):
        self._start = date - self.slept


def test_a_clock_that_is_right_is_left_alone():
    """
    What differs by less than half a second is no difference, so that nothing jitters.
    """
    own = Off(0)
    clock = ServerClock(own)
    for differs in (0.4, -0.4, 0.0):
        before = clock.now()
        clock.told(own.now() + differs, own.monotonic())
        assert clock.now() == before == own.now()


def test_a_clock_that_is_wrong_is_set():
    """
    It has the server's date from then on, whatever somebody sets the machine's to.
    """
    own = Off(HOUR)
    clock = ServerClock(own)
    right = own.now() - HOUR
    clock.told(right, own.monotonic())
    assert abs(clock.now() - right) < 0.001
    own.set(own.now() + 7 * HOUR)
    own.advance(10)
    assert abs(clock.now() - right - 10) < 0.001
    assert clock.monotonic() == own.monotonic()


@given(
    off=st.floats(-1e6, 1e6),
    there=st.floats(0, 20),
    back=st.floats(0, 20),
)
def test_a_slow_answer_sets_it_no_worse_than_it_can_be(off, there, back):
    """
    It is wrong by half a second and the time of the journey at most.
    """
    own = Off(off)
    clock = ServerClock(own)
    asked = own.monotonic()
    said = own.now() + there - off
    own.advance(there + back)
    clock.told(said, asked)
    true = own.now() - off
    assert abs(clock.now() - true) <= 0.5 + there + back + 0.001


def test_it_sleeps_as_the_machine_does():
    """
    Intervals are the machine's own.
    """
    own = FakeClock()
    clock = ServerClock(own)
    asyncio.run(clock.sleep(5))
    assert own.slept == 5


def test_who_works_on_a_ledger_has_the_clock_of_its_server(postgres, tmp_path):
    """
    It is asked at the beginning, and whenever a run gives a sign of life.
    """
    with closing(opened(postgres, tmp_path)) as ledger:
        own = Off(-HOUR)
        clock = ledger.clock(own)
        assert abs(clock.now() - SYSTEM.now()) < 60
        assert ledger.clock(own) is clock
        campaign = ledger.campaign("spring", clock.now()).id
        run = ledger.start_run(campaign, clock.now())
        for word in (
            lambda: ledger.beat(run, clock.now()),
            lambda: ledger.begin(run, []),
        ):
            # As after a sleep of the machine that its monotonic clock has not counted.
            own.advance(2 * HOUR)
            assert clock.now() > SYSTEM.now() + HOUR
            word()
            assert abs(clock.now() - SYSTEM.now()) < 60
        other = ledger.clock(SYSTEM)
        assert other is not clock
        assert other.now() <= SYSTEM.now() + 60
