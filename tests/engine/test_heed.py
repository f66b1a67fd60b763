"""What replies ask of routes, providers and the run."""

import pytest

from safesend.delivery import Deferred, NotSent, Refused, Stage
from safesend.engine.events import Held
from safesend.engine.heed import Heed
from safesend.engine.traffic import Traffic
from safesend.errors import TransportError
from safesend.ledger.arrivals import OwnArrivals
from safesend.policies.replies import builtin
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock


class World:
    """A heed with its clock, and what it told."""

    def __init__(self, throttle=None):
        self.clock = FakeClock()
        self.told = []
        self.traffic = Traffic("relay:", 8, throttle, None, OwnArrivals())
        self.heed = Heed(self.traffic, builtin(), self.clock, self.told.append)
        self.route = self.traffic.share("relay:")
        self.google = self.traffic.share("relay:", "google")

    def hear(self, outcome, provider="", *, served=False):
        verdict = builtin().judge(outcome, provider)
        share = self.google if verdict.provider else self.route
        return self.heed.verdict(share, verdict, outcome, served=served)


@pytest.fixture
def world():
    return World()


def test_a_refused_recipient_touches_nobody_else(world):
    """
    Neither window nor rate nor pause, however often.
    """
    for _ in range(50):
        gone = Refused(Stage.RCPT, 550, "5.1.1", "no such user")
        assert world.hear(gone) is None
    assert (world.route.window.limit, world.route.paused_until) == (2, 0.0)
    assert world.route.easing.state() is None
    assert world.told == []


def test_a_provider_is_paused_alone(world):
    """
    Google's quota rests Google for its ten minutes; it is told and kept.
    """
    now = world.clock.now()
    reply = Deferred(Stage.RCPT, 421, "4.7.28", "unusual rate")
    assert world.hear(reply, "google") is None
    assert world.google.paused_until >= now + 600
    assert world.route.paused_until == 0.0
    [event] = world.told
    assert isinstance(event, Held)
    assert (event.provider, event.until) == ("google", world.google.paused_until)
    assert "4.7.28" in event.reason
    [flow] = [flow for flow in world.traffic.news(now) if flow.paused_until]
    assert flow.provider == "google"
    # A shorter pause does not end a longer one.
    world.clock.advance(1)
    before = world.google.paused_until
    world.traffic.pause(world.google, before + 9999, "longer", now)
    world.hear(reply, "google")
    assert world.google.paused_until == before + 9999


def test_a_session_that_dies_shrinks_the_window(world):
    """
    And three cohorts of them are a pause, longer each time; a success ends it.
    """
    died = NotSent(Stage.DATA, text="connection lost")
    for _ in range(8):
        world.hear(died)
        world.clock.advance(1)
    assert world.route.window.limit == 1
    first = world.route.paused_until - world.clock.now()
    assert 0 < first <= 60
    world.clock.advance(first + 1)
    world.hear(died)
    assert world.route.paused_until - world.clock.now() > 100
    world.clock.advance(200)
    world.route.accepted(1, world.clock.monotonic())
    assert world.route.window.limit == 2


def test_the_end_of_a_session_that_served_is_no_trouble(world):
    """
    Servers close after so many messages; that says nothing of their health.
    """
    for _ in range(50):
        world.hear(Deferred(Stage.MAIL, 421, "4.7.0", "bye"), served=True)
        world.hear(NotSent(Stage.MAIL, text="connection lost"), served=True)
    assert world.route.window.limit == 2
    assert world.route.paused_until == 0.0


def test_too_many_connections_caps_the_window(world):
    """
    For ten minutes it stays below what was too much.
    """
    for n in range(60):
        world.route.accepted(8, world.clock.monotonic() + n)
    assert world.route.window.limit == 8
    world.hear(Deferred(Stage.MAIL, 421, "4.7.0", "too many connections"))
    assert world.route.window.limit == 7
    for n in range(99):
        world.route.accepted(8, world.clock.monotonic() + n)
    assert world.route.window.limit == 7


def test_too_fast_halves_the_rate(world):
    """
    To half of what was taken, within what a person set.
    """
    world = World(Throttle("50/s"))
    for n in range(40):
        world.route.accepted(1, world.clock.monotonic() + n / 20)
    world.clock.advance(2)
    world.hear(Deferred(Stage.MAIL, 451, "4.7.0", "rate limit exceeded"))
    rate = world.route.easing.rate(world.clock.now())
    assert rate == pytest.approx(10.0, rel=0.2)


def test_a_refused_sender_ends_the_run(world):
    """
    With the reply, since it would meet everybody.
    """
    stop = world.hear(Refused(Stage.MAIL, 550, "5.1.8", "bad sender"))
    assert "5.1.8" in stop


def test_one_server_among_many_does_not_end_the_mail_of_the_others(world):
    """
    Its route rests for two hours; when three of them say so, it is about us.
    """
    refused = Refused(Stage.MAIL, 550, "5.1.8", "bad sender")
    verdict = builtin().judge(refused)
    world.heed.many = True

    def told_by(route):
        share = world.traffic.share(route)
        return share, world.heed.verdict(share, verdict, refused, served=False)

    now = world.clock.now()
    for route in ("mx:one", "mx:one", "mx:two"):
        share, stop = told_by(route)
        assert stop is None
        assert share.paused_until >= now + 7200
    assert "5.1.8" in told_by("mx:three")[1]


def test_the_same_refusal_in_a_row_ends_the_run(world):
    """
    Three contents refused: it is the letter; one accepted in between starts anew.
    """
    spam = Refused(Stage.CONTENT, 554, "5.7.1", "message refused as spam")
    assert world.hear(spam) is None
    assert world.hear(spam) is None
    world.route.accepted(1, world.clock.monotonic())
    assert [world.hear(spam) for _ in range(2)] == [None, None]
    assert "in a row" in world.hear(spam)


def test_who_cannot_be_reached_at_first_is_not_paused(world):
    """
    The settings are the likely cause: the run will say so.
    """
    for _ in range(20):
        error = TransportError("connection refused")
        assert world.heed.unconnected(world.route, error, connected=False) is None
    assert world.route.paused_until == 0.0


def test_who_cannot_be_reached_any_more_is_paused(world):
    """
    And a word of the server's at the door is heard: a blocked address rests longer.
    """
    for _ in range(9):
        error = TransportError("connection refused")
        assert world.heed.unconnected(world.route, error, connected=True) is None
        world.clock.advance(1)
    assert world.route.paused_until > world.clock.now()
    blocked = TransportError(
        "554 5.7.1 your address is blocked",
        stage="connect",
        code=554,
        enhanced="5.7.1",
        permanent=True,
    )
    world.heed.unconnected(world.route, blocked, connected=True)
    assert world.route.paused_until >= world.clock.now() + 7000


def test_a_refused_login_ends_the_run(world):
    """
    Whoever asks again is locked out.
    """
    error = TransportError(
        "535 5.7.8 wrong password", stage="auth", code=535, permanent=True
    )
    assert world.heed.unconnected(world.route, error, connected=True)


def test_too_many_connections_at_the_door(world):
    """
    Fewer sessions, and no other trouble.
    """
    error = TransportError(
        "421 4.7.0 Too many connections", stage="connect", code=421, enhanced="4.7.0"
    )
    for _ in range(2):
        world.heed.unconnected(world.route, error, connected=False)
    assert world.route.window.limit == 1


def test_a_server_that_lets_nobody_in_ends_the_run(world):
    """
    What a rule says of so many in a row holds at the door as well.
    """
    error = TransportError(
        "554 5.7.1 no service", stage="connect", code=554, permanent=True
    )
    stops = []
    for _ in range(12):
        stops.append(world.heed.unconnected(world.route, error, connected=True))
        world.clock.advance(3 * 3600)
    said = [stop for stop in stops if stop]
    rule = builtin().find(Refused(Stage.CONNECT, 554, "5.7.1", "no service"))
    assert bool(said) == (rule.then is not None)
