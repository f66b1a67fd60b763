"""What every ledger promises of what it knows about persons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

import attrs

from safesend.errors import (
    CampaignPurged,
    ConfigurationError,
    LedgerBusy,
    SafesendError,
)
from safesend.ledger.base import (
    Account,
    Allowance,
    Control,
    Ledger,
    NewRow,
    Result,
    State,
)
from safesend.ledger.flow import Flow
from safesend.ledger.persons import Forgotten, Purged, Trace
from safesend.testing.ledger_rows import (
    NOW,
    PRINT,
    account_of,
    ask_for,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    payload,
)

__all__ = [
    "a_campaign_is_over_after_its_time",
    "a_person_in_anybodys_hand_is_not_forgotten",
    "a_person_is_forgotten_everywhere",
    "a_purge_disturbs_nobody_at_work",
    "a_purge_is_of_one_campaign",
    "a_purged_campaign_keeps_its_numbers",
    "a_purged_campaign_never_sends_again",
    "open_rows_are_purged_on_purpose_only",
    "what_is_known_of_a_person_is_told",
    "who_asks_for_it_is_left_out_for_good",
]

_DAY = 86_400.0


class _Said(TypedDict):
    actor: str
    reason: str
    now: float


_SAID = _Said(actor="ada", reason="a test", now=NOW + 9)


def _mailbox(number: int) -> bytes:
    return make_rows(number + 1)[number].suppression


def _purge(ledger: Ledger, campaign: int, *, unfinished: bool = False) -> Purged:
    return ledger.persons.purge(campaign, **_SAID, unfinished=unfinished)


def _forget(
    ledger: Ledger, number: int = 0, *, suppress: bool = False
) -> list[Forgotten]:
    return ledger.persons.forget(_mailbox(number), **_SAID, suppress=suppress)


def _raises(kind: type[SafesendError], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"a {kind.__name__} was promised")


def _finished(ledger: Ledger, name: str = "spring") -> int:
    """A campaign of three rows: accepted, refused as no mailbox, cancelled."""
    campaign = live_campaign(ledger, 3, name)
    run, [one, other] = claimed_rows(ledger, campaign, 2)
    refused = Result(other.id, State.REFUSED, code=550, text="no", suppress=True)
    ledger.record(run, [Result(one.id, State.ACCEPTED, code=250), refused], NOW + 1)
    ledger.end_run(run, NOW + 1)
    ask_for(ledger, campaign, Control.CANCEL)
    return campaign


def a_purged_campaign_keeps_its_numbers(ledger: Ledger) -> None:
    """How many in each state, and nothing by which to tell who."""
    campaign = _finished(ledger)
    ledger.note_allowances(campaign, [Allowance("L23", "ada.pdf", "hers")], NOW)
    ledger.consent.approve(campaign, PRINT, **_SAID)
    ledger.orders.hold(campaign, "ada.example", Control.PAUSE, **_SAID)
    before = dict(ledger.counts(campaign))
    assert _purge(ledger, campaign) == Purged(3, mailboxes=1)
    assert dict(ledger.counts(campaign)) == before
    [record] = ledger.campaigns()
    assert (record.purged, record.enrolled, record.live) == (NOW + 9, 3, True)
    assert [ledger.account(campaign, digest(n)) for n in range(3)] == [None] * 3
    assert list(ledger.reasons(campaign, State.REFUSED)) == []
    assert ledger.allowances(campaign) == []
    assert not ledger.suppressed(_mailbox(1))
    assert ledger.persons.about(_mailbox(0)) == []
    assert _purge(ledger, campaign) == Purged(0)
    assert ledger.campaign("spring", NOW + 10).purged == NOW + 9
    assert ledger.persons.sweep()
    _only_numbers_are_told(ledger, campaign, before)


def _only_numbers_are_told(
    ledger: Ledger, campaign: int, before: Mapping[State, int]
) -> None:
    told = ledger.history.chronicle(campaign, NOW + 9)
    assert (told.enrolled, dict(told.counts), told.purged) == (3, before, NOW + 9)
    assert (told.shares, told.replies, told.passed, told.holds) == ((), (), (), {})
    orders = [(one.what, one.provider, one.actor) for one in told.orders]
    assert [*orders[:1], *orders[-2:]] == [
        ("cancel", "", "ada"),
        ("pause", "", "ada"),
        ("purge", "", "ada"),
    ]
    assert [run.stopped for run in told.runs] == [""]
    assert [one.digest for one in ledger.consent.approvals(campaign)] == [b""]


def a_purged_campaign_never_sends_again(ledger: Ledger) -> None:
    """Nobody can be told from those who have it: whatever is asked is refused."""
    campaign = _finished(ledger)
    _purge(ledger, campaign)
    calls: list[Callable[[], object]] = [
        lambda: ledger.begin_draft(campaign),
        lambda: ledger.enrol(campaign, make_rows(1)),
        lambda: ledger.go_live(campaign, PRINT, NOW),
        lambda: ledger.start_run(campaign, NOW),
        lambda: ledger.claim(campaign, 1, 9, NOW),
        lambda: ask_for(ledger, campaign, Control.RUN),
        lambda: ledger.resolve(campaign, State.WAITING, None, NOW),
        lambda: ledger.resend_known(campaign, "", 0, NOW),
        lambda: ledger.orders.begin_at(campaign, NOW, actor="ada", now=NOW),
        lambda: ledger.consent.need(campaign, 1, actor="ada", now=NOW),
        lambda: ledger.consent.plan_pilot(campaign, None, PRINT),
        lambda: ledger.consent.approve(campaign, PRINT, **_SAID),
    ]
    for call in calls:
        _raises(CampaignPurged, call)
    assert ledger.recover(campaign, NOW + _DAY).waiting == 0
    assert ledger.expire(campaign, NOW + _DAY, NOW + _DAY) == 0
    assert ledger.next_due(campaign) is None
    assert ledger.persons.kept_until(campaign) is None


def a_purge_disturbs_nobody_at_work(ledger: Ledger) -> None:
    """Not while a run has rows in hand, nor while a list is read in."""
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    _raises(LedgerBusy, lambda: _purge(ledger, campaign, unfinished=True))
    ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW)
    ledger.end_run(run, NOW)
    ledger.begin_draft(campaign)
    _raises(LedgerBusy, lambda: _purge(ledger, campaign, unfinished=True))
    ledger.drop_draft(campaign)
    assert account_of(ledger, campaign, 0).state is State.ACCEPTED
    assert _purge(ledger, campaign) == Purged(1)


def open_rows_are_purged_on_purpose_only(ledger: Ledger) -> None:
    """Who waits will never get it, and who is in doubt is never decided about."""
    campaign = live_campaign(ledger, 3)
    run, [one, other] = claimed_rows(ledger, campaign, 2)
    ledger.record(run, [Result(one.id, State.IN_DOUBT)], NOW)
    ledger.record(run, [Result(other.id, State.ACCEPTED)], NOW)
    ledger.end_run(run, NOW)
    _raises(ConfigurationError, lambda: _purge(ledger, campaign))
    assert account_of(ledger, campaign, 2).state is State.WAITING
    gone = _purge(ledger, campaign, unfinished=True)
    assert gone == Purged(3, waiting=1, in_doubt=1)
    assert dict(ledger.counts(campaign)) == {
        State.ACCEPTED: 1,
        State.IN_DOUBT: 1,
        State.CANCELLED: 1,
    }
    assert ledger.doubts(campaign) == []


def a_purge_is_of_one_campaign(ledger: Ledger) -> None:
    """The rows of others, and how mail fares at their providers, stay."""
    spring = live_campaign(ledger, 2, "spring", ["one.example"])
    summer = live_campaign(ledger, 4, "summer", ["two.example"])
    places = ("google", "one.example", "two.example")
    flows = [Flow(route="smtp:", provider=one, reason="busy") for one in places]
    paused = Flow(route="smtp:", paused_until=NOW + 10, reason="busy")
    ledger.note_flows([attrs.evolve(one, changed=NOW) for one in (paused, *flows)])
    _purge(ledger, spring, unfinished=True)
    reasons = {one.provider: one.reason for one in ledger.flows()}
    assert reasons == {"": "busy", "google": "", "two.example": ""}
    # Nor is a number of a row used again.
    autumn = live_campaign(ledger, 2, "autumn")
    for campaign, number in ((summer, 4), (autumn, 2)):
        run, claimed = claimed_rows(ledger, campaign, 9)
        assert [row.payload for row in claimed] == [payload(n) for n in range(number)]
        ledger.end_run(run, NOW)


def a_campaign_is_over_after_its_time(ledger: Ledger) -> None:
    """So long after the last outcome, or the last decision, unless rows are open."""
    persons = ledger.persons
    campaign, other = live_campaign(ledger, 2), ledger.campaign("summer", NOW).id
    assert persons.over(NOW + 99 * _DAY) == []
    persons.keep(campaign, 7 * _DAY)
    persons.keep(other, 0.0)
    assert [one.keep_for for one in ledger.campaigns()] == [7 * _DAY, 0.0]
    run, [row, _] = claimed_rows(ledger, campaign, 2)
    ledger.record(run, [Result(row.id, State.ACCEPTED)], NOW + _DAY)
    ledger.end_run(run, NOW + 2 * _DAY)
    assert persons.kept_until(campaign) is None
    assert persons.over(NOW + 99 * _DAY) == []
    assert persons.over(NOW + 99 * _DAY, 1.0, unfinished=True) == [campaign]
    assert ledger.resolve(campaign, State.ACCEPTED, None, NOW + 3 * _DAY) == 1
    assert persons.kept_until(campaign) == NOW + 10 * _DAY
    assert persons.over(NOW + 10 * _DAY - 1) == []
    assert persons.over(NOW + 10 * _DAY) == [campaign]
    assert persons.over(NOW + 5 * _DAY, 2 * _DAY) == [campaign]
    assert persons.over(NOW + 5 * _DAY, 3 * _DAY) == []
    assert persons.kept_until(other) is None
    _purge(ledger, campaign)
    assert persons.over(NOW + 99 * _DAY) == []


def a_person_is_forgotten_everywhere(ledger: Ledger) -> None:
    """Digest and state stay, so that the same list writes to nobody twice."""
    done, doubted, waiting = (
        live_campaign(ledger, 2, name) for name in ("spring", "summer", "autumn")
    )
    for campaign, state in ((done, State.REFUSED), (doubted, State.IN_DOUBT)):
        run, rows = claimed_rows(ledger, campaign, 2)
        results = [Result(row.id, state, code=550, text="Ada left") for row in rows]
        ledger.record(run, results, NOW)
        ledger.end_run(run, NOW)
    assert _forget(ledger) == [
        Forgotten("spring", State.REFUSED, State.REFUSED),
        Forgotten("summer", State.IN_DOUBT, State.CANCELLED),
        Forgotten("autumn", State.WAITING, State.CANCELLED),
    ]
    for campaign, state in ((done, State.REFUSED), (waiting, State.CANCELLED)):
        left = Account(state, 0, None, "", None, None, "")
        assert ledger.account(campaign, digest(0)) == left
        assert account_of(ledger, campaign, 1) != left
    assert [one.digest for one in ledger.doubts(doubted)] == [digest(1)]
    assert ledger.resolve(doubted, State.WAITING, None, NOW) == 1
    ledger.begin_draft(waiting)
    assert ledger.enrol(waiting, make_rows(2)) == 0
    ledger.drop_draft(waiting)
    _, rows = claimed_rows(ledger, waiting, 9)
    assert [row.digest for row in rows] == [digest(1)]
    assert dict(ledger.counts(waiting)) == {State.SENDING: 1, State.CANCELLED: 1}
    assert not ledger.suppressed(_mailbox(0))
    assert _forget(ledger, 7) == []


def a_person_in_anybodys_hand_is_not_forgotten(ledger: Ledger) -> None:
    """Not while the message is on its way, nor while a list is read in."""
    campaign = live_campaign(ledger, 1)
    run, [row] = claimed_rows(ledger, campaign, 1)
    _raises(LedgerBusy, lambda: _forget(ledger))
    ledger.release(run, [row.id])
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(2))
    _raises(LedgerBusy, lambda: _forget(ledger, 1))
    assert [one.after for one in _forget(ledger)] == [State.CANCELLED]
    ledger.drop_draft(campaign)
    assert _forget(ledger, 1) == []


def what_is_known_of_a_person_is_told(ledger: Ledger) -> None:
    """In every campaign, and in every row that has the mailbox."""
    campaign = live_campaign(ledger, 2)
    run, [row, _] = claimed_rows(ledger, campaign, 2)
    refused = Result(
        row.id, State.REFUSED, stage="rcpt", code=550, enhanced="5.1.1", text="no"
    )
    ledger.record(run, [refused], NOW + 5)
    ledger.end_run(run, NOW + 5)
    other = ledger.campaign("summer", NOW).id
    ledger.begin_draft(other)
    rows = [NewRow(digest(n), _mailbox(0), "google", payload(n)) for n in (7, 8)]
    ledger.enrol(other, rows)
    spring = Trace(
        "spring",
        State.REFUSED,
        1,
        NOW + 5,
        NOW + 5,
        "rcpt",
        550,
        "5.1.1",
        "no",
        payload=None,
    )
    untouched = [
        Trace("summer", state, 0, None, None, "", None, None, "", payload(number))
        for state in (State.DRAFT, State.WAITING)
        for number in (7, 8)
    ]
    assert ledger.persons.about(_mailbox(0)) == [spring, *untouched[:2]]
    ledger.go_live(other, PRINT, NOW)
    assert ledger.persons.about(_mailbox(0)) == [spring, *untouched[2:]]
    assert ledger.persons.about(_mailbox(5)) == []


def who_asks_for_it_is_left_out_for_good(ledger: Ledger) -> None:
    """What a person asked for outlasts the campaign; what a server said does not."""
    _raises(ConfigurationError, lambda: _forget(ledger, suppress=True))
    campaign = _finished(ledger)
    assert len(_forget(ledger, 0, suppress=True)) == 1
    assert len(_forget(ledger, 1)) == 1
    assert _forget(ledger, 7, suppress=True) == []
    assert [ledger.suppressed(_mailbox(n)) for n in (0, 1, 2, 7)] == [1, 1, 0, 1]
    assert _purge(ledger, campaign).mailboxes == 1
    assert [ledger.suppressed(_mailbox(n)) for n in (0, 1, 2, 7)] == [1, 0, 0, 1]
    later = live_campaign(ledger, 3, "summer")
    assert dict(ledger.counts(later)) == {State.SUPPRESSED: 1, State.WAITING: 2}
    assert ledger.lift(_mailbox(0), **_SAID)
    assert not ledger.suppressed(_mailbox(0))
