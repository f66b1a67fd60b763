"""In LMTP each person gets the reply that is theirs, or nobody's is believed."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.smtp import (
    Capabilities,
    ConnectionLost,
    Exchange,
    LmtpSession,
    Opening,
    Security,
    opening,
)

from .post import Office, answer, hold, letters, said

PIPELINED = Capabilities(pipelining=True)
LOCKSTEP = Capabilities()
BOTH = pytest.mark.parametrize("offered", [PIPELINED, LOCKSTEP], ids=["group", "step"])


@attrs.define
class Keeper:
    """A server of LMTP. Its replies are read one by one: what is too much comes late.

    `says`: what it answers to a recipient's content. `unknown`: whom it refuses at
    RCPT. `forgets` False: recipients pile up, whatever RSET says. `second`: who has
    another mailbox behind the first, which is answered for, too. `lax`: DATA is granted
    to nobody. `ends_at`: the line is cut before that reply.
    """

    says: dict[str, str] = attrs.Factory(dict)
    unknown: frozenset[str] = frozenset()
    forgets: bool = True
    second: dict[str, str] = attrs.Factory(dict)
    lax: bool = False
    ends_at: int | None = None
    told: dict[str, str] = attrs.Factory(dict)
    delivered: list[str] = attrs.Factory(list)
    lines: list[str] = attrs.Factory(list)
    dots: int = 0
    _replies: list[str] = attrs.Factory(list)
    _people: list[str] = attrs.Factory(list)
    _content: bool = False
    _read: int = 0

    def write(self, wire: bytes) -> None:
        for line in wire.decode().split("\r\n")[:-1]:
            if self._content:
                self._take(line)
            else:
                self.lines.append(line)
                self._replies.append(self._command(line))

    def read(self, number: int):
        replies = []
        while len(replies) < number:
            self._read += 1
            if self._read == self.ends_at or not self._replies:
                self.ends_at = self._read = 0
                return ConnectionLost("the line was cut", replies=replies)
            replies.append(answer(self._replies.pop(0)))
            if replies[-1].code == 421:
                break
        return replies

    def _take(self, line: str) -> None:
        if line != ".":
            return
        self._content = False
        self.dots += 1
        for one in self._people:
            reply = self.says.get(one, "250 2.0.0 saved")
            self._replies.append(reply)
            self.told[one] = reply
            if reply.startswith("250"):
                self.delivered.append(one)
            if one in self.second:
                self._replies.append(self.second[one])
        if self.forgets:
            self._people = []

    def _command(self, line: str) -> str:
        verb, _, rest = line.partition(" ")
        path = rest[rest.find("<") + 1 : rest.rfind(">")]
        if verb == "RSET" and self.forgets:
            self._people = []
        if verb == "RCPT":
            if path in self.unknown:
                self.told[path] = "550 5.1.1 no such user"
                return self.told[path]
            self._people.append(path)
        if verb == "DATA":
            self._content = bool(self._people) or self.lax
            return "354 go on" if self._content else "503 5.5.1 nobody"
        return "250 2.0.0 fine"


def sent(keeper: Keeper, number: int, offered: Capabilities):
    """The session, who was taken, and what was told of each."""
    session, outcomes, taken = LmtpSession(offered), [], []

    def post():
        for one in letters(number):
            taken.append(one.recipient)
            yield one

    conversation = session.deliver(post(), outcomes.append)
    cut = None
    try:
        step = next(conversation)
        while True:
            assert isinstance(step, Exchange)
            if cut is not None:
                step = conversation.throw(ConnectionLost("cut", finished=False))
                continue
            wire = step.wire if isinstance(step.wire, bytes) else b"".join(step.wire)
            keeper.write(wire)
            given_back = keeper.read(step.replies)
            if isinstance(given_back, list):
                step = conversation.send(given_back)
            else:
                cut = given_back
                step = conversation.throw(given_back)
    except StopIteration:
        return session, taken, outcomes


def kinds(outcomes):
    return [type(one) for one in outcomes]


@BOTH
def test_one_reply_each(offered):
    """Unknown users and full boxes are told of by the reply that was theirs."""
    keeper = Keeper(
        says={"p1@example.org": "552 5.2.2 full", "p4@example.org": "452 4.2.2 full"},
        unknown=frozenset({"p2@example.org", "p3@example.org"}),
    )
    session, _, outcomes = sent(keeper, 6, offered)

    assert kinds(outcomes) == [Accepted, Refused, Refused, Refused, Deferred, Accepted]
    assert [one.stage for one in outcomes[1:4]] == [
        Stage.CONTENT,
        Stage.RCPT,
        Stage.RCPT,
    ]
    assert keeper.delivered == ["p0@example.org", "p5@example.org"]
    assert session.usable


def test_no_dot_is_written_for_nobody():
    """What is granted to nobody ends the line: nobody knows if a dot is answered."""
    keeper = Keeper(lax=True, unknown=frozenset({"p1@example.org"}))
    session, taken, outcomes = sent(keeper, 4, PIPELINED)

    assert kinds(outcomes) == [Accepted, Refused]
    assert outcomes[1].stage is Stage.RCPT
    assert len(taken) == 2
    assert keeper.dots == 1
    assert not session.usable
    assert "nobody" in session.broken


@BOTH
def test_a_reply_too_many_is_found_behind_the_last_letter(offered):
    """It would be taken for the answer to the next command; so one is asked for."""
    keeper = Keeper(second={"p0@example.org": "250 2.0.0 and saved again"})
    session, _, outcomes = sent(keeper, 1, offered)

    assert kinds(outcomes) == [InDoubt]
    assert not session.usable


def test_a_reply_too_many_is_found_where_the_next_is_refused():
    """The codes fit the commands, shifted by one; the count is what tells."""
    keeper = Keeper(
        second={"p0@example.org": "550 5.1.1 another mailbox"},
        unknown=frozenset({"p1@example.org"}),
    )
    _, _, outcomes = sent(keeper, 2, PIPELINED)

    assert kinds(outcomes) == [InDoubt, NotSent]


@BOTH
def test_a_line_that_ends_after_the_reply_proves_nothing(offered):
    """A reply in its place is believed: that the line is gone is no sign of another."""
    session, _, outcomes = sent(Keeper(ends_at=6), 1, offered)

    assert kinds(outcomes) == [Accepted]
    assert not session.usable


def test_a_server_that_hangs_up_after_the_reply_is_believed():
    """421 is the answer to RSET, and no reply too many."""
    codes = ["250", "250", "250", "354", "250", "421"]
    session, outcomes = LmtpSession(LOCKSTEP), []
    said(
        [[answer(f"{code} said")] for code in codes],
        session.deliver(iter(letters(1)), outcomes.append),
    )

    assert kinds(outcomes) == [Accepted]
    assert "421" in session.broken


def test_a_server_that_takes_letters_for_nobody_is_left_alone():
    """The count is right, so the outcome stands; the line is not used any more."""
    session, _, outcomes = sent(Keeper(lax=True), 1, PIPELINED)

    assert kinds(outcomes) == [Accepted]
    assert not session.usable


PEOPLE = [f"p{at}@example.org" for at in range(6)]
REPLIES = st.sampled_from(["250 2.0.0 saved", "452 4.2.2 full", "552 5.2.2 full"])


@example(
    says={PEOPLE[0]: "452 4.2.2 full"},
    unknown=frozenset(),
    second={},
    forgets=False,
    lax=False,
    ends_at=11,
)
@given(
    says=st.dictionaries(st.sampled_from(PEOPLE), REPLIES),
    unknown=st.frozensets(st.sampled_from(PEOPLE)),
    second=st.dictionaries(st.sampled_from(PEOPLE), REPLIES, max_size=2),
    forgets=st.booleans(),
    lax=st.booleans(),
    ends_at=st.none() | st.integers(1, 40),
)
def test_nobody_is_told_what_belongs_to_another(**how):
    """Whatever a server does: what is told of a person is what it said of them."""
    keeper = Keeper(**how)
    _, taken, outcomes = sent(keeper, 6, PIPELINED)

    assert len(taken) == len(outcomes)
    told_of = dict(zip(taken, outcomes, strict=True))
    if keeper.ends_at == 0 and not keeper.forgets:
        # The line ended before the reply that would have shown that one was too many.
        answered = [one for one in taken if told_of[one].stage is Stage.CONTENT]
        told_of = {one: told_of[one] for one in taken if one not in answered[-1:]}
    for person, outcome in told_of.items():
        told = keeper.told.get(person, "")
        if isinstance(outcome, Accepted):
            assert told.startswith("250")
        elif isinstance(outcome, Deferred | Refused) and outcome.stage in (
            Stage.RCPT,
            Stage.CONTENT,
        ):
            assert told.startswith(str(outcome.code))
        if isinstance(outcome, Deferred | NotSent):
            assert person not in keeper.delivered


def test_lhlo_stands_for_ehlo():
    """There is no HELO to fall back to."""
    settings = Opening("[127.0.0.1]", Security.PLAINTEXT, lmtp=True)
    conversation = opening(settings)
    next(conversation)
    step = conversation.send([answer("220 here")])

    assert step.wire == b"LHLO [127.0.0.1]\r\n"
    with pytest.raises(Exception, match="does not take LHLO: no LMTP: 500"):
        conversation.send([answer("500 what")])


def test_an_office_of_smtp_is_none_of_lmtp():
    """A server that takes DATA without a recipient is not spoken to any more."""
    session, outcomes = LmtpSession(PIPELINED), []
    hold(session.deliver(iter(letters(2)), outcomes.append), Office())

    assert kinds(outcomes) == [Accepted, Accepted]
    assert not session.usable
