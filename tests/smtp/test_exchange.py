"""Steps can be printed; times are those of the RFC or one for all."""

from __future__ import annotations

from safesend.errors import SafesendError
from safesend.smtp import ConnectionLost, Exchange, Reply, Timeouts


def test_a_step_shows_no_bytes():
    """What is written may be a password or an address."""
    shown = repr(Exchange(b"AUTH PLAIN c2VjcmV0\r\n", "AUTH PLAIN ***"))

    assert "c2Vj" not in shown
    assert "AUTH PLAIN ***" in shown


def test_the_times_are_those_of_the_rfc():
    """RFC 5321 section 4.5.3.2."""
    times = Timeouts.of(None)

    assert (times.greeting, times.command, times.data) == (300, 300, 120)
    assert (times.block, times.content) == (180, 600)


def test_one_time_replaces_them_all():
    """A caller who names a time waits no longer for anything."""
    assert Timeouts.of(2.5) == Timeouts(2.5, 2.5, 2.5, 2.5, 2.5)


def test_a_loss_keeps_what_came_before():
    """The replies that were there already are not lost with the line."""
    lost = ConnectionLost("cut", replies=[Reply(250)])

    assert isinstance(lost, SafesendError)
    assert (str(lost), lost.replies) == ("cut", (Reply(250),))
    assert (lost.finished, lost.permanent) == (True, False)
