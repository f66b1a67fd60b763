"""Each letter goes to its one recipient, once, and its outcome is its own."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.smtp import Capabilities, ConnectionLost, Exchange, SmtpSession, Timeouts

from .post import BODY, Office, answer, confused, hold, letter, letters, said, send

PIPELINED = Capabilities(pipelining=True, takes_size=True, size=10_000)
LOCKSTEP = Capabilities(takes_size=True, size=10_000)
BOTH = pytest.mark.parametrize("offered", [PIPELINED, LOCKSTEP], ids=["group", "step"])


def refusing(stage: str, text: str, *who: int):
    """Rules that answer so at one stage, to some of the letters."""
    wanted = [f"p{at}@" for at in who]
    current = [""]

    def rule(verb, argument):
        if verb == "RCPT":
            current[0] = argument
        if verb == stage and verb in ("RCPT", "."):
            return text if any(one in argument for one in wanted) else None
        if verb == stage == "DATA":
            return text if any(one in current[0] for one in wanted) else None
        return None

    return rule


def only(office: Office):
    """Every message of the office, by its one recipient."""
    assert all(len(one.recipients) == 1 for one in office.handed)
    return [one.recipients[0] for one in office.handed]


@BOTH
def test_letters_are_delivered(offered):
    """One transaction each, the right content to the right person, in order."""
    office, session = Office(), SmtpSession(offered)
    outcomes = send(session, office, letters(5))

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 5
    assert only(office) == [f"p{at}@example.org" for at in range(5)]
    assert all(
        one.content == BODY + b"number %d\r\n" % at
        for at, one in enumerate(office.handed)
    )
    assert session.usable


@BOTH
def test_reset_stands_before_every_mail(offered):
    """Nothing of a transaction outlives it (L25)."""
    office = Office()
    send(SmtpSession(offered), office, letters(3))

    verbs = [line.split()[0] for line in office.lines]
    assert verbs == ["RSET", "MAIL", "RCPT", "DATA"] * 3


def test_one_round_trip_a_letter():
    """With PIPELINING the end of one and the opening of the next are one write."""
    session = SmtpSession(PIPELINED)
    conversation = session.deliver(iter(letters(3)), [].append)
    steps, step = [], next(conversation)
    office = Office()
    while True:
        steps.append(step)
        try:
            wire = step.wire if isinstance(step.wire, bytes) else b"".join(step.wire)
            step = conversation.send(office.read(wire))
        except StopIteration:
            break

    assert [step.replies for step in steps] == [4, 5, 5, 1]
    assert steps[1].timeout == steps[3].timeout == 600
    assert steps[0].timeout == 300
    assert not any("@" in step.shown for step in steps)


@BOTH
def test_nothing_to_send_is_nothing_said(offered):
    """Without letters no byte leaves."""
    office = Office()

    assert send(SmtpSession(offered), office, []) == []
    assert office.received == b""


@BOTH
def test_a_session_is_used_again(offered):
    """A second lot goes over the same line."""
    office, session = Office(), SmtpSession(offered)
    send(session, office, letters(2))
    send(session, office, letters(4)[2:])

    assert only(office) == [f"p{at}@example.org" for at in range(4)]


@BOTH
@pytest.mark.parametrize("at", [0, 2, 4])
@pytest.mark.parametrize(
    ("stage", "name"), [("RCPT", "rcpt"), ("DATA", "data"), (".", "content")]
)
@pytest.mark.parametrize(
    ("text", "kind"), [("450 4.2.0 later", Deferred), ("550 5.1.1 never", Refused)]
)
def test_a_refusal_belongs_to_its_letter(*, offered, at, stage, name, text, kind):
    """The others are delivered, and nobody gets what was meant for another."""
    office, session = Office(refusing(stage, text, at)), SmtpSession(offered)
    outcomes = send(session, office, letters(5))

    code, enhanced, words = text.split(" ", 2)
    assert outcomes.pop(at) == kind(Stage(name), int(code), enhanced, words)
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 4
    assert only(office) == [f"p{n}@example.org" for n in range(5) if n != at]
    assert session.usable


@BOTH
def test_a_refused_sender(offered):
    """A refusal of MAIL is the outcome, not the 503s that follow it."""

    def rule(verb, _):
        return {"MAIL": "550 5.7.1 not you", "RCPT": "503 first MAIL"}.get(
            verb, "503 no" if verb == "DATA" else None
        )

    office = Office(rule)
    outcomes = send(SmtpSession(offered), office, letters(2))

    assert outcomes == [Refused(Stage.MAIL, 550, "5.7.1", "not you")] * 2
    assert office.handed == []


def test_data_granted_to_nobody_is_ended_by_a_dot():
    """RFC 2920 section 3.1: the 250 to the lone dot is no delivery."""

    def rule(verb, argument):
        return "550 5.1.1 who" if verb == "RCPT" and "p1@" in argument else None

    office = Office(rule)
    office.forgets = False
    session = SmtpSession(PIPELINED)
    outcomes = send(session, office, letters(3))

    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]
    assert only(office) == ["p0@example.org", "p2@example.org"]
    assert b"DATA\r\n.\r\nRSET\r\n" in office.received


def test_the_last_letter_may_need_the_dot():
    """The line is left in order."""
    office = Office(refusing("RCPT", "550 who", 0))
    session = SmtpSession(PIPELINED)

    assert [type(o) for o in send(session, office, letters(1))] == [Refused]
    assert office.received.endswith(b"DATA\r\n.\r\n")
    assert session.usable


def test_a_recipient_without_a_sender_ends_the_line():
    """Where MAIL is refused and the rest granted not even a lone dot is written."""
    office = Office(lambda verb, _: "550 no" if verb == "MAIL" else None)
    session = SmtpSession(PIPELINED)
    outcomes = send(session, office, letters(3))

    assert outcomes == [Refused(Stage.MAIL, 550, None, "no")]
    assert not session.usable
    assert b"\r\n.\r\n" not in office.received


@BOTH
@pytest.mark.parametrize("stage", ["RCPT", "DATA", "."])
def test_a_server_that_forgets_nothing_is_told_to(offered, stage):
    """Recipients that pile up until RSET never get another's letter."""
    rules = refusing(stage, "451 later", 0, 2)
    office = Office(rules, forgets=False)
    outcomes = send(SmtpSession(offered), office, letters(4))

    kinds = [Deferred, Accepted, Deferred, Accepted]
    assert [type(outcome) for outcome in outcomes] == kinds
    assert only(office) == ["p1@example.org", "p3@example.org"]


@BOTH
def test_a_server_that_refuses_rset_is_left(offered):
    """No MAIL is believed after that, and the letter is nobody's fault."""
    session = SmtpSession(offered)
    office = Office(lambda verb, _: "502 what" if verb == "RSET" else None)
    outcomes = send(session, office, letters(3))

    assert outcomes == [NotSent(Stage.MAIL, 502, None, "what")]
    assert not session.usable
    assert office.handed == []


@BOTH
@pytest.mark.parametrize(
    ("verb", "outcome"),
    [
        ("RSET", NotSent(Stage.MAIL, 421, None, "bye")),
        ("MAIL", Deferred(Stage.MAIL, 421, None, "bye")),
        ("RCPT", Deferred(Stage.RCPT, 421, None, "bye")),
        ("DATA", Deferred(Stage.DATA, 421, None, "bye")),
        (".", Deferred(Stage.CONTENT, 421, None, "bye")),
    ],
)
def test_a_server_that_hangs_up(offered, verb, outcome):
    """421 anywhere ends the session; what was not begun is not touched."""
    seen = []

    def rule(said, _):
        seen.append(said)
        return "421 bye" if said == verb and seen.count(verb) == 2 else None

    office, session = Office(rule), SmtpSession(offered)
    post = iter(letters(5))
    outcomes = send(session, office, post)

    assert type(outcomes[0]) is Accepted
    assert outcomes[1] == outcome
    assert [type(one) for one in outcomes[2:]] in ([], [NotSent])
    assert not session.usable
    assert len(office.handed) == 1
    assert len(outcomes) + len(list(post)) == 5


def test_all_replies_and_then_a_421():
    """A server that announces its end behind a whole group is believed in all of it."""
    session = SmtpSession(PIPELINED)
    outcomes = []
    conversation = session.deliver(iter(letters(3)), outcomes.append)
    group = [answer("250 x")] * 4 + [answer("354 go"), answer("421 bye")]
    said([group[1:5], group], conversation)

    assert [type(one) for one in outcomes] == [Accepted, NotSent]
    assert outcomes[1].stage is Stage.CONTENT
    assert not session.usable


@pytest.mark.parametrize("cut", range(0, 700, 7))
@BOTH
def test_wherever_the_line_is_cut(offered, cut):
    """At most one letter is in doubt; what is not sent was not delivered."""
    office, session = Office(cuts_after=cut), SmtpSession(offered)
    post = iter(letters(4))
    outcomes = send(session, office, post)

    check_truth(office, outcomes, 4)
    assert not session.usable or len(outcomes) == 4
    assert len(outcomes) + len(list(post)) == 4


@pytest.mark.parametrize("mute", range(21))
@BOTH
def test_wherever_the_server_falls_silent(offered, mute):
    """The replies that came in still count."""
    office, session = Office(mute_after=mute), SmtpSession(offered)
    outcomes = send(session, office, letters(4))

    check_truth(office, outcomes, 4)


def check_truth(office: Office, outcomes, count: int) -> None:
    """What is told agrees with what the office has."""
    delivered = only(office)
    assert len(delivered) == len(set(delivered))
    assert [type(one) for one in outcomes].count(InDoubt) <= 1
    for at, outcome in enumerate(outcomes):
        if isinstance(outcome, Accepted):
            assert f"p{at}@example.org" in delivered
        elif not isinstance(outcome, InDoubt):
            assert f"p{at}@example.org" not in delivered
    assert set(delivered) <= {f"p{at}@example.org" for at in range(len(outcomes))}
    assert len(outcomes) <= count


def test_a_loss_after_the_end_is_a_doubt_once():
    """The letter ahead of it, whose content was not begun, was not sent."""
    session, outcomes = SmtpSession(PIPELINED), []
    conversation = session.deliver(iter(letters(4)), outcomes.append)
    opened = [answer("250")] * 3 + [answer("354")]
    said([opened, ConnectionLost("cut")], conversation)

    assert outcomes == [
        InDoubt(Stage.CONTENT, text="cut"),
        NotSent(Stage.MAIL, text="cut"),
    ]


def test_a_loss_inside_the_content_is_no_doubt():
    """Its end never left: nothing can have been delivered."""
    session, outcomes = SmtpSession(PIPELINED), []
    conversation = session.deliver(iter(letters(4)), outcomes.append)
    opened = [answer("250")] * 3 + [answer("354")]
    said([opened, ConnectionLost("cut", finished=False)], conversation)

    assert outcomes == [
        NotSent(Stage.CONTENT, text="cut"),
        NotSent(Stage.MAIL, text="cut"),
    ]


def test_a_server_that_refuses_inside_the_content():
    """What it says before the end is its answer; the line is not used again."""
    session, outcomes = SmtpSession(PIPELINED), []
    conversation = session.deliver(iter(letters(4)), outcomes.append)
    opened = [answer("250")] * 3 + [answer("354")]
    early = ConnectionLost("early", finished=False, replies=[answer("552 too big")] * 2)
    said([opened, early], conversation)

    assert outcomes == [
        Refused(Stage.CONTENT, 552, None, "too big"),
        NotSent(Stage.MAIL, text="early"),
    ]
    assert not session.usable


@pytest.mark.parametrize(
    "codes",
    [
        [250, 250, 250, 250, 250],
        [354, 250, 250, 250, 354],
        [250, 250, 250, 354, 250],
        [550, 250, 250, 250, 250],
    ],
)
def test_replies_out_of_step_are_nobodys(codes):
    """Where the codes cannot belong to the commands none of them is written down."""
    session, outcomes = SmtpSession(PIPELINED), []
    conversation = session.deliver(iter(letters(4)), outcomes.append)
    opened = [answer("250")] * 3 + [answer("354")]
    said([opened, [answer(str(code)) for code in codes]], conversation)

    assert [type(one) for one in outcomes] == [InDoubt, NotSent]
    assert not session.usable


def test_a_granted_letter_without_a_go_ahead():
    """A 2xx to DATA is no 354, and no content is written after it."""
    office = Office(lambda verb, _: "250 odd" if verb == "DATA" else None)
    session = SmtpSession(LOCKSTEP)

    assert [type(one) for one in send(session, office, letters(2))] == [NotSent]
    assert not session.usable
    assert office.lines[-1] == "DATA"


@BOTH
def test_a_letter_that_does_not_fit_stops_nobody(offered):
    """It is refused without a byte, in its turn."""
    post = letters(5)
    for at in (0, 2, 4):
        post[at] = letter(f"big{at}@example.org", size=20_000)
    office = Office()
    outcomes = send(SmtpSession(offered), office, post)

    kinds = [Refused, Accepted, Refused, Accepted, Refused]
    assert [type(outcome) for outcome in outcomes] == kinds
    assert "big" not in office.received.decode()


@BOTH
@pytest.mark.parametrize(("own", "theirs"), [(2, None), (None, 2), (2, 9), (9, 2)])
def test_a_session_has_an_end(offered, own, theirs):
    """After so many transactions no more are begun; the line is in order (RFC 9422)."""
    offered = Capabilities(pipelining=offered.pipelining, mailmax=theirs)
    office, session = Office(), SmtpSession(offered, max_messages=own)
    post = iter(letters(5))

    assert [type(one) for one in send(session, office, post)] == [Accepted] * 2
    assert not session.usable
    assert session.broken == ""
    assert len(list(post)) == 3
    assert send(session, office, letters(1)) == []
    hold(session.quit(), office)
    assert office.lines[-1] == "QUIT"


@BOTH
def test_at_most_one_letter_is_taken_ahead(offered):
    """What was not begun can still be given to another session."""
    taken, told = [], []

    def post():
        for at, one in enumerate(letters(6)):
            taken.append(at)
            assert len(taken) - len(told) <= 2
            yield one

    session = SmtpSession(offered)
    hold(session.deliver(post(), told.append), Office())

    assert len(told) == 6


@BOTH
def test_a_content_is_held_back_when_it_may_not_go_any_more(offered):
    """Whoever was stopped behind the 354 sends nothing, and does not say goodbye."""
    office, session = Office(), SmtpSession(offered)
    session.may_go = lambda: len(office.handed) < 2
    post = iter(letters(9))
    outcomes = send(session, office, post)

    assert [type(one) for one in outcomes] == [Accepted, Accepted, NotSent]
    assert only(office) == ["p0@example.org", "p1@example.org"]
    assert office.lines[-1] == "DATA"
    assert "lease" in outcomes[-1].text
    assert not session.usable
    assert len(list(post)) == 6
    before = office.received
    hold(session.quit(), office)
    assert office.received == before


def test_goodbye():
    """QUIT is said once, and never on a line that is broken."""
    office, session = Office(lambda *_: "221 bye"), SmtpSession(PIPELINED)
    hold(session.quit(), office)
    assert office.lines == ["QUIT"]
    assert not session.usable
    with pytest.raises(StopIteration):
        next(session.quit())


def test_a_goodbye_that_nobody_hears():
    """A line that breaks at QUIT is no matter."""
    session = SmtpSession(PIPELINED, timeouts=Timeouts.of(1))
    said([ConnectionLost("cut")], session.quit())

    assert not session.usable


@pytest.mark.parametrize(
    ("given_back", "usable"),
    [
        ([answer("250 here")], True),
        ([answer("421 too late")], False),
        ([answer("500 what")], False),
        (ConnectionLost("cut"), False),
    ],
)
def test_an_idle_line_is_asked(given_back, usable):
    """NOOP tells whether the session still stands."""
    session = SmtpSession(PIPELINED)
    said([given_back], session.check())

    assert session.usable is usable


def test_waiting_for_each_reply_has_its_time():
    """Lockstep: five minutes, two for DATA, ten for the end."""
    session = SmtpSession(LOCKSTEP)
    conversation = session.deliver(iter(letters(1)), [].append)
    steps = [next(conversation)]
    steps += [conversation.send([answer("250")]) for _ in range(3)]
    steps.append(conversation.send([answer("354")]))

    assert all(isinstance(step, Exchange) for step in steps)
    assert [step.timeout for step in steps] == [300, 300, 300, 120, 600]
    assert [step.shown for step in steps] == ["RSET", "MAIL", "RCPT", "DATA", "content"]


TEXTS = st.sampled_from(
    ["250 ok", "251 ok", "450 later", "421 bye", "550 never", "354 go", None, None]
)


@given(
    group=st.booleans(),
    forgets=st.booleans(),
    seed=st.integers(0, 2**32),
    cut=st.none() | st.integers(0, 900),
    mute=st.none() | st.integers(0, 30),
    most=st.none() | st.integers(1, 4),
    texts=st.lists(TEXTS, min_size=1, max_size=12),
)
def test_whatever_a_server_does(*, group, forgets, seed, cut, mute, most, texts):
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
    session = SmtpSession(PIPELINED if group else LOCKSTEP, max_messages=most)
    post = iter(letters(6))
    outcomes = send(session, office, post)

    check_truth(office, outcomes, 6)
    assert len(outcomes) + len(list(post)) == 6


@given(st.lists(st.integers(200, 559), max_size=40))
def test_no_replies_confuse_the_session(codes):
    """Whatever is answered, each letter taken has one outcome, in doubt at most one."""
    taken, outcomes = confused(SmtpSession(PIPELINED), codes, 6)

    assert len(outcomes) == len(taken)
    assert [type(one) for one in outcomes].count(InDoubt) <= 1
