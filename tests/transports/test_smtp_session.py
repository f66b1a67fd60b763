"""A session gives each envelope its outcome, and takes no more than it can tell of."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import pytest

from net.peer import listening, run
from safesend.delivery import Accepted, InDoubt, NotSent, Refused, Stage
from safesend.testing import SmtpServer, make_envelopes
from safesend.transports import SmtpTransport, smtp_session

HELLO = ("250-mx.example.org", "250 PIPELINING")
OPENED = ("250 reset", "250 sender", "250 recipient", "354 go on")


async def greeted(peer):
    """Up to the first group."""
    await peer.say("220 mx.example.org")
    await peer.line()
    await peer.say(*HELLO)


async def group(peer):
    """RSET, MAIL, RCPT, DATA."""
    return [await peer.line() for _ in range(4)]


@contextlib.asynccontextmanager
async def session(script, **settings):
    """A session with a scripted peer."""
    async with listening(script) as port:
        settings = {"tls": "insecure-plaintext", "timeout": 30, **settings}
        opened = await SmtpTransport("127.0.0.1", port, **settings).connect("")
        try:
            yield opened
        finally:
            await opened.close()


async def carried(script, post, may_go=None, **settings):
    """The outcomes of one delivery, and whether the session can be used again."""
    async with session(script, **settings) as opened:
        if may_go is not None:
            opened.ask(may_go)
        outcomes = [outcome async for outcome in opened.deliver(post)]
        return outcomes, opened.usable


def test_a_reply_that_never_comes_is_a_doubt():
    """The line drops after the final dot: that letter once, the next one not sent."""

    async def script(peer):
        await greeted(peer)
        await group(peer)
        await peer.say(*OPENED)
        await peer.content()
        peer.cut()

    post = make_envelopes(5)
    outcomes, usable = run(carried(script, post))

    assert [type(one) for one in outcomes] == [InDoubt, NotSent]
    assert not usable
    assert len(list(post)) == 3


def test_a_line_that_drops_before_the_content():
    """Nothing was sent; the next session may."""

    async def script(peer):
        await greeted(peer)
        await group(peer)
        peer.cut()

    outcomes, _ = run(carried(script, make_envelopes(2)))

    assert [type(one) for one in outcomes] == [NotSent]


def test_a_content_is_held_back_when_it_may_not_go_any_more():
    """Asked behind the 354; the line is let go of without a word."""

    async def script(peer):
        await greeted(peer)
        await group(peer)
        await peer.say(*OPENED)
        assert await peer.line() == b""

    post = make_envelopes(5)
    outcomes, usable = run(carried(script, post, may_go=lambda: False))

    assert [type(one) for one in outcomes] == [NotSent]
    assert not usable
    assert len(list(post)) == 4


def test_a_surplus_reply_is_nobodys():
    """Neither letter is said to be delivered or refused (L26)."""

    async def script(peer):
        await greeted(peer)
        await group(peer)
        await peer.say(*OPENED)
        await peer.content()
        await group(peer)
        await peer.say("250 taken", "550 what", *OPENED)
        await peer.gone()

    outcomes, _ = run(carried(script, make_envelopes(3)))

    assert [type(one) for one in outcomes] == [InDoubt, NotSent]


def test_a_doubt_by_silence():
    """A server that never answers the dot leaves it in doubt."""

    async def script(peer):
        await greeted(peer)
        await group(peer)
        await peer.say(*OPENED)
        await peer.gone()

    outcomes, _ = run(carried(script, make_envelopes(1), timeout=1.5))

    assert [type(one) for one in outcomes] == [InDoubt]
    assert "in time" in outcomes[0].text


def test_an_error_of_the_callers_comes_last():
    """What was begun is ended and told; then the error is raised."""

    def post():
        yield from make_envelopes(3)
        raise LookupError("no more rows")

    async def main(server):
        transport = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        opened = await transport.connect("")
        outcomes = []

        async def deliver():
            async for outcome in opened.deliver(post()):
                outcomes.append(outcome)

        with pytest.raises(LookupError, match="no more rows"):
            await deliver()
        assert opened.usable
        await opened.close()
        return outcomes

    with SmtpServer() as server:
        outcomes = run(main(server))

        assert [type(one) for one in outcomes] == [Accepted] * 3
        assert len(server.messages) == 3


def test_who_leaves_early_cuts_the_line():
    """Nothing is sent behind the back of who does not listen any more."""

    async def main(server):
        transport = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        opened = await transport.connect("")
        delivery = opened.deliver(make_envelopes(5000))
        async for _ in delivery:
            break
        await delivery.aclose()
        assert not opened.usable
        await opened.close()
        return len(server.messages)

    with SmtpServer() as server:
        assert 1 <= run(main(server)) < 5000


def test_who_leaves_early_is_not_followed_by_an_error():
    """An error of the caller's own that nobody waits for any more is not logged."""
    complaints = []

    def post():
        yield from make_envelopes(1)
        raise LookupError("no more rows")

    async def main(server):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        transport = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        opened = await transport.connect("")
        delivery = opened.deliver(post())
        async for _ in delivery:
            await asyncio.sleep(0.1)
            break
        await delivery.aclose()
        await opened.close()
        del delivery
        gc.collect()

    with SmtpServer() as server:
        run(main(server))

    assert complaints == []


def test_an_error_in_telling_cuts_the_line():
    """It is raised, and nothing more is said on the line."""
    told = []

    def tell(outcome):
        told.append(outcome)
        if len(told) == 3:
            raise LookupError("the book is gone")

    async def main(server):
        transport = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        opened = await transport.connect("")
        post = make_envelopes(50)
        with pytest.raises(LookupError, match="the book is gone"):
            await opened.deliver_telling(post, tell)
        assert not opened.usable
        await opened.close()
        return len(list(post))

    with SmtpServer() as server:
        left = run(main(server))

        assert [type(one) for one in told] == [Accepted] * 3
        assert left == 50 - 4
        assert len(server.messages) == 3


def test_closing_in_the_middle_cuts_the_line():
    """What was under way is told: in doubt or not sent."""
    sent = asyncio.Event()

    async def script(peer):
        await greeted(peer)
        await group(peer)
        await peer.say(*OPENED)
        await peer.content()
        sent.set()
        await peer.gone()

    async def main():
        async with session(script) as opened:
            outcomes = []

            async def deliver():
                async for outcome in opened.deliver(make_envelopes(3)):
                    outcomes.append(outcome)

            task = asyncio.create_task(deliver())
            await sent.wait()
            await opened.close()
            await task
            return outcomes

    assert [type(one) for one in run(main())] == [InDoubt, NotSent]


def test_goodbye_is_said():
    """QUIT once, whatever is answered; closing twice does no harm."""
    said = []

    async def script(peer):
        await greeted(peer)
        said.append(await peer.line())
        await peer.say("221 bye")
        said.append(await peer.gone())

    async def main():
        async with session(script) as opened:
            await opened.close()
            assert not opened.usable
            assert [one async for one in opened.deliver(make_envelopes(1))] == []

    run(main())

    assert said == [b"QUIT", b""]


@pytest.mark.parametrize(
    ("reply", "kinds"), [("250 here", [Refused]), ("421 too late", [])]
)
def test_a_line_that_lay_idle_is_asked(monkeypatch, reply, kinds):
    """NOOP first; where the server has gone no envelope is taken."""
    monkeypatch.setattr(smtp_session, "_IDLE", 0.05)
    said = []

    async def script(peer):
        await greeted(peer)
        said.append(await peer.line())
        await peer.say(reply)
        said.extend(await group(peer))
        await peer.say("250 reset", "550 no", "503 no", "503 no")
        await peer.line()

    async def main():
        async with session(script) as opened:
            await asyncio.sleep(0.2)
            post = make_envelopes(1)
            outcomes = [one async for one in opened.deliver(post)]
            return outcomes, len(list(post)), opened.usable

    outcomes, left, usable = run(main())

    assert said[0] == b"NOOP"
    assert [type(one) for one in outcomes] == kinds
    assert (left, usable) == ((0, True) if kinds else (1, False))


def test_many_outcomes_at_once():
    """A caller who is slow misses none, and gets them in order."""

    async def main(server):
        transport = SmtpTransport("127.0.0.1", server.port, tls="insecure-plaintext")
        opened = await transport.connect("")
        server.reply(
            "rcpt", "550 5.1.1 who", when=lambda moment: "person3@" in moment.argument
        )
        stages = []
        async for outcome in opened.deliver(make_envelopes(40)):
            await asyncio.sleep(0.001)
            stages.append(outcome.stage)
        await opened.close()
        return stages

    with SmtpServer() as server:
        stages = run(main(server))

    assert len(stages) == 40
    assert [at for at, one in enumerate(stages) if one is Stage.RCPT] == [3]
