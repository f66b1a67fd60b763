"""What every ledger promises about what is heard of messages after they were sent."""

from __future__ import annotations

import itertools

from safesend.ledger.base import Ledger, Result, State
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import Hearing, RowNews, RowSeen
from safesend.ledger.history import Order
from safesend.testing.ledger_rows import (
    NOW,
    account_of,
    claimed_rows,
    digest,
    live_campaign,
    make_rows,
    refused,
)

__all__ = [
    "a_doubt_is_settled_by_what_is_heard",
    "a_rejection_counts_in_any_order",
    "rows_are_listed_once",
    "what_a_run_has_is_settled_after_it",
    "what_came_back_is_told_of_each_mailing",
    "what_is_heard_of_a_person_can_be_erased",
    "what_is_heard_twice_changes_nothing",
    "who_complains_is_left_out_for_good",
]

_WHO = {"actor": "ada", "reason": "they said so", "now": NOW}


def rows_are_listed_once(ledger: Ledger) -> None:
    """Every live row with its digest; none of a draft, or of another campaign."""
    campaign = live_campaign(ledger, 7)
    live_campaign(ledger, 3, name="summer")
    ledger.begin_draft(campaign)
    ledger.enrol(campaign, make_rows(9))
    rows = _rows(ledger, campaign)
    assert list(rows) == [digest(n) for n in range(7)]
    assert list(ledger.hindsight.pages(ledger.campaign("autumn", NOW).id)) == []
    seen = ledger.hindsight.look(campaign, [rows[digest(2)], 77])
    assert seen == {rows[digest(2)]: RowSeen(State.WAITING, digest(2)[::-1])}
    assert ledger.hindsight.tally(campaign) == {}
    refused(ledger.hindsight.hear, 77, [], NOW)


def a_doubt_is_settled_by_what_is_heard(ledger: Ledger) -> None:
    """A row that is open is accepted, one that was rejected refused; its reply says so.

    A row that waits has arrived as well: this ledger may be an older copy.
    """
    campaign = _doubted(ledger, 5, 4)
    told = (Heard.TAKEN, Heard.BOUNCED, Heard.REJECTED, None, Heard.DELIVERED)
    news = [
        _news(ledger, campaign, number, heard)
        for number, heard in enumerate(told)
        if heard is not None
    ]
    heard = ledger.hindsight.hear(campaign, news, NOW + 60)
    kinds = (Heard.TAKEN, Heard.BOUNCED, Heard.REJECTED, Heard.DELIVERED)
    assert heard == Hearing(dict.fromkeys(kinds, 1), accepted=3, refused=1)
    assert {k: v for k, v in ledger.counts(campaign).items() if v} == {
        State.ACCEPTED: 3,
        State.REFUSED: 1,
        State.IN_DOUBT: 1,
    }
    bounced = account_of(ledger, campaign, 1)
    assert (bounced.state, bounced.code) == (State.ACCEPTED, 250)
    assert bounced.heard == (Word(Heard.BOUNCED, NOW + 5, 550, "5.1.1", "p…@x.y"),)
    assert str(bounced.heard[0]) == "bounced: 550 5.1.1 p…@x.y"
    assert account_of(ledger, campaign, 2).code == 550
    assert not ledger.history.chronicle(campaign, NOW).on_trust, "somebody said it"
    assert ledger.history.chronicle(campaign, NOW).heard == dict.fromkeys(kinds, 1)
    assert ledger.next_due(campaign) is None
    ledger.hindsight.note(campaign, actor="b@x.y", reason="4", now=NOW)
    assert ledger.history.chronicle(campaign, NOW).orders == (
        Order(NOW, "heard", "", "…@x.y", "4"),
    )


def a_rejection_counts_in_any_order(ledger: Ledger) -> None:
    """Nobody has what the relay threw away, whatever was said before or after it."""
    campaign = _doubted(ledger, 6, 6)
    kinds = (Heard.TAKEN, Heard.REJECTED, Heard.COMPLAINED)
    for number, order in enumerate(itertools.permutations(kinds)):
        for heard in order:
            ledger.hindsight.hear(
                campaign, [_news(ledger, campaign, number, heard)], NOW
            )
    assert {k: v for k, v in ledger.counts(campaign).items() if v} == {State.REFUSED: 6}


def what_is_heard_twice_changes_nothing(ledger: Ledger) -> None:
    """The first word stays, and what a person decided since then stays as it is."""
    campaign = _doubted(ledger, 2, 1)
    news = [_news(ledger, campaign, 0, Heard.BOUNCED, suppress=True)] * 2
    assert ledger.hindsight.hear(campaign, news, NOW).new == {Heard.BOUNCED: 1}
    assert ledger.suppressed(digest(0)[::-1])
    assert ledger.lift(digest(0)[::-1], **_WHO)  # type: ignore[arg-type]
    before = account_of(ledger, campaign, 0)
    assert ledger.hindsight.hear(campaign, news, NOW + 9) == Hearing()
    taken = [_news(ledger, campaign, 0, Heard.TAKEN)]
    assert ledger.hindsight.hear(campaign, taken, NOW + 9) == Hearing()
    assert account_of(ledger, campaign, 0) == before
    assert not ledger.suppressed(digest(0)[::-1])
    assert ledger.hindsight.tally(campaign) == {Heard.BOUNCED: 1}


def what_a_run_has_is_settled_after_it(ledger: Ledger) -> None:
    """A row in the hand of a run is left to it; a doubt that it leaves is settled."""
    campaign = live_campaign(ledger, 2)
    run, rows = claimed_rows(ledger, campaign, 2)
    news = [_news(ledger, campaign, n, Heard.TAKEN) for n in range(2)]
    assert ledger.hindsight.hear(campaign, news, NOW).new == {Heard.TAKEN: 2}
    assert ledger.counts(campaign)[State.SENDING] == 2
    ledger.record(run, [Result(rows[0].id, State.ACCEPTED, code=250)], NOW)
    ledger.end_run(run, NOW)
    assert ledger.counts(campaign)[State.IN_DOUBT] == 1
    assert ledger.hindsight.hear(campaign, [], NOW) == Hearing(accepted=1)
    assert ledger.counts(campaign)[State.ACCEPTED] == 2


def who_complains_is_left_out_for_good(ledger: Ledger) -> None:
    """A mailbox that is none is forgotten with its campaign, a complaint is not."""
    campaign = _doubted(ledger, 3, 3)
    for number, asked in enumerate((False, True)):
        news = [_news(ledger, campaign, number, Heard.BOUNCED, suppress=True)]
        ledger.hindsight.hear(campaign, news, NOW)
        if asked:
            again = _news(
                ledger, campaign, number, Heard.COMPLAINED, suppress=True, asked=True
            )
            assert ledger.hindsight.hear(campaign, [again], NOW).suppressed == 0
    ledger.persons.purge(campaign, **_WHO, unfinished=True)  # type: ignore[arg-type]
    assert not ledger.suppressed(digest(0)[::-1])
    assert ledger.suppressed(digest(1)[::-1])
    assert list(ledger.hindsight.pages(campaign)) == []
    heard = ledger.hindsight.tally(campaign)
    assert heard == {Heard.BOUNCED: 2, Heard.COMPLAINED: 1}


def what_came_back_is_told_of_each_mailing(ledger: Ledger) -> None:
    """Since a date, and of mailings to a list only; a purged one is forgotten."""
    kinds = (Heard.BOUNCED, Heard.RETURNED, Heard.COMPLAINED, Heard.RETURNED)
    campaigns = []
    for heard, name in zip(kinds, ("a", "b", "c", "d"), strict=True):
        campaign = live_campaign(ledger, 2, name=name)
        ledger.hindsight.hear(campaign, [_news(ledger, campaign, 0, heard)], NOW)
        campaigns.append(campaign)
    first, second, *_, last = campaigns
    ledger.kinds.describe(last, "test", "")
    mailboxes = [digest(n)[::-1] for n in range(3)]
    came_back = ledger.hindsight.came_back
    assert came_back(mailboxes, NOW) == {mailboxes[0]: {first, second}}
    assert came_back(mailboxes, NOW + 6) == {}
    assert came_back(mailboxes[1:], NOW) == came_back([], NOW) == {}
    ledger.persons.purge(first, **_WHO, unfinished=True)  # type: ignore[arg-type]
    assert came_back(mailboxes, NOW) == {mailboxes[0]: {second}}


def what_is_heard_of_a_person_can_be_erased(ledger: Ledger) -> None:
    """It is told with what else is known; told again after that it is nothing new."""
    campaign = _doubted(ledger, 2, 2)
    news = [_news(ledger, campaign, n, Heard.BOUNCED) for n in range(2)]
    ledger.hindsight.hear(campaign, news, NOW)
    mailbox = digest(0)[::-1]
    [trace] = ledger.persons.about(mailbox)
    assert trace.heard == (Word(Heard.BOUNCED, NOW + 5, 550, "5.1.1", "p…@x.y"),)
    ledger.persons.forget(mailbox, **_WHO)  # type: ignore[arg-type]
    [trace] = ledger.persons.about(mailbox)
    assert trace.heard == (Word(Heard.BOUNCED, 0.0),)
    assert ledger.hindsight.hear(campaign, news, NOW) == Hearing()
    assert account_of(ledger, campaign, 1).heard[0].code == 550


def _doubted(ledger: Ledger, people: int, doubts: int) -> int:
    """A campaign of which the first rows are in doubt."""
    campaign = live_campaign(ledger, people)
    run, _ = claimed_rows(ledger, campaign, doubts)
    ledger.end_run(run, NOW)
    assert ledger.counts(campaign)[State.IN_DOUBT] == doubts
    return campaign


def _rows(ledger: Ledger, campaign: int) -> dict[bytes, int]:
    return {own: row for page in ledger.hindsight.pages(campaign) for row, own in page}


def _news(
    ledger: Ledger,
    campaign: int,
    number: int,
    heard: Heard,
    *,
    suppress: bool = False,
    asked: bool = False,
) -> RowNews:
    row = _rows(ledger, campaign)[digest(number)]
    word = Word(heard, NOW + 5, 550, "5.1.1", "person@x.y")
    return RowNews(row, word, suppress, asked)
