"""What was sent, each sending once however many layers it went through."""

from __future__ import annotations

import contextlib

from safesend.testing.guard.log import Log


def _names(log: Log) -> list[str]:
    return [one.mailer for one in log.sent]


def test_the_lowest_layer_that_sends_is_the_one_that_counts() -> None:
    """What the upper ones were asked for is forgotten then."""
    log = Log()
    asked = [(["ada@example.org"], b"x")]
    with log.during("upper", lambda: asked), log.during("middle", lambda: asked):
        log.add("wire", ["ada@example.org"], b"x")
    assert _names(log) == ["wire"]


def test_without_a_lower_one_the_call_itself_counts() -> None:
    """Of two, the lower; each message of it."""
    log = Log()
    asked = [(["ada@example.org"], b"x"), (["bo@example.com"], b"y")]
    with log.during("upper", lambda: asked), log.during("lower", lambda: asked):
        pass
    assert _names(log) == ["lower", "lower"]


def test_a_call_that_fails_was_still_asked() -> None:
    """What a server refuses was meant to be sent."""
    log = Log()
    with contextlib.suppress(OSError), log.during("upper", lambda: [([], b"")]):
        raise OSError
    assert _names(log) == ["upper"]


def test_what_cannot_be_written_was_sent_by_nobody() -> None:
    """A message that the mailer itself fails to make is none."""
    log = Log()
    with contextlib.suppress(ValueError), log.during("upper", lambda: [([], None)]):  # type: ignore[list-item]
        raise ValueError
    assert log.sent == []


def test_what_cannot_be_read_is_noted() -> None:
    """A mailer that took what is no message, as a test's own objects are."""
    log = Log()
    with log.during("upper", lambda: [([], "text")]):  # type: ignore[list-item]
        pass
    [sent] = log.sent
    assert (sent.mailer, sent.trouble, sent.content) == ("upper", "TypeError", b"")
    log.add("wire", [], b"")
    assert log.sent[-1].trouble == ""


def test_what_was_sent_shows_nobody_when_it_is_printed() -> None:
    """Neither recipients nor content stand in a failing assertion."""
    log = Log()
    log.add("wire", ["ada@example.org"], b"To: ada@example.org")
    assert "ada" not in repr(log)
    place = log.sent[0].place
    assert place is not None
    assert place.source == 'log.add("wire", ["a…@example.org"], b"To: a…@example.org")'
