"""News into ledgers: found by their ids, booked once, and nobody guessed.

The unit is a batch: its rows are found in one pass over each campaign, and booked in
one transaction for each. What is told again changes nothing, so reading a file again
after whatever went wrong is harmless.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from safesend.clock import SYSTEM
from safesend.engine.discretion import discreet
from safesend.feedback.matching import Search
from safesend.feedback.news import Key, News
from safesend.ledger.base import CampaignRecord, Ledger
from safesend.ledger.heard import CAME_BACK, Heard, Word
from safesend.ledger.hindsight import RowNews, RowSeen, fate_of, is_settled_by, only_new
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.redaction import mask_text
from safesend.suppression.entry import Reason
from safesend.suppression.lending import lent

if TYPE_CHECKING:
    from pathlib import Path

    from safesend.suppression import SuppressionList

__all__ = ["Booking", "book"]

_BATCH = 50_000

_OFTEN, _OFTEN_IF_DEAD = 3, 2
"""Mailings: a mailbox is full today, and one that stays full is not read."""

_DEAD = frozenset({"5.1.2", "5.4.4"})
"""RFC 3463 sections 3.2, 3.5: its domain does not exist, or has no way in."""

_YEAR = 365 * 86_400.0


@attrs.frozen(kw_only=True)
class Booking:
    """What came of news.

    `matched` are about messages of the ledger, `unmatched` about none of them; `known`
    were heard before. Rows that were open became `accepted` or `refused`. `suppressed`
    mailboxes are new among those that the ledger leaves out, `listed` on the shared
    list (None: there is none). `strange` news were of a message of the ledger that
    went to another mailbox than its row has; they are not booked.
    """

    matched: int = 0
    unmatched: int = 0
    known: int = 0
    strange: int = 0
    new: Mapping[Heard, int] = attrs.field(factory=dict)
    accepted: int = 0
    refused: int = 0
    suppressed: int = 0
    listed: int | None = None
    campaigns: tuple[str, ...] = ()
    """Those about which there was something new."""
    matched_by: Mapping[str, int] = attrs.field(factory=dict)
    """Those matched, by campaign."""
    keys: frozenset[tuple[Key, ...]] = attrs.field(
        default=frozenset(), eq=False, repr=False
    )
    """Of the news that matched (`News.keys`)."""


def book(
    ledger: Ledger,
    news: Iterable[News],
    *,
    suppression: SuppressionList | str | Path | None = None,
    source: str = "",
    actor: str = "",
    now: float | None = None,
    dry_run: bool = False,
) -> Booking:
    """Book news in a ledger, and on a shared list who is not to be written to again.

    `source` says who told them, `actor` who brought them: both are kept. A `dry_run`
    says what would come of it and changes nothing.

    Raises `ConfigurationError`, `LedgerError`.
    """
    moment = ledger.clock(SYSTEM).now() if now is None else now
    with lent(suppression) as shared:
        desk = _Desk(ledger, shared, source, actor, moment, dry_run)
        try:
            for batch in _batches(news):
                desk.take(batch)
        finally:
            desk.sign()
        return desk.result()


def _batches(news: Iterable[News]) -> Iterator[list[News]]:
    rest = iter(news)
    while batch := list(itertools.islice(rest, _BATCH)):
        yield batch


@attrs.define
class _Desk:
    """One call: what was counted, and who is to be told."""

    ledger: Ledger
    shared: SuppressionList | None
    source: str
    actor: str
    now: float
    dry_run: bool
    numbers: Counter[str] = attrs.field(factory=Counter)
    new: dict[str, Counter[Heard]] = attrs.field(factory=dict)
    ids: dict[str, int] = attrs.field(factory=dict)
    matched: Counter[str] = attrs.field(factory=Counter)
    keys: set[tuple[Key, ...]] = attrs.field(factory=set)
    foretold: dict[tuple[int, int], RowSeen] = attrs.field(factory=dict)
    """Rows as they would be after the batches so far, of a call that books nothing."""
    left_out: set[object] = attrs.field(factory=set)
    """Mailboxes that they would leave out, by digest, or by reason and address."""
    mailings: set[int] = attrs.field(factory=set)
    """Campaigns to the people of a list."""

    def take(self, batch: Sequence[News]) -> None:
        """Find the rows of a batch, and book it campaign by campaign."""
        search, looked = Search(batch), []
        for record in self.ledger.campaigns():
            if not search.is_over and record.live and record.purged is None:
                if not self.dry_run:
                    # What a run that died had on the wire is in doubt from now on.
                    self.ledger.recover(record.id, self.now)
                key = CampaignKey(self.ledger.secret, record.name)
                search.go_over(record.id, key, self.ledger.hindsight.pages(record.id))
                looked.append(record)
        self.numbers["unmatched"] += len(batch)
        for record in looked:
            if found := search.rows(record.id):
                number = sum(map(len, found.values()))
                self.numbers["unmatched"] -= number
                self.numbers["matched"] += number
                self.matched[record.name] += number
                self.keys.update(
                    one.keys for several in found.values() for one in several
                )
                self._book(record, found)

    def _book(self, record: CampaignRecord, found: Mapping[int, list[News]]) -> None:
        hindsight = self.ledger.hindsight
        seen = {
            row: self.foretold.get((record.id, row), as_it_is)
            for row, as_it_is in hindsight.look(record.id, found.keys()).items()
        }
        key, often = CampaignKey(self.ledger.secret, record.name), dict[int, int]()
        if not record.kind:
            self.mailings.add(record.id)
            often = self._often(record.id, found, seen)
        judge = _Judge(key, record, self.now, often)
        judged = [
            _Judged(one, judge.row_news(row, seen[row], one))
            for row, several in found.items()
            if row in seen
            for one in several
            if judge.fits(seen[row], one)
        ]
        judged.sort(key=_order)
        news = [one.booked for one in judged]
        new = [*only_new(news, seen)]
        self.numbers["strange"] += sum(map(len, found.values())) - len(judged)
        self.numbers["known"] += len(judged) - len(new)
        self._list(judged, {id(one) for one in new}, judge, seen)
        if self.dry_run:
            self._foretell(record.id, new, seen)
        else:
            heard = hindsight.hear(record.id, news, self.now)
            self.numbers["accepted"] += heard.accepted
            self.numbers["refused"] += heard.refused
            self.numbers["suppressed"] += heard.suppressed
        if new:
            self.ids[record.name] = record.id
            counts = self.new.setdefault(record.name, Counter())
            counts.update(one.word.heard for one in new)

    def _often(
        self,
        campaign: int,
        found: Mapping[int, Iterable[News]],
        seen: Mapping[int, RowSeen],
    ) -> dict[int, int]:
        """Of how many mailings by now messages to the mailboxes of rows came back."""
        mailboxes = {
            row: seen[row].suppression
            for row, several in found.items()
            if row in seen and any(one.heard in CAME_BACK for one in several)
        }
        if not mailboxes:
            return {}
        since = self.now - _YEAR
        before = self.ledger.hindsight.came_back({*mailboxes.values()}, since)
        campaigns = {
            mailbox: {campaign, *before.get(mailbox, ())}
            for mailbox in mailboxes.values()
        }
        for (other, _), row in self.foretold.items():
            came_back = other in self.mailings and row.heard & CAME_BACK
            if came_back and row.suppression in campaigns:
                campaigns[row.suppression].add(other)
        return {row: len(campaigns[mailbox]) for row, mailbox in mailboxes.items()}

    def _list(
        self,
        judged: Iterable[_Judged],
        new: Collection[int],
        judge: _Judge,
        seen: Mapping[int, RowSeen],
    ) -> None:
        """Put mailboxes on the shared list, ahead of the ledger.

        If it ends between the two it is all done again, and somebody who was taken off
        that list is not put on it by old news.
        """
        if self.shared is None:
            return
        people: dict[Reason, set[Address]] = {}
        for one in judged:
            if id(one.booked) in new and one.booked.suppress:
                reason = _reason(one)
                mailbox = judge.mailbox_of(seen[one.booked.row], one.news)
                people.setdefault(reason, set()).update(mailbox)
        for reason, those in people.items():
            if self.dry_run:
                for whom in those:
                    entries = self.shared.entries(whom, self.now)
                    if all(entry.reason is not reason for entry in entries):
                        self._leave_out("listed", (reason, whom))
            else:
                told = self.source or "events"
                self.numbers["listed"] += self.shared.add(
                    those, reason, source=told, now=self.now
                )

    def _foretell(
        self, campaign: int, new: Sequence[RowNews], seen: Mapping[int, RowSeen]
    ) -> None:
        """Count what would come of it."""
        words: dict[int, list[Word]] = {}
        for one in new:
            words.setdefault(one.row, []).append(one.word)
        for row, heard in words.items():
            state = seen[row].state
            if any(is_settled_by(state, word.heard) for word in heard):
                state, _ = fate_of(heard)
                self.numbers[state] += 1
            known = seen[row].heard.union(word.heard for word in heard)
            after = attrs.evolve(seen[row], state=state, heard=known)
            self.foretold[campaign, row] = after
        for one in new:
            mailbox = seen[one.row].suppression
            if one.suppress and not self.ledger.suppressed(mailbox):
                self._leave_out("suppressed", mailbox)

    def _leave_out(self, number: str, whom: object) -> None:
        """Count somebody once, in however many mailings they are told of."""
        self.numbers[number] += whom not in self.left_out
        self.left_out.add(whom)

    def sign(self) -> None:
        """Keep in each campaign who brought the news."""
        if self.dry_run:
            return
        for name, counts in self.new.items():
            told = ", ".join(f"{number} {heard}" for heard, number in counts.items())
            reason = f"{self.source}: {told}" if self.source else told
            self.ledger.hindsight.note(
                self.ids[name], actor=self.actor, reason=reason, now=self.now
            )

    def result(self) -> Booking:
        """What came of all batches."""
        total: Counter[Heard] = Counter()
        for counts in self.new.values():
            total.update(counts)
        names = ("matched", "unmatched", "known", "strange", "accepted", "refused")
        return Booking(
            **{name: self.numbers[name] for name in (*names, "suppressed")},
            new={heard: total[heard] for heard in Heard if total[heard]},
            listed=None if self.shared is None else self.numbers["listed"],
            campaigns=tuple(self.new),
            matched_by=dict(+self.matched),
            keys=frozenset(self.keys),
        )


@attrs.frozen
class _Judged:
    news: News
    booked: RowNews


@attrs.frozen
class _Judge:
    """What news mean for a row of one campaign."""

    key: CampaignKey
    record: CampaignRecord
    now: float
    often: Mapping[int, int] = attrs.field(factory=dict)
    """Of how many mailings messages to the mailboxes of these rows came back."""

    def fits(self, seen: RowSeen, news: News) -> bool:
        """Whether the message went to the mailbox of its row, as far as that is told.

        What is sent in a trial may go to somebody else on purpose.
        """
        return (
            self.record.is_trial
            or not news.sent_to
            or bool(self._own(seen, news.sent_to))
        )

    def row_news(self, row: int, seen: RowSeen, news: News) -> RowNews:
        """What is booked of it; nobody is left out for a trial, or for a stranger."""
        # A date after today is of a clock that is wrong, or made up.
        at = self.now if news.at is None else min(news.at, self.now)
        text = news.text
        for one in news.about | news.sent_to | news.named:
            text = discreet(mask_text(text), one.local)
        word = Word(news.heard, at, news.code, news.enhanced, text)
        complained = news.heard is Heard.COMPLAINED
        about = not news.about or bool(self._own(seen, news.about))
        suppress = (complained or news.no_mailbox) and about
        if news.heard in CAME_BACK and not suppress:
            most = _OFTEN_IF_DEAD if news.enhanced in _DEAD else _OFTEN
            often = self.often.get(row, 0) >= most
            suppress = often and bool(self._own(seen, news.about))
        suppress = suppress and not self.record.is_trial
        return RowNews(row, word, suppress, complained and suppress)

    def mailbox_of(self, seen: RowSeen, news: News) -> frozenset[Address]:
        """The mailbox of the row, where the news names it."""
        return self._own(seen, news.about | news.sent_to | news.named)

    def _own(self, seen: RowSeen, people: Iterable[Address]) -> frozenset[Address]:
        suppression = self.key.suppression
        return frozenset(one for one in people if suppression(one) == seen.suppression)


def _reason(one: _Judged) -> Reason:
    """Why somebody is put on the shared list."""
    if one.booked.asked:
        return Reason.COMPLAINT
    return Reason.NO_SUCH_MAILBOX if one.news.no_mailbox else Reason.RETURNED


def _order(one: _Judged) -> tuple[int, float, bool]:
    """By date; of what one report says, that of the mailbox itself is booked."""
    return one.booked.row, one.news.at or 0.0, not one.booked.suppress
