"""What carriers over a line share is checked and opened in one way."""

from __future__ import annotations

import asyncio

import pytest

from net.peer import listening, run
from safesend.errors import ConfigurationError, TransportError
from safesend.net.dial import dial
from safesend.smtp import Timeouts
from safesend.transports.smtp_line import (
    OwnContext,
    check_line,
    is_count,
    open_line,
    show_host,
)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("", 25, None, None, None), "host"),
        (("a b", 25, None, None, None), "host"),
        (("[::1]", 25, None, None, None), "brackets"),
        (("mx", 0, None, None, None), "port"),
        (("mx", 65536, None, None, None), "port"),
        (("mx", 25, 0, None, None), "timeout"),
        (("mx", 25, 86401, None, None), "timeout"),
        (("mx", 25, None, "a b", None), "helo"),
        (("mx", 25, None, None, 0), "max_messages"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    """Each is told by its name."""
    with pytest.raises(ConfigurationError, match=words):
        check_line(*settings)


def test_settings_that_can_be():
    """The usual, and the most."""
    check_line("mx", None, None, None, None)
    check_line("::1", 65535, 86400, "[192.0.2.1]", 1)


def test_counts():
    """From one to the most, or none at all; nothing that is no whole number."""
    assert [is_count(one, 2) for one in (None, 1, 2)] == [True] * 3
    assert [is_count(one, 2) for one in (0, 3, 1.0, "1")] == [False] * 4


def test_hosts_in_urls():
    """An IPv6 address stands in brackets."""
    assert (show_host("::1"), show_host("mx")) == ("[::1]", "mx")


def test_a_context_is_made_once():
    """Reading the system's authorities takes its time."""
    own = OwnContext()

    assert own.get() is own.get()


@pytest.mark.parametrize("error", [TransportError("no", permanent=True), KeyError()])
def test_a_line_that_cannot_be_begun_is_let_go_of(error):
    """The carrier's name stands in front of what a server or the line did wrong."""
    gone = []

    async def peer(other):
        await other.gone()
        gone.append(True)

    async def begin(line):
        raise error

    async def main():
        async with listening(peer) as port:
            line = await dial("127.0.0.1", port, Timeouts())
            try:
                await open_line("smtp://mx:25", line, begin)
            finally:
                async with asyncio.timeout(30):
                    while not gone:  # noqa: ASYNC110 - it is the peer's to say
                        await asyncio.sleep(0.01)

    with pytest.raises(type(error)) as caught:
        run(main())

    if isinstance(error, TransportError):
        assert str(caught.value) == "smtp://mx:25: no"
        assert caught.value.permanent
