"""A line is opened, or it is said why not."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import gc
import socket

import pytest

from safesend.errors import TransportError
from safesend.net.connection import Connection
from safesend.net.dial import address_literal, dial, dial_unix, in_turn
from safesend.smtp import Opening, Security, Timeouts, opening

from .peer import listening, run


async def nothing(peer):
    await peer.gone()


def test_a_refused_connection_may_be_tried_again():
    """Nobody listens: a server that is being started again, perhaps."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(TransportError) as caught:
            run(dial("127.0.0.1", port, Timeouts()))

    error = caught.value
    assert (error.stage, error.code, error.permanent) == ("connect", None, False)
    told = f"127.0.0.1:{port}: connection refused; nothing answers on this port"
    assert str(error) == told


def test_a_name_that_does_not_exist():
    """The name is told; whether it is for good depends on what the resolver says."""
    with pytest.raises(TransportError, match="resolved") as caught:
        run(dial("no.such.host.invalid", 25, Timeouts()))

    assert caught.value.stage == "connect"


def test_a_connection_that_takes_too_long():
    """The time is that of the greeting, at most half a minute."""
    with pytest.raises(TransportError, match="in time") as caught:
        run(dial("127.0.0.1", 1, Timeouts.of(1e-9)))

    assert not caught.value.permanent


def test_a_name_leads_to_the_address_that_answers():
    """localhost may be ::1 as well, where nobody listens."""

    async def main():
        async with listening(nothing) as port:
            connection = await dial("localhost", port, Timeouts())
            await connection.close()
            return connection.local_host

    assert run(main()) == "127.0.0.1"


def test_a_dead_address_leaves_time_for_the_next():
    """A backlog that is full answers nothing, as a machine does that is away."""

    async def main():
        loop = asyncio.get_running_loop()
        async with listening(nothing) as port:
            with socket.socket() as dead, contextlib.ExitStack() as waiting:
                dead.bind(("127.0.0.9", port))
                dead.listen(0)
                for _ in range(3):
                    caller = waiting.enter_context(socket.socket())
                    caller.setblocking(False)
                    caller.connect_ex(("127.0.0.9", port))
                connection = await in_turn(
                    functools.partial(
                        loop.create_connection, lambda: Connection(loop, 1.0)
                    ),
                    ["127.0.0.9", "127.0.0.1"],
                    port,
                    3.0,
                )
                await connection.close()
                return connection.local_host

    assert run(main()) == "127.0.0.1"


def test_where_no_address_answers_the_last_error_is_told():
    """Which is as good as any other."""

    async def main():
        loop = asyncio.get_running_loop()
        connect = functools.partial(
            loop.create_connection, lambda: Connection(loop, 1.0)
        )
        await in_turn(connect, ["127.0.0.1", "127.0.0.2"], 1, 1.0)

    with pytest.raises(ConnectionRefusedError):
        run(main())


def test_the_address_to_send_from_can_be_chosen():
    """A machine with several addresses sends from the one that is set."""

    async def main():
        async with listening(nothing) as port:
            connection = await dial("127.0.0.1", port, Timeouts(), "127.0.0.2")
            await connection.close()
            return connection.local_host

    assert run(main()) == "127.0.0.2"


def test_connecting_that_is_broken_off_leaves_no_socket(recwarn):
    """At whatever moment: the socket is closed, and not left to the collector."""

    async def main():
        async with listening(nothing) as port:
            for turns in range(60):
                dialled = asyncio.ensure_future(dial("127.0.0.1", port, Timeouts()))
                for _ in range(turns % 12):
                    await asyncio.sleep(0)
                dialled.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    (await dialled).abort("not wanted any more")
            await asyncio.sleep(0.01)

    gc.collect()
    recwarn.clear()  # of what tests before this one left
    run(main())
    gc.collect()
    assert [one for one in recwarn if one.category is ResourceWarning] == []


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("192.168.1.7", "[127.0.0.1]"),
        ("10.0.0.1", "[127.0.0.1]"),
        ("127.0.0.1", "[127.0.0.1]"),
        ("fe80::1%eth0", "[127.0.0.1]"),
        ("fd00::1", "[127.0.0.1]"),
        ("::1", "[127.0.0.1]"),
        ("8.8.8.8", "[8.8.8.8]"),
        ("2001:4860:4860::8888", "[IPv6:2001:4860:4860::8888]"),
    ],
)
def test_no_address_inside_a_network_is_told(host, literal):
    """What only we know is not written into Received headers (L13)."""
    assert address_literal(host) == literal


def test_a_unix_socket(tmp_path):
    """A line over it has no address; what we say of ourselves is the loopback one."""

    async def main():
        served = asyncio.Event()
        server = await asyncio.start_unix_server(
            lambda _, writer: (writer.close(), served.set()), tmp_path / "socket"
        )
        connection = await dial_unix(tmp_path / "socket", Timeouts())
        await served.wait()
        hosts = connection.local_host, connection.peer_host
        await connection.close()
        server.close()
        return hosts

    assert run(main()) == ("", "")
    assert address_literal("") == "[127.0.0.1]"


def test_what_is_no_socket_to_be_used(tmp_path):
    """For good, unless a server that starts again would mend it."""
    (tmp_path / "file").touch()
    for name, kind in ("left", socket.SOCK_STREAM), ("datagrams", socket.SOCK_DGRAM):
        with socket.socket(socket.AF_UNIX, kind) as left:
            left.bind(str(tmp_path / name))
            if kind is socket.SOCK_DGRAM:
                found = unusable(tmp_path / name)
    errors = {
        name: unusable(tmp_path / name)
        for name in ("missing", "file", "left", "file/below")
    } | {"datagrams": found}

    assert {name: error.permanent for name, error in errors.items()} == {
        "missing": False,
        "file": True,
        "left": False,
        "file/below": True,
        "datagrams": True,
    }
    assert all(str(tmp_path) in str(error) for error in errors.values())


def unusable(path):
    with pytest.raises(TransportError) as caught:
        run(dial_unix(path, Timeouts()))
    assert caught.value.stage == "connect"
    return caught.value


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (PermissionError(errno.EACCES, "no"), True),
        (OSError(errno.ECONNRESET, "no"), False),
        (TimeoutError(), False),
    ],
)
def test_a_unix_socket_that_fails(tmp_path, error, permanent):
    """What the system says decides; root may do everything, so it is told here."""

    async def main():
        loop = asyncio.get_running_loop()

        async def fails(*_, **__):
            raise error

        loop.create_unix_connection = fails
        with socket.socket(socket.AF_UNIX) as here:
            here.bind(str(tmp_path / "socket"))
            await dial_unix(tmp_path / "socket", Timeouts())

    with pytest.raises(TransportError) as caught:
        asyncio.run(main())

    assert caught.value.permanent is permanent


def test_a_full_unix_socket(tmp_path):
    """Its backlog is full: no letter is begun, and it is tried again."""

    async def main():
        with socket.socket(socket.AF_UNIX) as full, contextlib.ExitStack() as waiting:
            full.bind(str(tmp_path / "socket"))
            full.listen(0)
            for _ in range(3):
                caller = waiting.enter_context(socket.socket(socket.AF_UNIX))
                caller.setblocking(False)
                caller.connect_ex(str(tmp_path / "socket"))
            with contextlib.suppress(TransportError):
                line = await dial_unix(tmp_path / "socket", Timeouts.of(0.5))
                settings = Opening("[127.0.0.1]", Security.PLAINTEXT, lmtp=True)
                with pytest.raises(TransportError) as caught:
                    await line.run(opening(settings))
                await line.close()
                assert not caught.value.permanent

    run(main())
