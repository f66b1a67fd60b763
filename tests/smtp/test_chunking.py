"""Of many letters on the wire each has its own outcome, whatever the server says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.smtp import (
    Capabilities,
    ChunkingSession,
    ConnectionLost,
    Trial,
)

from .post import BODY, Office, answer, confused, hold, letter, letters, said, send

OFFERED = Capabilities(pipelining=True, chunking=True, takes_size=True, size=1_000_000)
FULL = [answer("250")] * 3 + [answer("354")]


def deep(in_flight=4, offered=OFFERED, *, passed=True, **settings):
    """A session that is past its trial."""
    trial = Trial(passed)
    return ChunkingSession(offered, in_flight=in_flight, trial=trial, **settings)


def steps_of(session, office, post):
    """What leaves at a time."""
    conversation = session.deliver(iter(post), [].append)
    steps = [next(conversation)]
    while True:
        wire = steps[-1].wire
        wire = wire if isinstance(wire, bytes) else b"".join(wire)
        try:
            steps.append(conversation.send(office.read(wire)))
        except StopIteration:
            return steps


def to_some(stage, text, *who):
    """Rules that answer so at one stage, to some of the letters."""
    current = [""]

    def rule(verb, argument):
        if verb == "RCPT":
            current[0] = argument
        hit = any(f"p{at}@" in current[0] for at in who)
        return text if hit and verb == stage else None

    return rule


def only(office):
    """Every message of the office, by its one recipient."""
    assert all(len(one.recipients) == 1 for one in office.handed)
    return [one.recipients[0] for one in office.handed]


def check_truth(office, outcomes, in_flight):
    """What is told agrees with what the office has."""
    delivered = only(office)
    assert len(delivered) == len(set(delivered))
    assert [type(one) for one in outcomes].count(InDoubt) <= in_flight
    for at, outcome in enumerate(outcomes):
        if isinstance(outcome, Accepted):
            assert f"p{at}@example.org" in delivered
        elif not isinstance(outcome, InDoubt):
            assert f"p{at}@example.org" not in delivered
    assert set(delivered) <= {f"p{at}@example.org" for at in range(len(outcomes))}
    for one in office.handed:
        number = one.recipients[0].removeprefix("p").partition("@")[0]
        assert one.content == BODY + b"number %b\r\n" % number.encode()


# What leaves together.


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 23])
@pytest.mark.parametrize("in_flight", [1, 2, 4, 64])
def test_letters_are_delivered(count, in_flight):
    """Each its own, to its one reader, in order; the line is in order after it."""
    office, session = Office(), deep(in_flight)
    outcomes = send(session, office, letters(count))

    assert [type(outcome) for outcome in outcomes] == [Accepted] * count
    check_truth(office, outcomes, in_flight)
    assert only(office) == [f"p{at}@example.org" for at in range(count)]
    assert session.usable


def test_a_round_trip_for_so_many_letters():
    """A content, three that are whole, and one that is opened: four a round trip."""
    office = Office()
    steps = steps_of(deep(4), office, letters(13))

    assert [step.replies for step in steps] == [4, 17, 17, 17, 1]
    assert [line.split()[0] for line in office.lines[4:20]] == [
        *["RSET", "MAIL", "RCPT", "BDAT"] * 3,
        *["RSET", "MAIL", "RCPT", "DATA"],
    ]
    assert not any("@" in step.shown for step in steps)
    assert [step.timeout for step in steps] == [300, 600, 600, 600, 600]


@pytest.mark.parametrize("name", ["pipelining", "chunking"])
def test_where_it_is_not_offered(name):
    """The ordinary way: no BDAT is written."""
    offered = Capabilities(**{"pipelining": True, "chunking": True, name: False})
    office = Office()
    outcomes = send(deep(4, offered), office, letters(9))

    check_truth(office, outcomes, 1)
    assert len(office.handed) == 9
    assert b"BDAT" not in office.received


def test_reset_stands_before_every_mail():
    """Nothing of a transaction outlives it (L25)."""
    office = Office()
    send(deep(4), office, letters(11))

    verbs = [line.split()[0] for line in office.lines]
    assert verbs[0::4] == ["RSET"] * 11
    assert verbs[1::4] == ["MAIL"] * 11


def test_dots_are_not_doubled_in_a_chunk():
    """Its size ends it (RFC 3030 section 2); what arrives is the same either way."""
    bodies = [
        b"",
        b".",
        b".\r\n",
        b"..\r\n.x\r\n\r\n..\r\n",
        b"x\r\n.\r\nRSET\r\n",
        b"a",
    ]
    post = [
        letter(f"p{at}@example.org", segments=(body,), size=len(body))
        for at, body in enumerate([BODY, *bodies, BODY])
    ]
    office = Office()
    outcomes = send(deep(4), office, post)

    assert [type(one) for one in outcomes] == [Accepted] * 8
    assert [one.content for one in office.handed[1:7]] == [
        *(b"", b".\r\n", b".\r\n", b"..\r\n.x\r\n\r\n..\r\n", b"x\r\n.\r\nRSET\r\n"),
        b"a\r\n",
    ]


def sized(*sizes):
    """Letters of so many octets."""
    return [
        letter(f"p{at}@example.org", segments=(b"x" * (size - 2) + b"\r\n",), size=size)
        for at, size in enumerate(sizes)
    ]


def test_what_is_unanswered_is_bounded():
    """A quarter of a megabyte leaves at a time, however many letters may."""
    office = Office()
    steps = steps_of(deep(64), office, sized(*[50_000] * 20))

    assert len(office.handed) == 20
    assert max(len(step.wire) for step in steps) < 262_144 + 4096
    assert max(step.replies for step in steps) == 1 + 4 * 5


def test_a_large_letter_goes_alone():
    """It is not copied: piece by piece, after its own 354."""
    post = sized(100, 100, 200_000, 100, 100, 100)
    large = post[2].segments[0]
    office = Office()
    steps = steps_of(deep(8), office, post)

    assert [step.replies for step in steps] == [4, 9, 5, 9, 1]
    assert steps[2].wire[0] is large
    assert len(office.handed) == 6


def test_pieces_of_a_small_letter_leave_in_one():
    """Only what is large is written piece by piece."""
    office = Office()
    steps = steps_of(deep(3), office, sized(*[20_000] * 5))

    assert all(isinstance(step.wire, bytes) for step in steps[1:])
    assert [len(one.content) for one in office.handed] == [20_000] * 5


def test_taken_are_those_that_leave_and_one_more():
    """What was not begun can still be given to another session."""
    taken, told = [], []

    def post():
        for at, one in enumerate(letters(30)):
            taken.append(at)
            assert len(taken) - len(told) <= 5
            yield one

    hold(deep(4).deliver(post(), told.append), Office())

    assert len(told) == 30


def test_a_content_is_held_back_when_it_may_not_go_any_more():
    """The one that waits for its 354 stays, and nothing goes with it."""
    office, session, big = Office(), deep(2), letter("big@example.org", size=10**9)
    session.may_go = lambda: len(office.handed) < 3
    post = iter([*letters(3), big, *letters(9)[3:]])
    outcomes = send(session, office, post)

    assert len(outcomes) == 10 - len(list(post))
    assert outcomes.index(NotSent(Stage.CONTENT, text=session.broken)) >= 3
    assert len(office.handed) == [type(one) for one in outcomes].count(Accepted)
    assert office.lines[-1] == "DATA"
    check_truth(office, [one for one in outcomes if not isinstance(one, Refused)], 2)


@pytest.mark.parametrize(("own", "theirs"), [(6, None), (None, 6)])
def test_a_session_has_an_end(own, theirs):
    """After so many transactions no more are begun; the line is in order (RFC 9422)."""
    offered = Capabilities(pipelining=True, chunking=True, mailmax=theirs)
    office, session = Office(), deep(4, offered, max_messages=own)
    post = iter(letters(9))

    assert [type(one) for one in send(session, office, post)] == [Accepted] * 6
    assert not session.usable
    assert session.broken == ""
    assert len(list(post)) == 3


@pytest.mark.parametrize(
    "big", [(0,), (0, 1, 2), (2, 6), (3, 4, 8), range(4, 11), (10,)]
)
def test_a_letter_that_does_not_fit_stops_nobody(big):
    """It is refused without a byte, and told in its turn."""
    post = letters(11)
    for at in big:
        post[at] = letter(f"p{at}@example.org", size=2_000_000)
    office = Office()
    outcomes = send(deep(4), office, post)

    kinds = [Refused if at in big else Accepted for at in range(11)]
    assert [type(outcome) for outcome in outcomes] == kinds
    check_truth(office, outcomes, 4)


# Refusals.


@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize(
    ("text", "kind"), [("450 4.2.0 later", Deferred), ("550 5.1.1 never", Refused)]
)
@pytest.mark.parametrize("forgets", [True, False])
def test_a_refused_recipient(at, text, kind, forgets):
    """That one is told so, and nobody gets what was meant for another."""
    office, session = Office(to_some("RCPT", text, at), forgets=forgets), deep(4)
    outcomes = send(session, office, letters(9))

    check_truth(office, outcomes, 4)
    code, enhanced, words = text.split(" ", 2)
    assert outcomes.pop(at) == kind(Stage.RCPT, int(code), enhanced, words)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 8
    assert session.usable


@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize("stage", ["BDAT", "DATA", "."])
@pytest.mark.parametrize("text", ["452 4.3.1 full", "554 5.7.1 no"])
def test_a_refused_content(at, stage, text):
    """Before or after its octets, in a chunk or not: it is that letter's."""
    office, session = Office(to_some(stage, text, at)), deep(4)
    outcomes = send(session, office, letters(9))

    check_truth(office, outcomes, 4)
    assert [type(one) for one in outcomes].count(Accepted) >= 8
    assert session.usable


def test_a_refused_sender():
    """A refusal of MAIL is the outcome, not the 503s that follow it."""

    def rule(verb, argument):
        if verb == "MAIL":
            seen.append(verb)
        refused = len(seen) == 3
        return (
            "550 5.7.1 not you"
            if refused and verb == "MAIL"
            else ("503 no" if refused and verb in ("RCPT", "BDAT") else None)
        )

    seen = []
    office = Office(rule)
    outcomes = send(deep(4), office, letters(5))

    assert outcomes.pop(2) == Refused(Stage.MAIL, 550, "5.7.1", "not you")
    assert [type(one) for one in outcomes] == [Accepted] * 4


def test_an_opening_that_is_refused_lets_no_letter_leave_whole():
    """Without a 354 the count is not proved: RSET asks, and the next one goes alone."""

    def rule(verb, argument):
        return current("RCPT", argument) if verb == "RCPT" else dead(verb)

    def current(_, argument):
        refused[0] = "p4@" in argument
        return "550 5.1.1 who" if refused[0] else None

    def dead(verb):
        return (
            "554 5.5.1 no valid recipients" if refused[0] and verb == "DATA" else None
        )

    refused = [False]
    office = Office(rule)
    steps = steps_of(deep(4), office, letters(9))

    assert [step.replies for step in steps] == [4, 17, 1, 4, 13, 1]
    assert steps[2].wire == b"RSET\r\n"
    assert len(office.handed) == 8


def test_a_command_that_is_not_known():
    """Who refuses BDAT itself refuses nobody: the ordinary way from then on."""
    office, session = (
        Office(lambda verb, _: "503 no" if verb == "BDAT" else None),
        deep(),
    )
    outcomes = send(session, office, letters(9))

    kinds = [Accepted, *[NotSent] * 3, *[Accepted] * 5]
    assert [type(one) for one in outcomes] == kinds
    assert outcomes[1] == NotSent(Stage.CONTENT, 503, None, "no")
    assert office.received.count(b"BDAT") == 3
    assert session.usable


# A relay that is not known.


def test_the_first_letter_is_a_trial():
    """One leaves whole; once it was taken so many as may."""
    office, trial = Office(), Trial()
    session = ChunkingSession(OFFERED, in_flight=4, trial=trial)
    steps = steps_of(session, office, letters(11))

    assert [step.replies for step in steps] == [4, 9, 17, 17, 1]
    assert trial.passed
    again = steps_of(
        ChunkingSession(OFFERED, in_flight=4, trial=trial), office, letters(5)
    )
    assert [step.replies for step in again] == [4, 17, 1]


def test_a_session_has_a_trial_of_its_own():
    """Where none is shared with others."""
    steps = steps_of(ChunkingSession(OFFERED, in_flight=4), Office(), letters(3))

    assert [step.replies for step in steps] == [4, 9, 1]


def test_a_relay_that_fails_the_trial():
    """One letter is in doubt, and no other leaves whole, on this line or the next."""
    trial = Trial()
    session = ChunkingSession(OFFERED, in_flight=4, trial=trial)
    office = Office(mute_after=8)
    outcomes = send(session, office, letters(9))

    assert [type(one) for one in outcomes] == [Accepted, InDoubt, NotSent]
    assert trial.passed is False
    office = Office()
    session = ChunkingSession(OFFERED, in_flight=4, trial=trial)
    assert [type(one) for one in send(session, office, letters(9))] == [Accepted] * 9
    assert b"BDAT" not in office.received


def test_a_refused_recipient_is_no_trial():
    """It tells nothing of BDAT; the next one is tried."""
    trial = Trial()
    office = Office(to_some("RCPT", "550 who", 1))
    session = ChunkingSession(OFFERED, in_flight=4, trial=trial)
    steps = steps_of(session, office, letters(9))

    assert [step.replies for step in steps] == [4, 9, 9, 17, 1]
    assert trial.passed


# The end of the line.


@pytest.mark.parametrize(
    ("verb", "outcome"),
    [
        ("RSET", InDoubt(Stage.CONTENT, text="the server ended the session (421)")),
        ("MAIL", Deferred(Stage.MAIL, 421, None, "bye")),
        ("RCPT", Deferred(Stage.RCPT, 421, None, "bye")),
        ("BDAT", Deferred(Stage.CONTENT, 421, None, "bye")),
    ],
)
def test_a_server_that_hangs_up(verb, outcome):
    """A refusal counts; who seems to be taken is in doubt, as nobody counted."""
    seen = []

    def rule(said, _):
        seen.append(said)
        place = 3 if verb != "BDAT" else 2
        return "421 bye" if said == verb and seen.count(verb) == place else None

    office, session = Office(rule), deep(4)
    outcomes = send(session, office, letters(9))

    doubt = InDoubt(Stage.CONTENT, text="the server ended the session (421)")
    assert type(outcomes[0]) is Accepted
    assert outcomes[1:4] == [doubt, outcome, doubt]
    assert [type(one) for one in outcomes[4:]] == [NotSent]
    assert not session.usable
    check_truth(office, outcomes, 4)


def test_a_server_that_hangs_up_behind_the_354():
    """All of them have their answers; the one that was opened has not begun."""
    outcomes, session = [], deep(4)
    conversation = session.deliver(iter(letters(9)), outcomes.append)
    said(
        [FULL, [answer("250")] * 16 + [answer("354"), answer("421 bye")]], conversation
    )

    assert [type(one) for one in outcomes] == [Accepted] * 4 + [NotSent]
    assert not session.usable


def test_a_server_that_hangs_up_when_asked():
    """A 421 to the RSET that proves the count takes nothing back."""
    opened = [answer("250")] * 12 + [
        answer("250"),
        answer("250"),
        answer("550"),
        answer("554"),
    ]
    outcomes, session = [], deep(4)
    conversation = session.deliver(iter(letters(9)), outcomes.append)
    said([FULL, [answer("250"), *opened], [answer("421 bye")]], conversation)

    assert [type(one) for one in outcomes] == [Accepted] * 4 + [Refused]
    assert not session.usable


@pytest.mark.parametrize("given_back", ["554 late", "354 late", ConnectionLost("cut")])
def test_a_reply_too_many_that_a_refusal_hides(given_back):
    """What DATA was answered comes behind: then nothing before it is believed (L26)."""
    opened = [answer("250")] * 15 + [answer("550")]
    outcomes, session = [], deep(4)
    conversation = session.deliver(iter(letters(9)), outcomes.append)
    last = given_back if isinstance(given_back, Exception) else [answer(given_back)]
    said([FULL, [answer("250"), *opened], last], conversation)

    assert [type(one) for one in outcomes] == [InDoubt] * 4 + [NotSent]
    assert not session.usable


@pytest.mark.parametrize("cut", range(0, 2600, 13))
@pytest.mark.parametrize("in_flight", [2, 4])
def test_wherever_the_line_is_cut(cut, in_flight):
    """At most so many letters are in doubt; what is not sent was not delivered."""
    office, session = Office(cuts_after=cut), deep(in_flight)
    post = iter(letters(12))
    outcomes = send(session, office, post)

    check_truth(office, outcomes, in_flight)
    assert not session.usable or len(outcomes) == 12
    assert len(outcomes) + len(list(post)) == 12


@pytest.mark.parametrize("mute", range(40))
def test_wherever_the_server_falls_silent(mute):
    """The replies of a group that is whole still count, and those to a content."""
    office, session = Office(mute_after=mute), deep(4)
    outcomes = send(session, office, letters(9))

    check_truth(office, outcomes, 4)
    accepted = [type(one) for one in outcomes].count(Accepted)
    assert accepted == sum(mute >= end for end in [5, *[21] * 3, 22, *[38] * 3, 39])


def test_nothing_left_of_what_was_not_begun():
    """A line that is gone before a group is written leaves no doubt."""
    outcomes, session = [], deep(4)
    conversation = session.deliver(iter(letters(9)), outcomes.append)
    said([FULL, ConnectionLost("gone", finished=False)], conversation)

    assert [type(one) for one in outcomes] == [NotSent] * 5


def group_of(*texts):
    """Replies to a content, to two whole letters and to an opening."""
    return [answer(text) for text in texts]


WELL = ["250"] * 12 + ["354"]


@pytest.mark.parametrize(
    "changes",
    [
        {12: "250"},  # one too many somewhere before
        {11: "354"},
        {4: "354"},
        {3: "550"},  # refused, and its content taken
        {2: "550"},
        {2: "550", 3: "550"},
        {1: "550"},
        {1: "550", 2: "550", 3: "550", 4: "550"},
        {0: "354"},
    ],
)
def test_replies_out_of_step_are_nobodys(changes):
    """Where the codes cannot belong to the commands none of them is written down."""
    texts = [changes.get(at, text) for at, text in enumerate(WELL)]
    outcomes, session = [], deep(3)
    conversation = session.deliver(iter(letters(9)), outcomes.append)
    said([FULL, group_of(*texts)], conversation)

    assert [type(one) for one in outcomes] == [*[InDoubt] * 3, NotSent]
    assert not session.usable


def test_a_last_content_that_is_answered_as_nothing_is():
    """A 354 to a content is nobody's answer."""
    outcomes, session = [], deep(4)
    conversation = session.deliver(iter(letters(1)), outcomes.append)
    said([FULL, [answer("354")]], conversation)

    assert [type(one) for one in outcomes] == [InDoubt]
    assert not session.usable


class Surplus:
    """Carries a conversation; the server says 250 once without being asked.

    Its last words are late: no more is read than is waited for. After `most` replies
    the line ends.
    """

    def __init__(self, office, at, most=999):
        self.office, self.at, self.said, self.heard = office, at, 0, []
        self.most = most

    def hold(self, conversation):
        try:
            step = next(conversation)
            while True:
                wire = (
                    step.wire if isinstance(step.wire, bytes) else b"".join(step.wire)
                )
                for reply in self.office.read(wire):
                    self.said += 1
                    if self.said == self.at:
                        self.heard.append(answer("250 surplus"))
                    self.heard.append(reply)
                replies = self.heard[: min(step.replies, self.most)]
                del self.heard[: step.replies]
                self.most -= len(replies)
                ended = replies and replies[-1].code == 421
                if ended or len(replies) == step.replies:
                    step = conversation.send(replies)
                else:
                    step = conversation.throw(ConnectionLost("late", replies=replies))
        except StopIteration:
            return


@pytest.mark.parametrize("at", range(1, 50))
@pytest.mark.parametrize("stage", ["RCPT", "BDAT", "DATA"])
@pytest.mark.parametrize("who", [(), (2,), (3,), (4,), (3, 4)])
def test_one_reply_too_many(at, stage, who):
    """Wherever it comes, nobody is told what was meant for another (L26)."""
    office = Office(to_some(stage, "550 no", *who))
    session, outcomes = deep(4), []
    Surplus(office, at).hold(session.deliver(iter(letters(13)), outcomes.append))

    check_truth(office, outcomes, 4)


@pytest.mark.parametrize("at", range(5, 23))
@pytest.mark.parametrize("stage", ["RCPT", "BDAT"])
@pytest.mark.parametrize("who", [(1,), (2,), (3,)])
def test_one_reply_too_many_and_the_line_ends(at, stage, who):
    """Nobody is told what was meant for another, as nothing shows the count (L26)."""
    for most in range(at, 40):
        office = Office(to_some(stage, "550 no", *who))
        session, outcomes = deep(4), []
        driver = Surplus(office, at, most)
        driver.hold(session.deliver(iter(letters(9)), outcomes.append))

        check_truth(office, outcomes, 4)


@pytest.mark.parametrize("at", range(6, 22))
@pytest.mark.parametrize("stage", ["RCPT", "BDAT"])
@pytest.mark.parametrize("who", [(1,), (2,), (3,)])
def test_one_reply_too_many_and_a_421(at, stage, who):
    """A server that hangs up in the middle shows no count either (L26)."""
    for most in range(5, 30):
        refused, calls = to_some(stage, "550 no", *who), []

        def rule(verb, argument, refused=refused, calls=calls, most=most):
            calls.append(verb)
            return "421 bye" if len(calls) == most else refused(verb, argument)

        office, session, outcomes = Office(rule), deep(4), []
        conversation = session.deliver(iter(letters(9)), outcomes.append)
        Surplus(office, at).hold(conversation)

        check_truth(office, outcomes, 4)


TEXTS = st.sampled_from(
    [
        "250 ok",
        "251 ok",
        "450 later",
        "421 bye",
        "550 never",
        "354 go",
        None,
        None,
        None,
    ]
)


@given(
    forgets=st.booleans(),
    seed=st.integers(0, 2**32),
    cut=st.none() | st.integers(0, 2500),
    mute=st.none() | st.integers(0, 60),
    most=st.none() | st.integers(1, 9),
    in_flight=st.integers(1, 6),
    passed=st.sampled_from([None, True, False]),
    texts=st.lists(TEXTS, min_size=1, max_size=12),
)
def test_whatever_a_server_does(
    *, forgets, seed, cut, mute, most, in_flight, passed, texts
):
    """No delivery has two recipients or comes twice, and no outcome is a lie."""
    dice = random.Random(seed)

    def rule(verb, _):
        text = dice.choice(texts)
        if text is None or verb == "RSET":
            return None
        # A server may refuse anything, but does not grant content it never reads,
        # and a 2xx to DATA would make commands of the letter.
        if text == "354 go" or (verb == "DATA" and text.startswith("25")):
            return None
        return text

    office = Office(rule, forgets=forgets, cuts_after=cut, mute_after=mute)
    session = deep(in_flight, passed=passed, max_messages=most)
    post = iter(letters(12))
    outcomes = send(session, office, post)

    check_truth(office, outcomes, in_flight)
    assert len(outcomes) + len(list(post)) == 12


@given(st.lists(st.integers(200, 559), max_size=80), st.integers(1, 6))
def test_no_replies_confuse_the_session(codes, in_flight):
    """Whatever is answered, each letter has one outcome, and few are in doubt."""
    taken, outcomes = confused(deep(in_flight), codes, 12)

    assert len(outcomes) == len(taken)
    assert [type(one) for one in outcomes].count(InDoubt) <= in_flight
