"""The engine under any script of outcomes, broken off anywhere and called again."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import nullcontext

import attrs
import hypothesis.strategies as st
from hypothesis import given

from engine.fleet import DAY, people, plan
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.engine.mailing import Mailing
from safesend.engine.settings import Settings
from safesend.engine.verdicts import Booking
from safesend.ledger.base import Control, State
from safesend.ledger.memory import MemoryLedger
from safesend.message.identity import CampaignKey
from safesend.policies.retry import Retry
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport

_PASSING = {
    "later": Deferred(Stage.RCPT, 451, "4.3.0", "later"),
    "closed": Deferred(Stage.RCPT, 421, "4.3.2", "closing"),
    "content": Deferred(Stage.CONTENT, 452, "4.3.1", "no room"),
    "lost": NotSent(Stage.DATA, text="connection lost"),
}
_FINAL = {
    "taken": Accepted(Stage.CONTENT, 250),
    "refused": Refused(Stage.RCPT, 550, "5.1.1", "no such user"),
    "spam": Refused(Stage.CONTENT, 554, "5.7.1", "spam"),
    "doubt": InDoubt(text="connection lost"),
}
_JUDGED = {"later", "content", *_FINAL}
"""Outcomes that use up a try."""
_STATES = {
    "taken": State.ACCEPTED,
    "refused": State.REFUSED,
    "spam": State.REFUSED,
    "doubt": State.IN_DOUBT,
}
_ROW = st.tuples(
    st.lists(st.sampled_from(sorted(_PASSING)), max_size=4),
    st.sampled_from(["taken", "taken", "taken", *sorted(_FINAL)]),
)


@attrs.define
class Script:
    """Outcomes for every row, and where the calls are broken off."""

    rows: list
    cuts: list
    """How many outcomes later, and how: cancelled, or paused by a person."""
    ledger: MemoryLedger
    given: dict = attrs.field(factory=dict)
    copies: Counter = attrs.field(factory=Counter)
    left: int = -1
    how: str = ""
    task: asyncio.Task | None = None

    def answer(self, envelope):
        """The next outcome of this row."""
        number = int(envelope.recipient.local[1:])
        passing, final = self.rows[number]
        told = self.given.setdefault(number, [])
        kind = passing[len(told)] if len(told) < len(passing) else final
        assert len(told) <= len(passing), f"row {number} goes on after its end"
        told.append(kind)
        self.copies[number] += kind in {"taken", "doubt"}
        self.left -= 1
        if self.left == 0:
            self.cut()
        return _PASSING.get(kind) or _FINAL[kind]

    def cut(self):
        """Break the call off."""
        if self.how == "cancel":
            self.task.get_loop().call_soon(self.task.cancel)
        else:
            self.set(Control.PAUSE)

    def set(self, control):
        """As a person does it: what is cancelled stays so."""
        for campaign in self.ledger.campaigns():
            if campaign.control is Control.CANCEL:
                continue
            self.ledger.set_control(campaign.id, control, actor="", reason="", now=0.0)

    def waits(self, number):
        """Whether a row has not come to its end."""
        passing, _ = self.rows[number]
        return len(self.given.get(number, ())) <= len(passing)

    async def call(self, clock, lanes):
        """One call of send."""
        self.left, self.how = self.cuts.pop() if self.cuts else (-1, "")
        transport = MemoryTransport(answer=self.answer)
        settings = Settings(
            booking=Booking(Retry.of("10s"), State.IN_DOUBT, 2 * DAY),
            lanes=lanes,
            deadline=clock.now() + DAY / 2,
            auto_stop=None,
        )
        mailing = Mailing(
            plan(people(len(self.rows))),
            self.ledger,
            transport,
            settings,
            clock,
            lambda _: None,
            lambda: nullcontext(self.ledger),
        )
        self.task = asyncio.ensure_future(mailing.mail())
        await asyncio.wait([self.task])
        if not self.task.cancelled() and (error := self.task.exception()):
            # Three in a row that are called spam: a person is to look.
            assert "3 times in a row" in str(error)


@given(
    st.lists(_ROW, min_size=1, max_size=12),
    st.lists(
        st.tuples(st.integers(1, 15), st.sampled_from(["cancel", "pause"])), max_size=3
    ),
    st.sampled_from([1, 2, 5]),
)
def test_any_script_ends_as_it_says(rows, cuts, lanes):
    """One copy at most, nobody lost, and the tries are those that were judged."""
    ledger, clock = MemoryLedger(), FakeClock(settle=0.0)
    script = Script(rows, list(cuts), ledger)
    for _ in range(len(cuts) + len(rows) + 1):
        asyncio.run(script.call(clock, lanes))
        script.set(Control.RUN)
        clock.advance(60)
        if not any(map(script.waits, range(len(rows)))):
            break
    assert max(script.copies.values(), default=0) <= 1
    [campaign] = ledger.campaigns()
    key = CampaignKey(ledger.secret, campaign.name)
    for number, person in enumerate(people(len(rows))):
        told = script.given[number]
        account = ledger.account(campaign.id, key.row(person.address))
        assert told == [*rows[number][0], rows[number][1]]
        assert account.state is _STATES[rows[number][1]]
        assert account.attempts == sum(kind in _JUDGED for kind in told)
    assert sum(ledger.counts(campaign.id).values()) == len(rows)
