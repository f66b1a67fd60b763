"""Features that a mailing needs, held against what a server says it has."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from safesend.preflight import Grade, Question, worst
from safesend.preflight.relay_features import judge_features
from safesend.smtp import Capabilities
from safesend.smtp.seen import ServerSeen, Speech
from safesend.testing import SmtpServer
from safesend.transports import SmtpTransport

QUESTION = Question(
    sender="example.org",
    envelope="example.org",
    recipients={"example.net": 3},
    largest=5000,
    needs_utf8=True,
)


def judged(**options):
    """What is found of a server that offers this."""
    with SmtpServer(**{"dsn": True, **options}) as server:
        relay = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        [seen] = asyncio.run(relay.probe())
    return list(judge_features(QUESTION, seen))


@pytest.mark.parametrize(
    ("less", "what", "grade", "more"),
    [
        ({"size": 4999}, "SIZE", Grade.FAIL, {"size": 6250}),
        ({"smtputf8": False}, "SMTPUTF8", Grade.FAIL, {"smtputf8": True}),
        ({"pipelining": False}, "PIPELINING", Grade.WARN, {"pipelining": True}),
        ({"dsn": False}, "DSN", Grade.WARN, {"dsn": True}),
        (
            {"extensions": ("LIMITS MAILMAX=5",)},
            "LIMITS",
            Grade.WARN,
            {"extensions": ("LIMITS MAILMAX=1000",)},
        ),
    ],
)
def test_a_feature_that_is_missing(less, what, grade, more):
    """It is told by itself with an option of real servers, which makes it pass."""
    [fault] = judged(**less)

    assert (fault.check, fault.what, fault.grade) == ("P8", what, grade)
    assert "Exim" in fault.publish
    assert worst(judged(**more)) is Grade.PASS


def test_the_size_that_is_advised():
    """A quarter above the largest message."""
    assert "message_size_limit = 6250" in judged(size=4999)[0].publish


def test_a_server_that_says_nothing_of_sizes():
    """None is known, and so none is too small."""
    [found] = judged(size=None)
    assert found.reason == "it takes messages, and has what this mailing needs"


SERVICE = ServerSeen(
    name="ses://eu-west-1",
    host="::1",
    port=443,
    speech=Speech.HTTPS,
    capabilities=Capabilities(size=40_000_000, smtputf8=True),
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quota": 2}, "takes 2 messages still, and the list has 3 rows"),
        ({"notes": ("the account is under review",)}, "under review"),
    ],
)
def test_what_a_provider_says_of_the_account(change, words):
    """PIPELINING and DSN are nothing to it."""
    [fault] = judge_features(QUESTION, attrs.evolve(SERVICE, **change))

    assert fault.grade is Grade.WARN
    assert words in fault.reason
    [fine] = judge_features(QUESTION, attrs.evolve(SERVICE, quota=3))
    assert fine.grade is Grade.PASS
