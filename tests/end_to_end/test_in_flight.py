"""Many messages on a line that ends: nobody has two copies, and nobody is lost."""

from __future__ import annotations

import random
import time

import pytest

from end_to_end.fates import Post, every, nth
from end_to_end.mailing import audience, campaign, parsed
from safesend.testing import SmtpServer
from safesend.transports import SmtpTransport
from servers.line import line

_DEPTH = 4


def _post(server, *, lanes=1, depth=_DEPTH, **options):
    return Post(server, ":memory:", lanes, in_flight=depth, **options)


def _to(port):
    return SmtpTransport(
        "127.0.0.1", port=port, tls="insecure-plaintext", in_flight=_DEPTH
    )


def _doubts(fates):
    return [fate for fate in fates.values() if fate.state == "in_doubt"]


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("depth", [2, 4, 16])
def test_everybody_has_theirs(lanes, depth):
    """One copy each, its own; many transactions came in one group."""
    with SmtpServer(chunking="in groups") as server:
        post = _post(server, lanes=lanes, depth=depth, count=200)
        post.call()

        assert {(f.state, f.copies) for f in post.checked().values()} == {
            ("accepted", 1)
        }
        assert server.connections <= lanes
        post.close()


def test_over_a_long_way(tmp_path):
    """Groups that arrive in pieces, and late, are the same groups."""
    mailing = campaign(audience(tmp_path, 60, "example.test"))
    with (
        SmtpServer(chunking="in groups") as server,
        line(server.port, seconds=0.005) as way,
    ):
        report = mailing.send(_to(way.port), ledger=":memory:", lanes=2)

        assert (report.accepted, report.in_doubt) == (60, 0)
        assert len({one.recipient for one in server.messages}) == 60
        assert len(server.messages) == 60
        assert server.violations == []


@pytest.mark.parametrize("fault", ["drop_after", "drop_before_reply"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "bdat", "dot"])
@pytest.mark.parametrize("number", [1, 5, 9, 12])
def test_a_line_that_ends_in_the_middle(fault, stage, number):
    """As many are in doubt as were in flight, no more; all the others have theirs."""
    with SmtpServer(chunking="in groups") as server:
        getattr(server, fault)(stage, when=nth(number))
        post = _post(server, count=60)
        post.call()

        fates = post.checked()
        assert len(_doubts(fates)) <= _DEPTH
        assert {fate.state for fate in fates.values()} <= {"accepted", "in_doubt"}
        post.close()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "bdat", "dot"])
def test_a_line_that_ends_again_and_again(stage):
    """So many in doubt for each time, and not one copy too many."""
    with SmtpServer(chunking="in groups") as server:
        server.drop_before_reply(stage, when=every(11), times=6)
        post = _post(server, count=150)
        post.call()
        post.call_again()

        assert len(_doubts(post.checked())) <= 6 * _DEPTH
        post.close()


@pytest.mark.parametrize("stage", ["rset", "mail", "rcpt", "data", "bdat", "dot"])
@pytest.mark.parametrize("number", [1, 6, 11])
def test_a_reply_too_many(stage, number):
    """Nothing is booked on the wrong person; what cannot be told is in doubt."""
    with SmtpServer(chunking="in groups") as server:
        server.surplus_reply(stage, when=nth(number))
        post = _post(server, count=60)
        post.call()

        assert len(_doubts(post.checked())) <= _DEPTH
        post.close()


@pytest.mark.parametrize("text", ["550 5.1.1 Who", "450 4.2.0 Later"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "bdat", "dot"])
def test_refusals_are_their_own(stage, text):
    """Every seventh is refused somewhere; nobody is in doubt for it."""
    with SmtpServer(chunking="in groups") as server:
        server.reply(stage, text, when=every(7), times=5)
        post = _post(server, count=60)
        post.call()

        assert _doubts(post.checked()) == []
        post.close()


def test_a_relay_that_does_not_take_it():
    """It offers CHUNKING and wants BDAT to wait: one try, and the ordinary way."""
    with SmtpServer(chunking=True) as server:
        post = _post(server, count=60)
        post.call()

        fates = post.fates()
        assert {(fate.state, fate.copies) for fate in fates.values()} == {
            ("accepted", 1)
        }
        assert server.connections == 2
        assert len(server.violations) == 1
        post.close()


def test_a_relay_that_hangs_up_at_regular_times():
    """A 421 leaves those in doubt that were written behind it; a limit of ours none."""
    with SmtpServer(chunking="in groups") as server:
        server.max_messages_per_connection(22)
        post = _post(server, count=60)
        post.call()

        assert 0 < len(_doubts(post.checked())) <= 2 * (_DEPTH - 1)
        post.close()
    with SmtpServer(chunking="in groups") as server:
        server.max_messages_per_connection(22)
        post = _post(server, count=60, most=22)
        post.call()

        assert _doubts(post.checked()) == []
        post.close()


def _numbers(letters):
    return sorted(int(one.recipient.partition("@")[0][6:]) for one in letters)


@pytest.mark.server
def test_through_postfix(postfix, tmp_path):
    """A real relay takes whole transactions in groups; refusals stay with their own."""
    domain = "flight.example.test"
    people = audience(tmp_path, 300, domain)
    text = people.read_text(encoding="utf-8")
    text = text.replace("person52@", "refused@").replace("person207@", "later@")
    people.write_text(text, encoding="utf-8")
    mailing = campaign(people)

    report = mailing.send(_to(postfix.port), ledger=tmp_path / "f.db", lanes=2)

    assert (report.accepted, report.refused, report.deferred) == (298, 1, 1)
    letters = postfix.delivered(domain, expected=298, patience=120)
    assert len(letters) == 298
    for letter in letters:
        assert str(parsed(letter.content)["To"]) == letter.recipient


@pytest.mark.server
@pytest.mark.parametrize("mute", [False, True])
def test_a_line_to_postfix_that_is_cut(postfix, tmp_path, mute):
    """Three times, anywhere: in doubt at most so many each, and no second copy."""
    chance = random.Random(int(mute))
    domain = f"cut{int(mute)}.example.test"
    mailing = campaign(audience(tmp_path, 150, domain))
    ledger = tmp_path / "cut.db"
    cuts = [chance.randint(20_000, 90_000) for _ in range(3)]
    with line(postfix.port, cuts=cuts, mute=mute) as way:
        report = mailing.send(_to(way.port), ledger=ledger, lanes=1)
        if report.waiting:
            report = mailing.send(_to(way.port), ledger=ledger, lanes=1)

    assert way.joined >= 4
    assert report.accepted + report.in_doubt == 150
    assert 0 < report.in_doubt <= 3 * _DEPTH
    states = [str(state) for _, state, _ in report.outcomes(mailing.audience)]
    accepted = {n for n, state in enumerate(states) if state == "accepted"}
    end = time.monotonic() + 120
    while not accepted <= {*_numbers(postfix.delivered(domain))}:
        assert time.monotonic() < end, "who is accepted has theirs"
        time.sleep(0.1)
    # Those in doubt may have it, too.
    got = _numbers(postfix.delivered(domain, expected=150, patience=3))
    assert len(set(got)) == len(got), "nobody has two copies"
