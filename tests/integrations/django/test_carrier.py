"""integrations/django/carrier.py: sessions that outlive a call."""

from __future__ import annotations

import threading

import pytest

from safesend import Address
from safesend.delivery import Accepted, InDoubt, NotSent, Refused, Stage
from safesend.errors import TransportError
from safesend.integrations.django.carrier import Carrier
from safesend.scanner.private import privatize
from safesend.testing import SmtpServer
from safesend.transports import MemoryTransport, open_transport

LETTER = b"From: shop@example.org\r\nSubject: x\r\n\r\ntext\r\n"


def _envelopes(number: int) -> list:
    return list(privatize(LETTER, [f"p{n}@example.org" for n in range(number)]))


@pytest.fixture
def server():
    """A server in plain text."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def carrier(server):
    """A carrier that leads to it."""
    carrier = Carrier(open_transport(server.url))
    yield carrier
    carrier.close()


def _kinds(outcomes) -> list[type]:
    return [type(one) for one in outcomes]


def test_outcomes_come_in_the_order_of_the_envelopes(server, carrier):
    """One for each, whatever the server said."""
    server.reply("rcpt", "550 5.1.1 no", to="p1@example.org")
    assert _kinds(carrier.deliver(_envelopes(3))) == [Accepted, Refused, Accepted]
    assert server.connections == 1


def test_a_line_that_the_server_closed_is_opened_anew(server, carrier):
    """What was not sent goes again, and nothing goes twice."""
    server.max_messages_per_connection(2)
    assert _kinds(carrier.deliver(_envelopes(5))) == [Accepted] * 5
    assert _kinds(carrier.deliver(_envelopes(5))) == [Accepted] * 5
    assert len(server.messages) == 10


def test_a_server_that_takes_nothing_is_not_asked_for_ever(server, carrier):
    """Of two lines that broke at once the second was the last."""
    server.drop_after("mail", times=None)
    assert _kinds(carrier.deliver(_envelopes(3))) == [NotSent] * 3
    assert server.connections <= 2


def test_a_server_that_goes_away_leaves_the_rest_unsent(server, carrier):
    """What was accepted before is told as that."""
    [first] = carrier.deliver(_envelopes(1))
    assert isinstance(first, Accepted)
    server.stop()
    with pytest.raises(TransportError):
        carrier.deliver(_envelopes(2))
    server.start()
    assert _kinds(carrier.deliver(_envelopes(2))) == [Accepted] * 2


class Mortal(MemoryTransport):
    """Can be reached once."""

    async def connect(self, route: str):
        """Open the one session that there is."""
        if self.deliveries:
            raise TransportError("gone")
        return await super().connect(route)


def test_a_server_that_dies_in_the_middle_leaves_the_rest():
    """Those who have it are told apart from those to whom nothing was sent."""
    transport = Mortal()
    transport.answers(Accepted(), NotSent(Stage.MAIL))
    carrier = Carrier(transport)
    outcomes = carrier.deliver(_envelopes(3))
    carrier.close()
    gone = NotSent(Stage.CONNECT, text="gone")
    assert outcomes == [Accepted(), gone, gone]


def test_a_doubt_is_no_reason_to_try_again():
    """What may have been delivered stays as it is; the rest goes by a new line."""
    transport = MemoryTransport()
    transport.answers(Accepted(), InDoubt())
    carrier = Carrier(transport)
    outcomes = carrier.deliver(_envelopes(3))
    carrier.close()
    assert outcomes == [Accepted(), InDoubt(), Accepted()]
    assert len(transport.deliveries) == 3


def test_routes_have_sessions_of_their_own():
    """A carrier with several queues gets each envelope in its own."""

    connected = []

    class Routed(MemoryTransport):
        def route(self, envelope) -> str:
            if envelope.recipient == Address.parse("p1@example.org"):
                return "closed"
            return "open"

        async def connect(self, route: str):
            connected.append(route)
            if route == "closed":
                raise TransportError("nobody is there")
            return await super().connect(route)

    carrier = Carrier(Routed())
    try:
        outcomes = carrier.deliver(_envelopes(3))
    finally:
        carrier.close()
    assert _kinds(outcomes) == [Accepted, NotSent, Accepted]
    assert outcomes[1].text == "nobody is there"
    assert connected == ["open", "closed"]


def test_closing_ends_the_thread():
    """It may be closed twice, or before it was used."""
    carrier = Carrier(MemoryTransport())
    carrier.close()
    before = threading.enumerate()
    carrier.deliver(_envelopes(1))
    new = [one for one in threading.enumerate() if one not in before]
    [own] = [one for one in new if one.name == "safesend-mail"]
    carrier.close()
    carrier.close()
    assert not own.is_alive()
