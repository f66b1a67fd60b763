"""What may go now, and where."""

import math

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.engine.traffic import Traffic
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.flow import BUSY, Flow
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle

MONDAY = 1_782_691_200.0  # 2026-06-29, midnight UTC
HOURS = SendingHours("Mon-Fri 09:00-17:00 UTC")
NINE, FIVE = MONDAY + 9 * 3600, MONDAY + 17 * 3600


def traffic(throttle=None, hours=None, arrivals=None):
    return Traffic("relay:", 8, throttle, hours, arrivals or OwnArrivals())


def test_a_share_is_made_once():
    """
    The same for the same provider on the same route.
    """
    all_of_it = traffic()
    google = all_of_it.share("relay:", "google")
    assert all_of_it.share("relay:", "google") is google
    assert all_of_it.share("other:", "google") is not google
    assert all_of_it.free


def test_a_pause_is_of_one_provider_or_of_all():
    """
    Others go on; a pause of the route holds everybody, and is told to the ledger.
    """
    roads = traffic()
    google, yahoo = roads.share("relay:", "google"), roads.share("relay:", "yahoo")
    roads.pause(google, NINE + 60, "421 4.7.28 slow down", NINE)
    assert not roads.free
    assert not roads.is_open(google, NINE)
    assert roads.is_open(google, NINE + 60)
    assert roads.is_open(yahoo, NINE)
    assert (roads.open_at(google, NINE), roads.open_at(yahoo, NINE)) == (
        NINE + 60,
        NINE,
    )
    assert roads.paused(NINE) == [google]
    assert roads.paused(NINE + 60) == []
    roads.pause(roads.share("relay:"), NINE + 90, "554 blocked", NINE)
    assert roads.open_at(yahoo, NINE) == NINE + 90
    roads.hold(yahoo, NINE)
    assert not roads.is_open(yahoo, NINE)
    told = roads.news(NINE)
    assert [(flow.provider, flow.paused_until) for flow in told] == [
        ("google", NINE + 60),
        ("", NINE + 90),
    ]
    assert told[0].reason == "421 4.7.28 slow down"
    assert roads.news(NINE) == []


def test_the_pause_of_another_relay_holds_nobody():
    """
    A ledger knows of relays that this run does not use.
    """
    roads = traffic()
    elsewhere = roads.share("other:", "google")
    roads.pause(elsewhere, NINE + 60, "421", NINE)
    assert roads.paused(NINE) == []
    roads.routes.add("other:")
    assert roads.paused(NINE) == [elsewhere]


def test_hours_close_everything():
    """
    Nothing goes before nine and after five, whatever is paused besides.
    """
    roads = traffic(hours=HOURS)
    share = roads.share("relay:", "google")
    assert not roads.is_open(share, MONDAY)
    assert roads.open_at(share, MONDAY) == NINE
    assert roads.is_open(share, NINE)
    assert roads.is_open(share, FIVE - 1)
    assert not roads.is_open(share, FIVE)
    roads.pause(share, FIVE + 1, "later", NINE)
    assert roads.open_at(share, NINE) == NINE + 86_400


def _granted(roads, share, seconds, step=0.01):
    """
    The moments at which messages went, asking again and again.
    """
    moments = [n * step for n in range(round(seconds / step))]
    return [m for m in moments if roads.granted(share, NINE + m, 5.0 + m)]


def test_overall_and_own_limits_hold_together():
    """
    Ten a second for all, two of them for one provider; what one is refused costs the
    other nothing.
    """
    throttle = Throttle("10/s", burst=1, per_provider={"google": "2/s"})
    roads = traffic(throttle)
    google, other = roads.share("relay:", "google"), roads.share("relay:", "x.example")
    sent = {"google": 0, "other": 0}
    for n in range(1000):
        now, monotonic = NINE + n / 100, 5.0 + n / 100
        sent["google"] += roads.granted(google, now, monotonic)
        sent["other"] += roads.granted(other, now, monotonic)
    assert 18 <= sent["google"] <= 21
    assert 90 <= sum(sent.values()) <= 101


def test_the_wait_is_until_the_next_grant():
    """
    Not longer, and 0 where nothing is limited.
    """
    roads = traffic(Throttle("1/s"))
    share = roads.share("relay:", "google")
    assert roads.wait(share, NINE, 5.0) == 0
    assert roads.granted(share, NINE, 5.0)
    assert not roads.granted(share, NINE, 5.5)
    assert roads.wait(share, NINE, 5.25) == pytest.approx(0.75, abs=1e-3)
    free = traffic()
    assert free.wait(free.share("relay:", "google"), NINE, 5.0) == 0


def test_an_eased_rate_holds_and_creeps_back():
    """
    A provider that complained gets half of what it took; the others are free.
    """
    roads = traffic()
    google, other = roads.share("relay:", "google"), roads.share("relay:", "x.example")
    google.easing.slow(NINE, 20.0, None)
    roads.eased(google)
    assert 90 <= len(_granted(roads, google, 10)) <= 102
    assert len(_granted(roads, other, 1)) == 100
    whole = roads.share("relay:")
    whole.easing.slow(NINE, 8.0, None)
    roads.eased(whole)
    assert 36 <= len(_granted(roads, other, 10)) <= 43


def test_two_processes_share_the_times():
    """
    Asking in turn they get together what one alone would get.
    """
    shared = OwnArrivals()
    one, other = (traffic(Throttle("5/s"), arrivals=shared) for _ in range(2))
    shares = [roads.share("relay:", "google") for roads in (one, other)]
    sent = sum(
        roads.granted(share, NINE, 5 + n / 100)
        for n in range(1000)
        for roads, share in zip((one, other), shares, strict=True)
    )
    assert 47 <= sent <= 51


class Busy:
    """Somebody else holds the times at this moment."""

    def slot(self, name):
        return 0

    def take(self, paces, now):
        return BUSY

    def wait(self, paces, now):
        return 0.005, BUSY


def test_times_that_another_process_holds_are_asked_for_soon():
    """
    Nothing goes without them.
    """
    roads = traffic(Throttle("5/s"), arrivals=Busy())
    share = roads.share("relay:", "google")
    assert not roads.granted(share, NINE, 5.0)
    assert 0 < roads.wait(share, NINE, 5.0) < 0.1


def test_a_warm_up_counts_from_the_first_message():
    """
    Of this relay, in whatever run that was.
    """
    throttle = Throttle(warmup="24/day -> 240/day over 10d")
    roads = traffic(throttle)
    share = roads.share("relay:", "google")
    roads.started(share, NINE)
    roads.started(share, NINE + 50)
    assert roads.began == {"": NINE, "google": NINE}
    [whole, google] = sorted(roads.news(NINE), key=lambda flow: flow.provider)
    assert (whole.began, google.began) == (NINE, NINE)
    later = traffic(throttle)
    later.learned(whole, NINE + 30 * 86_400)
    first = later.limit("", NINE).rate
    last = later.limit("", NINE + 30 * 86_400).rate
    assert (first, last) == (pytest.approx(24 / 86_400), pytest.approx(240 / 86_400))
    assert later.limit("google", NINE) is None


def test_what_others_learned_is_taken_over():
    """
    Pause, easing and window; but not the window of what is in use.
    """
    flow = Flow(
        route="relay:",
        provider="google",
        window=5,
        easing=(NINE, 4.0, 8.0),
        paused_until=NINE + 60,
        reason="421",
        changed=NINE,
    )
    roads = traffic()
    roads.learned(flow, NINE)
    google = roads.share("relay:", "google")
    assert google.window.limit == 5
    assert google.easing.rate(NINE) == pytest.approx(4.0)
    assert not roads.is_open(google, NINE)
    assert not roads.free
    google.tried = True
    later = attrs.evolve(flow, window=1, paused_until=0.0, changed=NINE + 1)
    roads.learned(later, NINE + 1)
    assert google.window.limit == 5
    assert roads.is_open(google, NINE + 1)


def test_ones_own_word_is_not_news():
    """
    It comes back from the ledger, and may be older than what happened since.
    """
    roads = traffic()
    google = roads.share("relay:", "google")
    roads.started(google, NINE)
    flows = {flow.provider: flow for flow in roads.news(NINE)}
    google.window.too_many(5.0)
    roads.pause(google, NINE + 60, "421 later", NINE)
    google.easing.slow(NINE, 10.0, None)
    roads.eased(google)
    for flow in flows.values():
        roads.learned(flow, NINE + 1)
    roads.learned(attrs.evolve(flows["google"], changed=NINE + 2), NINE + 2)
    assert google.paused_until == NINE + 60
    assert google.easing.rate(NINE) == pytest.approx(5.0)
    assert google.window.limit == 1
    for n in range(100):
        google.accepted(1, 5.0 + n)
    assert google.window.limit == 1


def test_two_words_at_once_are_both_heeded():
    """
    What one process is to tell does not hide the pause that another told.
    """
    roads = traffic()
    google = roads.share("relay:", "google")
    google.easing.slow(NINE, 10.0, None)
    roads.eased(google)
    rest = Flow(route="relay:", provider="google", paused_until=NINE + 60, changed=NINE)
    roads.learned(rest, NINE)
    [flow] = roads.news(NINE)
    assert flow.paused_until == NINE + 60
    assert flow.easing is not None


def test_an_eased_rate_creeps_up_to_the_limit_also_in_a_later_run():
    """
    It does not end far below it, and leap.
    """
    slow = Flow(route="relay:", provider="google", easing=(NINE, 0.5, 1.0))
    throttle = Throttle(per_provider={"google": "50/s"})
    roads = traffic(throttle)
    roads.learned(slow, NINE)
    google = roads.share("relay:", "google")
    rates = [google.easing.rate(NINE + seconds) for seconds in (3000, 4500)]
    assert rates[0] < rates[1] < 50


@pytest.mark.parametrize("at_once", [True, False])
def test_a_clock_that_is_put_back_makes_no_pause_longer(at_once):
    """
    Neither in the run that has it, nor in one that hears of it.
    """
    roads, back = traffic(), NINE - 18_000
    google = roads.share("relay:", "google")
    roads.pause(google, NINE + 60, "421 later", NINE)
    if not at_once:
        [flow] = roads.news(NINE)
        roads = traffic()
        roads.learned(flow, back)
        google = roads.share("relay:", "google")
        roads.learned(flow, back + 30)
    assert not roads.is_open(google, back)
    assert roads.open_at(google, back) == back + 60
    assert roads.is_open(google, back + 60)


def test_hours_follow_a_clock_that_is_put_back():
    """
    What was open is closed where it is early again.
    """
    roads = traffic(hours=HOURS)
    share = roads.share("relay:", "google")
    assert roads.is_open(share, NINE)
    assert not roads.is_open(share, NINE - 3600)


def test_no_domain_of_a_list_is_kept_for_a_warm_up():
    """
    Only providers with a name, and those that have a limit.
    """
    roads = traffic(Throttle(per_provider={"x.example": "1/s"}))
    for provider in ("google", "x.example", "y.example"):
        roads.started(roads.share("relay:", provider), NINE)
    told = {flow.provider: flow.began for flow in roads.news(NINE)}
    assert told == {"": NINE, "google": NINE, "x.example": NINE}


def test_what_this_run_noted_comes_back_and_changes_nothing():
    """
    Its window keeps what it knows: how often the server died, and what it bears.
    """
    roads = traffic()
    whole = roads.share("relay:")
    whole.window.too_many(NINE)
    window, limit = whole.window, whole.window.limit
    roads.pause(whole, NINE + 60, "421 later", NINE)
    [flow] = roads.news(NINE)
    roads.learned(flow, NINE + 1)
    assert whole.window is window
    assert (whole.window.limit, whole.paused_until) == (limit, NINE + 60)


@pytest.mark.parametrize(("theirs", "holds"), [(60, 90), (120, 120)])
def test_what_is_newer_than_the_ledger_stays(theirs, holds):
    """
    A pause that begins while the ledger is read is not undone; the longer one holds.
    """
    roads = traffic()
    google = roads.share("relay:", "google")
    flow = Flow(
        route="relay:", provider="google", paused_until=NINE + theirs, reason="421"
    )
    google.easing.slow(NINE, 10.0, None)
    eased = google.easing.state()
    roads.pause(google, NINE + 90, "421 later", NINE)
    roads.learned(flow, NINE)
    assert google.paused_until == NINE + holds
    assert google.easing.state() == eased
    [told] = roads.news(NINE)
    assert told.paused_until == NINE + holds


def test_what_was_kept_can_be_taken_over():
    """
    A share told to the ledger comes back as it was.
    """
    roads = traffic()
    google = roads.share("relay:", "google")
    google.easing.slow(NINE, 10.0, None)
    roads.pause(google, NINE + 60, "421 later", NINE)
    [flow] = roads.news(NINE)
    other = traffic()
    other.learned(flow, NINE)
    assert other.share("relay:", "google").easing.state() == google.easing.state()
    assert other.share("relay:", "google").reason == "421 later"
    assert other.news(NINE) == []


def test_goodput_is_what_was_taken_lately():
    """
    Sure from a second on; a long silence is not counted in.
    """
    share = traffic().share("relay:", "google")
    assert share.goodput(NINE) == (0.0, False)
    for n in range(10):
        share.accepted(1, NINE + n / 1000)
    assert share.goodput(NINE + 0.01) == (pytest.approx(40.0), False)
    for n in range(40):
        share.accepted(1, NINE + 1 + n / 10)
    assert share.goodput(NINE + 5) == (pytest.approx(8.0, rel=0.3), True)
    share.accepted(1, NINE + 3600)
    assert share.goodput(NINE + 3601)[0] <= 3.0


def test_a_success_ends_trouble():
    """
    And opens the window where it is used, up to the lanes there are.
    """
    share = traffic().share("relay:", "google")
    share.troubled = True
    for n in range(100):
        share.accepted(8, NINE + n)
    assert not share.troubled
    assert share.window.limit == 8


@given(
    st.lists(st.floats(0, 0.3), max_size=150),
    st.sampled_from([1, 3, 10]),
    st.sampled_from(["1/s", "7/s", "40/s"]),
)
def test_no_window_ever_has_more_than_rate_and_burst(gaps, burst, rate):
    """
    Whenever it is asked, of two providers in turn.
    """
    throttle = Throttle(rate, burst=burst)
    roads = traffic(throttle)
    shares = [roads.share("relay:", name) for name in ("google", "yahoo")]
    now, sent = 5.0, []
    for n, gap in enumerate(gaps):
        now += gap
        if roads.granted(shares[n % 2], NINE + now, now):
            sent.append(now)
    for i, first in enumerate(sent):
        for j in range(i, len(sent)):
            most = throttle.rate * (sent[j] - first) + burst
            assert j - i + 1 <= most + 1e-6


def test_what_a_person_halts_has_no_end_of_its_own():
    """
    Nothing is open until it is let go; then it is as it was.
    """
    roads = traffic()
    share = roads.share("relay:", "google")
    assert roads.free
    roads.halt(halted=True)
    assert (roads.open_at(share, NINE), roads.is_open(share, NINE)) == (math.inf, False)
    assert not roads.free
    roads.halt(halted=False)
    assert (roads.open_at(share, NINE), roads.is_open(share, NINE)) == (NINE, True)


def test_how_many_may_go_soon():
    """
    As many as there are where nothing holds them; by the slowest limit; none while it
    is closed, or before their turn is near.
    """
    assert traffic().soon(traffic().share("relay:", "x"), 0.25, NINE, 0.0) > 1e8
    roads = traffic(Throttle("20/s", per_provider={"google": "1/m"}), HOURS)
    other, google = roads.share("relay:", "x"), roads.share("relay:", "google")
    assert roads.soon(other, 0.25, NINE, 0.0) == 6
    assert roads.soon(google, 0.25, NINE, 0.0) == 1
    assert roads.soon(other, 0.25, NINE - 1, 0.0) == 0
    assert roads.granted(google, NINE, 0.0)
    assert roads.soon(google, 0.25, NINE, 1.0) == 0
    assert roads.soon(google, 0.25, NINE, 59.9) == 1
    roads.pause(other, NINE + 60, "busy", NINE)
    assert roads.soon(other, 0.25, NINE, 1.0) == 0


def test_servers_of_strangers_are_begun_with_one_session():
    """
    Up to what they bear, or a person gave; what an earlier run learned stays below.
    """
    borne = {"mx:google": 5, "mx:mx.a.test": 10}
    roads = Traffic("relay:", 8, None, None, OwnArrivals(), bears=borne.get)
    google, other = roads.share("mx:google"), roads.share("mx:mx.a.test", "a.test")
    relay = roads.share("relay:")
    found = [(one.window.limit, one.window.most) for one in (google, other, relay)]
    assert found == [(1, 5), (1, 8), (2, 8)]
    flow = Flow(route="mx:google", provider="", window=7, changed=NINE)
    roads.learned(flow, NINE)
    assert google.window.limit == 5
