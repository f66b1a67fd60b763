"""Every fault at every stage: nobody is mailed twice, nobody is lost, row by row.

A case is a fault that hits once, at one stage of one message or connection, with the
client's lines pipelined or not and one lane or eight. The tables say what the call
makes of the row that is hit, of its try, and of the others. Then the server behaves,
half a day passes, and a second call completes what may be completed.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter

import attrs
import pytest

from end_to_end.fates import Fate, Post, aimed, every, nth
from end_to_end.fleet.witness import Witness
from safesend.testing import Certificates, FakeClock, SmtpServer

_LANES = (1, 8)
_LINES = ("pipelined", "lockstep")
_VICTIM = "p9@example.org"
_SHORT = 0.5
"""Seconds that the client waits where the server stalls."""
_STOOD_STILL = 0.1
_TRIES = 5


def _script(server, case, when, times=1):
    """Arrange one fault; gives the moments at which it hit, as they come."""
    hits = []

    def hit(moment):
        if when(moment):
            hits.append(moment)
            return True
        return False

    aim = {"when": hit, "times": times}
    if case.fault == "reply":
        server.reply(case.stage, case.text, **aim)
    elif case.fault == "stall":
        server.stall(case.stage, 60.0, **aim)
    else:
        getattr(server, case.fault)(case.stage, **aim)
    return hits


@attrs.frozen(kw_only=True)
class Case:
    """One fault, and what is to become of the row that it hits.

    `doubt` is how many other rows may be in doubt as well, where lines are pipelined:
    what cannot be paired is not believed, and the reply to the message before is in the
    same group. `stops` is what the call says when it ends before its work is done.
    """

    stage: str
    fault: str
    text: str = ""
    state: str = "accepted"
    tries: int = 1
    copies: int | tuple[int, ...] = 1
    doubt: int = 0
    stops: str = ""

    def __str__(self):
        """What pytest shows."""
        code = f"-{self.text[:9].strip().replace(' ', '-')}" if self.text else ""
        return f"{self.stage}-{self.fault}{code}"

    @property
    def fate(self):
        """Of the row that is hit."""
        return Fate(self.state, self.tries, self.copies)


def _again(stage, *faults, **more):
    """Faults after which the row goes again in the same call, and is accepted."""
    return [Case(stage=stage, fault=fault, **more) for fault in faults]


def _waits(stage, text, tries=1):
    return Case(
        stage=stage, fault="reply", text=text, state="waiting", tries=tries, copies=0
    )


def _refused(stage, text):
    return Case(stage=stage, fault="reply", text=text, state="refused", copies=0)


def _goes_again(stage, text):
    return Case(stage=stage, fault="reply", text=text)


def _doubtful(stage, fault, copies):
    return Case(stage=stage, fault=fault, state="in_doubt", copies=copies)


def _stops(stage, text, why):
    return Case(
        stage=stage,
        fault="reply",
        text=text,
        state="waiting",
        tries=0,
        copies=0,
        stops=why,
    )


_BREAKS = ("drop_after", "drop_before_reply", "stall", "garbage")

MESSAGES = [
    *_again("mail", *_BREAKS),
    Case(stage="mail", fault="surplus_reply", doubt=1),
    _waits("mail", "451 4.3.0 not now", tries=0),
    _goes_again("mail", "421 4.3.2 shutting down"),
    _refused("mail", "552 5.3.4 too big"),
    _stops("mail", "550 5.7.1 go away", "refuses the sender"),
    _stops("mail", "530 5.7.0 log in first", "login"),
    *_again("rcpt", *_BREAKS),
    Case(stage="rcpt", fault="surplus_reply", doubt=1),
    _waits("rcpt", "451 4.3.0 not now"),
    _waits("rcpt", "450 4.7.1 greylisted"),
    _waits("rcpt", "452 4.2.2 mailbox full"),
    _goes_again("rcpt", "452 4.5.3 too many recipients"),
    _goes_again("rcpt", "421 4.3.2 shutting down"),
    _refused("rcpt", "550 5.1.1 no such user"),
    _refused("rcpt", "554 5.7.1 not you"),
    *_again("data", *_BREAKS),
    Case(stage="data", fault="surplus_reply", doubt=1),
    _waits("data", "451 4.3.0 not now"),
    _goes_again("data", "421 4.3.2 shutting down"),
    _refused("data", "554 5.6.0 no"),
    _doubtful("content", "drop_after", 0),
    _doubtful("content", "drop_before_reply", 1),
    _doubtful("content", "stall", 0),
    _doubtful("content", "garbage", 1),
    _doubtful("content", "surplus_reply", 1),
    _waits("content", "451 4.3.0 not now"),
    _goes_again("content", "421 4.3.2 shutting down"),
    _refused("content", "554 5.7.1 spam"),
    _refused("content", "552 5.3.4 too big"),
    *_again("rset", *_BREAKS),
    Case(stage="rset", fault="surplus_reply", doubt=1),
    _goes_again("rset", "451 4.3.0 not now"),
    _goes_again("rset", "550 5.3.0 never"),
    _goes_again("rset", "421 4.3.2 shutting down"),
    *_again("quit", *_BREAKS, "surplus_reply"),
    _goes_again("quit", "451 4.3.0 not now"),
    _goes_again("quit", "550 5.3.0 never"),
    _goes_again("quit", "421 4.3.2 shutting down"),
]
"""Faults that hit one message of a session that works."""

_ADDRESSED = {"rcpt", "data", "content"}


def _aim(case):
    """At the victim where the server knows whom it is about; else at the ninth."""
    if case.stage in _ADDRESSED:
        return aimed(_VICTIM)
    return nth(1 if case.stage == "quit" else 9)


CONNECTIONS = [
    *_again("connect", *_BREAKS, "surplus_reply"),
    _goes_again("connect", "451 4.3.0 not now"),
    _goes_again("connect", "421 4.3.2 shutting down"),
    *_again("ehlo", *_BREAKS, "surplus_reply"),
    _goes_again("ehlo", "451 4.3.0 not now"),
    _goes_again("ehlo", "421 4.3.2 shutting down"),
    _goes_again("ehlo", "502 5.5.1 HELO is what I know"),
    *_again("starttls", *_BREAKS, "surplus_reply"),
    _goes_again("starttls", "454 4.7.0 no TLS just now"),
    _goes_again("starttls", "421 4.3.2 shutting down"),
    *_again("auth", *_BREAKS, "surplus_reply"),
]
"""Faults that hit one connection; it is made again, and everybody is accepted."""

FIRST = [
    _goes_again("auth", "454 4.7.0 not just now"),
    _goes_again("auth", "421 4.3.2 shutting down"),
    _stops("connect", "554 5.7.1 not from you", "not from you"),
    _stops("helo", "550 5.7.1 not that name", "not that name"),
    _stops("starttls", "554 5.7.3 no TLS here", "no TLS here"),
    _stops("auth", "535 5.7.8 wrong password", "wrong password"),
]
"""What is different at the very first connection: nobody was ever reached."""

LATER = [
    _waits("connect", "554 5.7.1 not from you", tries=0),
    _stops("helo", "550 5.7.1 not that name", "not that name"),
    _waits("starttls", "554 5.7.3 no TLS here", tries=0),
    _waits("auth", "454 4.7.0 not just now", tries=0),
    _waits("auth", "421 4.3.2 shutting down", tries=0),
    _stops("auth", "535 5.7.8 wrong password", "wrong password"),
]
"""And at a later one: the route rests for a time, or the run ends."""


@pytest.fixture(params=_LINES)
def pipelining(request):
    """Both ways to speak."""
    return request.param == "pipelined"


@pytest.fixture(params=_LANES, ids=lambda lanes: f"lanes{lanes}")
def lanes(request):
    """One session, and many."""
    return request.param


@pytest.fixture(scope="module")
def certificates():
    """Made once: making keys takes longer than a test."""
    return Certificates()


@pytest.fixture
def post(request, tmp_path, certificates):
    """Makes a mailing to a server; both are gone after the test."""
    numbers = itertools.count(1)

    def make(lanes, *, place=None, tls=False, server=None, **options):
        settings = dict(server or {})
        if tls:
            settings |= {
                "tls": "starttls",
                "certificates": certificates,
                "users": {"ada": "secret"},
            }
        running = SmtpServer(**settings)
        running.start()
        request.addfinalizer(running.stop)
        place = place or tmp_path / f"{next(numbers)}.db"
        made = Post(running, place, lanes, login=tls, **options)
        request.addfinalizer(made.close)
        return made

    return make


def _undisturbed(test):
    """Where a server stalls: anew, if it was the whole machine that stood still.

    Then other servers kept silent for so long that the client went.
    """

    @functools.wraps(test)
    def tried(**given):
        for _ in range(_TRIES if given["case"].fault == "stall" else 0):
            with Witness() as witness:
                try:
                    return test(**given)
                except AssertionError:
                    if witness.late < _STOOD_STILL:
                        raise
        return test(**given)

    return tried


def _timeout(case):
    return _SHORT if case.fault == "stall" else 20.0


def _completed(post):
    """Once the server behaves everything is accepted but what was settled before."""
    settled = {
        address: fate
        for address, fate in post.fates().items()
        if fate.state in {"refused", "in_doubt"}
    }
    post.server.behave()
    report = post.call_again()
    assert (post.error, report.waiting, report.expired) == ("", 0, 0)
    for address, fate in post.checked().items():
        if address in settled:
            assert fate == settled[address]
        else:
            assert (fate.state, fate.copies) == ("accepted", 1)


_GOOD = Fate("accepted", 1, 1)
_UNTOUCHED = Fate("waiting", 0, 0)


def _as_the_table_says(post, case, *, pipelined):
    """The row that was hit, and all the others."""
    fates = post.checked()
    if case.stage in _ADDRESSED:
        assert fates.pop(_VICTIM) == case.fate
        rest = Counter(fates.values())
    else:
        rest = Counter(fates.values())
        assert rest[case.fate] >= 1
        rest[case.fate] -= 1
    if case.stops:
        assert case.stops in post.error
        assert set(+rest) <= {_GOOD, _UNTOUCHED}
        return
    assert post.error == ""
    doubtful = sum(n for fate, n in rest.items() if fate.state == "in_doubt")
    assert doubtful <= (case.doubt if pipelined else 0)
    assert rest[_GOOD] == rest.total() - doubtful


def _hits_one_message(case, post, *, pipelined):
    hits = _script(post.server, case, _aim(case))
    post.call()
    assert len(hits) == 1
    _as_the_table_says(post, case, pipelined=pipelined)
    _completed(post)


@pytest.mark.parametrize("case", MESSAGES, ids=str)
@_undisturbed
def test_one_message(case, pipelining, lanes, post):
    """What a fault makes of its row and of the others is as the table says."""
    mailing = post(
        lanes,
        server={"pipelining": pipelining},
        timeout=_timeout(case),
        most=6 if case.stage == "quit" else 1000,
    )
    _hits_one_message(case, mailing, pipelined=pipelining)


@pytest.mark.parametrize(
    "case", [case for case in MESSAGES if case.stage in {"mail", "content"}], ids=str
)
@_undisturbed
def test_one_message_over_tls(case, post):
    """TLS and a login change nothing of that."""
    mailing = post(8, tls=True, timeout=_timeout(case))
    _hits_one_message(case, mailing, pipelined=True)


@pytest.mark.parametrize(
    "case", [case for case in MESSAGES if case.stage in {"rcpt", "content"}], ids=str
)
@_undisturbed
def test_one_message_with_a_ledger_in_memory(case, post):
    """Nor does the ledger that keeps the rows."""
    mailing = post(8, place=":memory:", timeout=_timeout(case))
    _hits_one_message(case, mailing, pipelined=True)


@pytest.mark.parametrize(
    "case", [case for case in MESSAGES if case.stage != "quit"], ids=str
)
@_undisturbed
def test_every_fifth_message(case, pipelining, post):
    """However often it happens: one copy or none, and a state that says which."""
    mailing = post(8, server={"pipelining": pipelining}, timeout=_timeout(case))
    hits = _script(mailing.server, case, every(5), times=None)
    mailing.call()
    assert len(hits) >= 1
    doubtful = case.doubt or case.state == "in_doubt"
    allowed = {"accepted", "waiting", case.state} | (
        {"in_doubt"} if doubtful else set()
    )
    assert {fate.state for fate in mailing.checked().values()} <= allowed
    _completed(mailing)


@pytest.mark.parametrize("case", CONNECTIONS, ids=str)
@pytest.mark.parametrize("number", [1, 3], ids=["first", "third"])
@_undisturbed
def test_one_connection(case, number, lanes, post):
    """A connection that fails costs no row anything: it is made again."""
    tls = case.stage in {"starttls", "auth"}
    mailing = post(lanes, tls=tls, timeout=_timeout(case), most=6)
    hits = _script(mailing.server, case, nth(number))
    report = mailing.call()
    assert len(hits) == 1
    assert (mailing.error, report.accepted) == ("", mailing.count)
    assert set(mailing.checked().values()) == {_GOOD}
    _completed(mailing)


def _speaks_no_smtp_extensions(server, when):
    """EHLO is refused whenever HELO is, so that the name is what it is about."""
    server.reply("ehlo", "550 5.7.1 not that name", when=when)


@pytest.mark.parametrize("case", FIRST, ids=str)
def test_the_first_connection(case, lanes, post):
    """A server that never let anybody in: the call ends, and every row waits."""
    mailing = post(lanes, tls=case.stage in {"starttls", "auth"})
    if case.stage == "helo":
        _speaks_no_smtp_extensions(mailing.server, None)
    _script(
        mailing.server,
        case,
        lambda _: True,
        times=None if case.stops else 1,
    )
    mailing.call()
    fates = set(mailing.checked().values())
    if case.stops:
        assert fates == {_UNTOUCHED}
    elif lanes == 1:
        assert fates == {_GOOD}
    else:
        # Another lane may have been let in before: then the route rests.
        assert fates <= {_GOOD, _UNTOUCHED}
    assert case.stops in mailing.error
    assert bool(case.stops) == bool(mailing.error)
    _completed(mailing)


@pytest.mark.parametrize("case", LATER, ids=str)
def test_a_later_connection(case, lanes, post):
    """The route rests or the run ends; who has no message yet keeps the turn."""
    mailing = post(lanes, tls=case.stage in {"starttls", "auth"}, most=6)
    later = nth(3)

    def reached(_):
        return mailing.server.connections >= 3

    if case.stage == "helo":
        _speaks_no_smtp_extensions(mailing.server, reached)
        later = reached
    hits = _script(mailing.server, case, later)
    report = mailing.call()
    assert len(hits) == 1
    fates = set(mailing.checked().values())
    assert fates == {_GOOD, _UNTOUCHED}
    assert case.stops in mailing.error
    assert bool(case.stops) == bool(mailing.error)
    if not case.stops:
        least = 290 if case.stage == "auth" else 7190
        assert report.next_due >= mailing.clock.now() + least
    _completed(mailing)


@pytest.mark.parametrize("most", [1, 2])
def test_too_many_connections(most, lanes, post):
    """The server bears so many: all is accepted over them, and it is not pestered."""
    mailing = post(lanes, count=40)
    mailing.server.limit_connections(most)
    report = mailing.call()
    assert report.accepted == 40
    assert set(mailing.checked().values()) == {_GOOD}
    assert mailing.server.turned_away["limit_connections"] <= 3


@pytest.mark.parametrize("most", [1, 3])
def test_few_messages_on_a_connection(most, pipelining, lanes, post):
    """A new connection, as often as it takes; no row pays for it."""
    mailing = post(lanes, server={"pipelining": pipelining})
    mailing.server.max_messages_per_connection(most)
    # Each 421 doubles the wait of the row that it hits, up to a quarter of an hour.
    report = mailing.call(deadline=3600)
    assert report.accepted == mailing.count
    assert set(mailing.checked().values()) == {_GOOD}
    assert mailing.server.connections >= mailing.count // most


def test_replies_in_pieces(pipelining, lanes, post):
    """An octet at a time is as good as all at once."""
    mailing = post(lanes, server={"pipelining": pipelining})
    mailing.server.split_replies(1)
    assert mailing.call().accepted == mailing.count
    assert set(mailing.checked().values()) == {_GOOD}


def test_greylisting(pipelining, lanes, post):
    """Everybody is turned away once, and accepted at the second try."""
    clock = FakeClock()
    mailing = post(
        lanes, server={"pipelining": pipelining, "clock": clock}, clock=clock
    )
    mailing.server.greylist(5)
    report = mailing.call(deadline=3600)
    assert report.accepted == mailing.count
    assert set(mailing.checked().values()) == {Fate("accepted", 2, 1)}


def test_a_server_that_takes_so_many_a_second(pipelining, lanes, post):
    """Who is turned away for the rate comes again, and everybody is accepted."""
    clock = FakeClock()
    mailing = post(
        lanes, server={"pipelining": pipelining, "clock": clock}, clock=clock
    )
    mailing.server.rate_limit("2/s", burst=4)
    report = mailing.call(deadline=7200)
    assert report.accepted == mailing.count
    assert {fate.copies for fate in mailing.checked().values()} == {1}
