"""A line carries conversations and tells truly how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import pytest

from safesend.net.connection import Connection
from safesend.net.dial import dial
from safesend.smtp import ConnectionLost, Exchange, StartTls, Timeouts

from .peer import authority, listening, run, until

HUGE = b"x" * 50_000_000


def ask(*steps):
    """A conversation of these steps: the codes it got, and how the line ended."""
    codes = []
    for step in steps:
        try:
            codes.append([reply.code for reply in (yield step)])
        except ConnectionLost as lost:
            codes.append([reply.code for reply in lost.replies])
            return codes, lost
    return codes, None


def one(text="NOOP\r\n", replies=1, timeout=30.0):
    return Exchange(text.encode(), text.strip(), replies, timeout)


GREETING = one("")


@contextlib.asynccontextmanager
async def line(script, timeouts=None, context=None):
    """A connection to a peer that plays this script."""
    async with listening(script, context) as port:
        connection = await dial("127.0.0.1", port, timeouts or Timeouts.of(30))
        try:
            yield connection
        finally:
            await connection.close()


async def talk(script, *steps, timeouts=None):
    async with line(script, timeouts) as connection:
        return await connection.run(ask(*steps))


def test_replies_may_come_in_any_pieces():
    """Octet by octet is as good as all at once."""

    async def script(peer):
        for octet in b"220 hello\r\n":
            peer.writer.write(bytes([octet]))
            await asyncio.sleep(0)
        assert await peer.line() == b"NOOP"
        await peer.say("250-one", "250 ok", "250 two")

    codes, lost = run(talk(script, GREETING, one(replies=2)))

    assert (codes, lost) == ([[220], [250, 250]], None)


def test_nothing_is_read_before_a_conversation():
    """A greeting that comes early is not taken for noise."""

    async def script(peer):
        await peer.say("220 early")

    async def main():
        async with line(script) as connection:
            await asyncio.sleep(0.05)
            assert connection.alive
            return await connection.run(ask(GREETING))

    assert run(main()) == ([[220]], None)


def test_a_surplus_reply_ends_the_line():
    """With one too many nobody knows whose is whose: none is given (L26)."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250 ok", "250 and another")

    codes, lost = run(talk(script, GREETING, one()))

    assert codes == [[220], []]
    assert "no command" in lost.reason


def test_half_a_surplus_reply_ends_the_line():
    """The beginning of a reply that nobody asked for is enough."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        peer.writer.write(b"250 ok\r\n25")
        await peer.gone()

    codes, lost = run(talk(script, GREETING, one()))

    assert codes == [[220], []]
    assert lost is not None


@pytest.mark.parametrize(
    ("words", "reason"),
    [("250 unasked", "no command"), ("421 idle too long", "421"), ("what", "no reply")],
)
def test_a_server_that_speaks_unasked(words, reason):
    """Between conversations too the line is given up."""

    async def script(peer):
        await peer.say("220 hello")
        await asyncio.sleep(0.05)
        await peer.say(words)
        await peer.gone()

    async def main():
        async with line(script) as connection:
            await connection.run(ask(GREETING))
            assert connection.alive
            assert not connection.busy
            await until(lambda: not connection.alive)
            return await connection.run(ask(one()))

    codes, lost = run(main())

    assert codes == [[]]
    assert reason in lost.reason
    assert not lost.finished


def test_half_a_reply_between_conversations():
    """Its rest is not taken for the answer to the next command."""

    greeted, said = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.say("220 hello")
        await greeted.wait()
        peer.writer.write(b"250 un")
        said.set()
        await peer.gone()

    async def main():
        async with line(script) as connection:
            await connection.run(ask(GREETING))
            greeted.set()
            await said.wait()
            await asyncio.sleep(0.2)
            return await connection.run(ask(one()))

    _, lost = run(main())

    assert "without being asked" in lost.reason


def test_garbage_ends_the_line():
    """What came in order before it still counts."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250 ok", "what is this?", "250 ok")
        await peer.gone()

    codes, lost = run(talk(script, GREETING, one(replies=3)))

    assert codes == [[220], [250]]
    assert "no reply" in lost.reason


@pytest.mark.parametrize("cut", [True, False])
def test_replies_before_the_end_count(cut):
    """A server that hangs up has answered what it answered."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250 one", "250 two")
        await asyncio.sleep(0.05)
        if cut:
            peer.cut()

    codes, lost = run(talk(script, GREETING, one(replies=3)))

    assert codes == [[220], [250, 250]]
    assert lost.finished
    assert "connection" in lost.reason


def test_421_ends_a_group():
    """The rest of the replies is not waited for."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250 one", "421 bye")
        await peer.gone()

    codes, lost = run(talk(script, GREETING, one(replies=5)))

    assert (codes, lost) == ([[220], [250, 421]], None)


def test_a_surplus_reply_is_not_hidden_by_a_421():
    """A server may hang up unasked; what it said twice before is not believed (L26)."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("250 surplus", "550 no", "421 bye")

    codes, lost = run(talk(script, GREETING, one()))

    assert codes == [[220], []]
    assert "no command" in lost.reason


def test_a_silent_server_is_not_waited_for_long():
    """The time is that of the step."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.gone()

    codes, lost = run(talk(script, GREETING, one(timeout=0.1)))

    assert codes == [[220], []]
    assert "in time" in lost.reason


def test_each_reply_gives_new_time():
    """A slow server is not a silent one."""

    async def script(peer):
        await peer.say("220 hello")
        for _ in range(5):
            await asyncio.sleep(0.5)
            await peer.say("250 slowly")

    codes, lost = run(talk(script, GREETING, one(replies=5, timeout=2.0)))

    assert (codes[1], lost) == ([250] * 5, None)


def test_the_timer_of_an_ended_step_rings_in_vain():
    """A line without a conversation has all the time in the world."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.gone()

    async def main():
        async with line(script) as connection:
            await connection.run(ask(one("", timeout=0.5)))
            await asyncio.sleep(0.8)
            return connection.alive

    assert run(main())


def test_a_long_message_arrives_whole():
    """Segments of any size, in order, while the reader is slow."""
    segments = (b"head\r\n", HUGE[:5_000_000], b"y" * 300_000, b"\r\n.\r\n")

    async def script(peer):
        await peer.say("220 hello")
        await asyncio.sleep(0.1)
        got = await peer.reader.readexactly(sum(map(len, segments)))
        assert got == b"".join(segments)
        await peer.say("250 taken")

    codes, lost = run(talk(script, GREETING, Exchange(segments, "content", 1, 30.0)))

    assert (codes, lost) == ([[220], [250]], None)


def test_a_step_of_one_piece_may_be_long():
    """Then there is nothing left to write when the line takes more."""

    async def script(peer):
        await peer.say("220 hello")
        await asyncio.sleep(0.05)
        await peer.reader.readexactly(len(HUGE))
        await peer.say("250 taken")

    codes, lost = run(talk(script, GREETING, Exchange(HUGE, "content", 1, 30.0)))

    assert (codes, lost) == ([[220], [250]], None)


def test_a_message_cut_in_the_middle_was_not_sent():
    """As long as its end is here, nothing can have been delivered."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.reader.readexactly(1000)
        peer.cut()

    step = Exchange((HUGE, b"\r\n.\r\n"), "content", 1, 30.0)
    codes, lost = run(talk(script, GREETING, step))

    assert codes == [[220], []]
    assert lost.finished is False


def test_a_message_cut_after_its_end_may_have_been():
    """The end was handed over: nobody here can know."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.reader.readexactly(200_005)
        peer.cut()

    step = Exchange((HUGE[:200_000], b"\r\n.\r\n"), "content", 1, 30.0)
    _, lost = run(talk(script, GREETING, step))

    assert lost.finished is True


def test_a_line_that_takes_no_more():
    """The time for that is its own (RFC 5321 section 4.5.3.2.5)."""

    over = asyncio.Event()

    async def script(peer):
        await peer.say("220 hello")
        peer.writer.transport.pause_reading()
        await over.wait()

    async def main():
        step = Exchange((HUGE, b"\r\n.\r\n"), "content", 1, 60.0)
        async with line(script, Timeouts(block=0.2)) as connection:
            told = await connection.run(ask(GREETING, step))
            over.set()
            return told

    _, lost = run(main())

    assert "in time" in lost.reason
    assert lost.finished is False


def test_a_server_that_does_not_let_us_finish():
    """Its reply is kept, the line is not."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.reader.readexactly(1000)
        await peer.say("552 too big")
        peer.writer.transport.pause_reading()
        await asyncio.sleep(0.2)

    step = Exchange((HUGE, b"\r\n.\r\n"), "content", 1, 30.0)
    codes, lost = run(talk(script, GREETING, step))

    assert codes == [[220], [552]]
    assert lost.finished is False


def test_who_leaves_cuts_the_line():
    """A cancelled conversation does not go on behind our back."""
    told = []

    def waiting():
        try:
            yield one("", timeout=60)
        except ConnectionLost as lost:
            told.append(lost.reason)

    async def script(peer):
        assert await peer.gone() == b""

    async def main():
        async with line(script) as connection:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await connection.run(waiting())
            assert not connection.alive
            assert not connection.busy

    run(main())

    assert told == ["the conversation was broken off"]


def test_an_error_inside_a_conversation_is_its_callers():
    """And the line is not used again."""

    def failing():
        yield GREETING
        raise ValueError("ours")

    async def script(peer):
        await peer.say("220 hello")
        await peer.gone()

    async def main():
        async with line(script) as connection:
            with pytest.raises(ValueError, match="ours"):
                await connection.run(failing())
            return connection.alive

    assert run(main()) is False


def test_whoever_goes_on_after_the_end_is_told_again():
    """Nothing is written to a line that is lost."""

    def stubborn():
        told = []
        for _ in range(3):
            try:
                yield one("")
            except ConnectionLost as lost:
                told.append(lost.finished)
        return told

    async def script(peer):
        peer.cut()

    async def main():
        async with line(script) as connection:
            return await connection.run(stubborn())

    assert run(main()) == [True, False, False]


def test_closing_does_not_wait_for_ever():
    """A peer that does not let go is cut off; twice is no matter."""

    async def script(peer):
        await peer.say("220 hello")
        peer.writer.transport.pause_reading()
        await asyncio.sleep(0.5)

    async def main():
        async with line(script) as connection:
            connection.start(ask(GREETING, Exchange((HUGE,), "content", 1, 9.0)))
            await asyncio.sleep(0.2)
            begun = asyncio.get_running_loop().time()
            await connection.close(patience=0.1)
            await connection.close()
            return asyncio.get_running_loop().time() - begun

    assert run(main()) < 5


def test_our_end_of_the_line():
    """The local address is known."""

    async def script(peer):
        await peer.gone()

    async def main():
        async with line(script) as connection:
            return connection.local_host

    assert run(main()) == "127.0.0.1"


STARTTLS = one("STARTTLS\r\n")


async def secured(script, host="127.0.0.1", implicit=False):
    """A conversation that asks for TLS and then says something."""
    before = () if implicit else (GREETING, STARTTLS)
    async with line(script) as connection:
        connection.trust(authority().client(), host)
        return await connection.run(
            ask(*before, StartTls(), one("AUTH PLAIN secret\r\n"))
        )


def test_starttls():
    """After the handshake the conversation goes on, encrypted."""

    async def script(peer):
        await peer.say("220 hello")
        assert await peer.line() == b"STARTTLS"
        await peer.say("220 go")
        await peer.writer.start_tls(authority().server("127.0.0.1"))
        assert await peer.line() == b"AUTH PLAIN secret"
        await peer.say("235 welcome")

    assert run(secured(script)) == ([[220], [220], [], [235]], None)


def test_a_long_message_over_tls():
    """Flow control works through the handshake too."""
    segments = (HUGE[:3_000_000], b"\r\n.\r\n")

    async def script(peer):
        await peer.say("220 go")
        await peer.writer.start_tls(authority().server("127.0.0.1"))
        await asyncio.sleep(0.1)
        got = await peer.reader.readexactly(3_000_005)
        assert got == b"".join(segments)
        await peer.say("250 taken")

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            steps = (GREETING, StartTls(), Exchange(segments, "content", 1, 30.0))
            return await connection.run(ask(*steps))

    assert run(main()) == ([[220], [], [250]], None)


def test_a_message_cut_in_the_middle_over_tls():
    """There too the end is held back until everything before it has left."""

    async def script(peer):
        await peer.say("220 go")
        await peer.writer.start_tls(authority().server("127.0.0.1"))
        await peer.reader.readexactly(1000)
        peer.cut()

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            content = Exchange((HUGE, b"\r\n.\r\n"), "content", 1, 30.0)
            return await connection.run(ask(GREETING, StartTls(), content))

    _, lost = run(main())

    assert lost.finished is False


@pytest.mark.parametrize("injected", ["250 injected", "25"])
def test_plaintext_with_the_220_is_an_attack(injected):
    """Bytes in the same packet as the 220: no handshake is begun (RFC 3207)."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        peer.writer.write(f"220 go\r\n{injected}\r\n".encode())
        got.append(await peer.gone())

    codes, lost = run(secured(script))

    assert len(codes) == 2
    assert lost is not None
    assert got == [b""]


def test_plaintext_after_the_220_is_an_attack():
    """Bytes in a later packet break the handshake; nothing is said in clear."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("220 go")
        await peer.say("250 injected")
        got.append(await peer.gone())

    _, lost = run(secured(script))

    assert lost is not None
    assert b"AUTH" not in got[0]


def test_a_greeting_that_comes_with_the_end_of_the_handshake():
    """Up to TLS 1.2 the server may be the last to speak, and goes on at once."""
    context = authority().server("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def script(peer):
        await peer.say("220 hello")
        await peer.gone()

    async def main():
        async with line(script, context=context) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            codes, lost = await connection.run(ask(StartTls(), GREETING))
            return codes, lost, connection.tls_version

    assert run(main()) == ([[], [220]], None, "TLS 1.2")


@pytest.mark.parametrize("injected", [b"220-injected\r\n", b"220 injected: "])
def test_plaintext_before_implicit_tls_is_an_attack(injected):
    """Half a reply in clear is not made whole by what comes encrypted."""

    async def script(peer):
        await peer.writer.start_tls(authority().server("127.0.0.1"))
        await peer.say("220 hello")

    async def main():
        async with line(script) as connection:
            # As a loop calls it that reads before it can be told to wait.
            connection.get_buffer(-1)[: len(injected)] = injected
            connection.buffer_updated(len(injected))
            connection.trust(authority().client(), "127.0.0.1")
            return await connection.run(ask(StartTls(), GREETING))

    codes, lost = run(main())

    assert codes == [[]]
    assert "in clear" in lost.reason


@pytest.mark.parametrize(
    ("names", "expired", "host"),
    [
        (["other.example.net"], False, "127.0.0.1"),
        (["127.0.0.1"], True, "127.0.0.1"),
        (["127.0.0.1"], False, "mail.example.org"),
    ],
)
def test_a_certificate_that_does_not_fit(names, expired, host):
    """Another name, or out of date: nothing is said, and trying again is no use."""
    got = []

    async def script(peer):
        await peer.say("220 hello")
        await peer.line()
        await peer.say("220 go")
        with contextlib.suppress(OSError):
            await peer.writer.start_tls(authority().server(*names, expired=expired))
        got.append(await peer.gone())

    codes, lost = run(secured(script, host))

    assert codes == [[220], [220], []]
    assert lost.permanent
    assert "certificate" in lost.reason
    assert got in ([], [b""])


def test_a_stranger_s_authority():
    """A certificate that nobody vouches for is not taken."""

    async def script(peer):
        await peer.say("220 go")
        with contextlib.suppress(OSError):
            await peer.writer.start_tls(authority().server("127.0.0.1"))
        await peer.gone()

    async def main():
        async with line(script) as connection:
            from safesend.net.tls import client_context

            connection.trust(client_context(), "127.0.0.1")
            return await connection.run(ask(GREETING, StartTls()))

    _, lost = run(main())

    assert lost.permanent


def test_a_server_that_does_not_speak_tls():
    """A clear answer in place of a handshake is a wrong port, not bad luck."""

    async def script(peer):
        await peer.say("220 hello")
        await peer.gone()

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            return await connection.run(ask(StartTls()))

    _, lost = run(main())

    assert lost.permanent
    assert "TLS handshake" in lost.reason


def test_a_server_that_hangs_up_in_the_handshake():
    """That may be better the next time."""

    async def script(peer):
        await peer.say("220 go")
        await peer.reader.readexactly(5)
        peer.cut()

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            return await connection.run(ask(GREETING, StartTls()))

    _, lost = run(main())

    assert not lost.permanent


class Hasty(asyncio.SelectorEventLoop):
    """asyncio gives no transport when the line goes at the wrong moment."""

    async def start_tls(self, *_args, **_settings):
        return None


def test_a_line_that_goes_at_the_wrong_moment():
    """A handshake that neither fails nor succeeds is a lost line."""

    async def script(peer):
        await peer.say("220 go")
        await peer.gone()

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            return await connection.run(ask(GREETING, StartTls()))

    with asyncio.Runner(loop_factory=Hasty) as runner:
        codes, lost = runner.run(main())

    assert codes == [[220], []]
    assert not lost.permanent


def test_a_handshake_can_be_broken_off():
    """Who is cancelled in the middle of it leaves nothing behind."""

    async def script(peer):
        await peer.say("220 go")
        await asyncio.sleep(0.3)

    async def main():
        async with line(script) as connection:
            connection.trust(authority().client(), "127.0.0.1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await connection.run(ask(GREETING, StartTls()))
            return connection.alive

    assert run(main()) is False


def test_it_is_a_buffered_protocol():
    """asyncio reads into one buffer, and gets a view of it (not a bytearray)."""
    assert issubclass(Connection, asyncio.BufferedProtocol)

    async def main():
        connection = Connection(asyncio.get_running_loop(), 1.0)
        assert isinstance(connection.get_buffer(-1), memoryview)
        return connection.get_buffer(100) is connection.get_buffer(5)

    assert run(main())
