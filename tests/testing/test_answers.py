from __future__ import annotations

import pytest

from safesend.testing.answers import Answers
from safesend.testing.clock import FakeClock
from safesend.testing.faults import Faults
from safesend.testing.post import Post, Settings
from safesend.testing.rules import Moment
from testing.wire import Talk

BEGIN = ("MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example>", "DATA")


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.type("EHLO me.example")
    return talk


def test_a_scripted_refusal_has_no_effect(talk: Talk) -> None:
    """The recipient is not taken, so there is nobody to send to."""
    talk.faults.reply("rcpt", "450 4.2.1 Busy", times=1)

    assert talk.codes(*BEGIN) == [250, 450, 554]
    assert talk.codes(*BEGIN[1:], "x", ".") == [250, 354, 250]


def test_a_scripted_consent_has_the_usual_effect(talk: Talk) -> None:
    """354 without a recipient reads the data; nobody gets it."""
    talk.faults.reply("rcpt", "550 5.1.1 No")
    talk.faults.reply("data", "354 Go on")

    assert talk.codes(*BEGIN, ".") == [250, 550, 354, 554]
    assert talk.post.messages == []


def test_a_long_reply_is_written_as_lines(talk: Talk) -> None:
    """As the script has it."""
    talk.faults.reply("mail", "250-one\n250 two")

    assert talk.type(BEGIN[0]) == ["250-one", "250 two"]


def test_421_closes_the_connection(talk: Talk) -> None:
    """Whatever the stage."""
    talk.faults.reply("rset", "421 4.3.2 Shutting down")

    assert talk.codes("RSET") == [421]
    assert talk.closed


def test_dropping_after_the_dot_loses_the_message(talk: Talk) -> None:
    """It was read, and nothing was done."""
    talk.faults.drop_after("dot")

    assert talk.codes(*BEGIN, "x", ".") == [250, 250, 354]
    assert talk.dropped
    assert talk.post.messages == []


def test_dropping_before_the_reply_keeps_the_message(talk: Talk) -> None:
    """The client cannot know (RFC 1047)."""
    talk.faults.drop_before_reply("dot")

    assert talk.codes(*BEGIN, "x", ".") == [250, 250, 354]
    assert talk.dropped
    assert len(talk.post.messages) == 1


def test_earlier_replies_of_the_group_are_written_before_a_drop(talk: Talk) -> None:
    """Only what comes after is lost."""
    talk.faults.drop_after("rcpt")

    assert talk.group(*BEGIN) == ["250 2.1.0 Ok"]
    assert talk.dropped


def test_a_stalled_reply_comes_later(talk: Talk) -> None:
    """And nothing is read meanwhile; then everything goes on as usual."""
    talk.faults.stall("dot", 30.0)
    talk.group(*BEGIN)

    assert talk.group("x", ".") == []
    assert talk.group("RSET", *BEGIN) == []
    [(seconds, go_on)] = talk.waiting
    assert seconds == 30.0
    go_on()
    codes = [answer[:3] for answer in talk.said()]
    assert codes == ["250", "250", "250", "250", "354"]
    assert talk.post.messages[0].recipients == ("b@x.example",)


def test_two_stalls_follow_each_other(talk: Talk) -> None:
    """One command after the other."""
    talk.faults.stall("mail", 1.0)
    talk.faults.stall("rcpt", 2.0)

    assert talk.group(*BEGIN) == []
    talk.waiting.pop()[1]()
    assert talk.said() == ["250 2.1.0 Ok"]
    talk.waiting.pop()[1]()
    assert [answer[:3] for answer in talk.said()] == ["250", "354"]


def test_a_stalled_starttls_begins_after_its_reply() -> None:
    """The handshake waits as well."""
    talk = Talk(starttls=True)
    talk.faults.stall("starttls", 1.0)
    assert talk.codes("EHLO me", "STARTTLS") == [250]
    assert talk.handshakes == 0

    talk.waiting.pop()[1]()

    assert talk.said() == ["220 2.0.0 Go ahead"]
    assert talk.handshakes == 1


def test_a_surplus_reply_is_in_the_same_write(talk: Talk) -> None:
    """Counting the replies finds it."""
    talk.faults.surplus_reply("noop")

    assert talk.codes("NOOP") == [250, 250]
    assert talk.codes("NOOP") == [250]


def test_garbage_takes_the_place_of_a_reply(talk: Talk) -> None:
    """The octets are written as they are."""
    talk.faults.garbage("noop", b"ge\xffnug\r\n")
    talk.dialogue.feed(b"NOOP\r\n")

    assert talk.written.endswith(b"ge\xffnug\r\n")


def test_what_was_told_is_noted(talk: Talk) -> None:
    """Garbage as it was, and nothing where the server said nothing."""
    talk.faults.garbage("dot", b"\xff?\r\n", message=1)
    talk.faults.drop_before_reply("dot", message=2)
    talk.type(*BEGIN)
    talk.dialogue.feed(b".\r\n")
    talk.written = b""
    talk.type(*BEGIN, ".")

    first, second = (attempt.so_far() for attempt in talk.post.attempts)
    assert (first.reply, first.accepted) == ("\\xff?\r\n", True)
    assert (second.reply, second.accepted) == ("", True)
    assert second.stage == "content"


def test_a_lost_message_is_noted_as_such(talk: Talk) -> None:
    """It was read, and not kept."""
    talk.faults.drop_after("dot")
    talk.type(*BEGIN, "x", ".")

    [lost] = (attempt.so_far() for attempt in talk.post.attempts)
    assert (lost.stage, lost.reply, lost.accepted) == ("content", "", False)


def test_a_stalled_answer_is_noted_when_it_is_given() -> None:
    """By the clock of the server."""
    clock = FakeClock()
    talk = Talk(faults=Faults(clock))
    talk.faults.stall("dot", 30.0)
    talk.type("EHLO me.example", *BEGIN, "x", ".")
    clock.advance(30)
    talk.waiting.pop()[1]()

    [told] = (attempt.so_far() for attempt in talk.post.attempts)
    assert (told.began, told.ended, told.accepted) == (0, 30, True)


def test_without_enhanced_codes_none_is_said() -> None:
    """Also not in a scripted reply of several lines."""
    talk = Talk(enhanced_codes=False)
    talk.faults.reply("noop", "450-4.2.1 a\n450 4.2.1 b")

    assert talk.type("NOOP") == ["450-a", "450 b"]


def test_the_greeting_can_be_scripted() -> None:
    """A server may turn everybody away."""
    faults = Faults()
    faults.reply("connect", "554 5.3.2 Not here")

    assert Talk(faults=faults).said() == ["554 5.3.2 Not here"]


def test_answers_alone_know_no_moment() -> None:
    """The base knows the stage and nothing else."""

    class Mute:
        def write(self, octets: bytes) -> None:
            self.octets = octets

    line = Mute()
    answers = Answers(Post(Settings(), Faults()), line)
    answers.settle("noop", "", "250 2.0.0 Ok")
    answers.advance()
    answers.flush()

    assert answers.moment("noop", "x") == Moment("noop", "x", 0, 0, None, ())
    assert line.octets == b"250 2.0.0 Ok\r\n"
