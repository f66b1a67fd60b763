"""The mails of a bounce mailbox, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from safesend.errors import Problem
from safesend.feedback.bounce_mail import read_bounce
from safesend.feedback.mail_kind import MailKind
from safesend.feedback.news import News
from safesend.feedback.wrappings import Unfit
from safesend.policies.replies import Rulebook
from safesend.redaction import mask_text

__all__ = ["BounceReader", "MailRead", "read_bounces"]

_KEPT = 1_000

_Mail = tuple[str, bytes | Unfit]


@attrs.frozen
class MailRead:
    """A mail that was read: where it lies, what it is, and how much news it had.

    `news` is 0 for what is no report, and for a report about a message of others.
    """

    place: str
    kind: MailKind
    news: int = 0


@attrs.define
class BounceReader:
    """The news in mails, read when it is iterated; what is wrong is kept, not raised.

    `kinds` counts the mails by what they are, `foreign` the reports about messages
    that safesend did not send, `problems` has the first thousand mails that could not
    be understood, `total_problems` counts them.

    `read` has every mail in its order. Whoever marks them as read, moves or deletes
    them does so when `book()` has returned: reading a mail twice changes nothing, and
    one that was marked too early is lost where the machine stops in between.
    """

    source: Iterable[_Mail] = attrs.field(repr=False)
    rules: Rulebook | None = None
    kinds: Counter[MailKind] = attrs.field(init=False, factory=Counter)
    foreign: int = attrs.field(init=False, default=0)
    read: list[MailRead] = attrs.field(init=False, factory=list)
    problems: list[Problem] = attrs.field(init=False, factory=list)
    total_problems: int = attrs.field(init=False, default=0)

    @property
    def mails(self) -> int:
        """How many mails were read so far."""
        return len(self.read)

    def __iter__(self) -> Iterator[News]:
        self.kinds, self.foreign, self.read = Counter(), 0, []
        self.problems, self.total_problems = [], 0
        for place, octets in self.source:
            yield from self._mail(place, octets)

    def _mail(self, place: str, octets: bytes | Unfit) -> Iterable[News]:
        if isinstance(octets, Unfit):
            self._reject(place, octets.reason)
            self._keep(place, MailKind.UNREADABLE, 0)
            return ()
        found = read_bounce(octets, self.rules)
        if found.problem:
            self._reject(place, found.problem)
        self.foreign += found.kind.is_report and not found.news
        self._keep(place, found.kind, len(found.news))
        return found.news

    def _keep(self, place: str, kind: MailKind, news: int) -> None:
        self.kinds[kind] += 1
        self.read.append(MailRead(place, kind, news))

    def _reject(self, place: str, reason: str) -> None:
        self.total_problems += 1
        if len(self.problems) < _KEPT:
            self.problems.append(Problem(mask_text(place), 0, "", mask_text(reason)))


def read_bounces(mails: Iterable[_Mail], rules: Rulebook | None = None) -> BounceReader:
    """The mails of a bounce mailbox: each its place ("new/1234") and its octets.

    `rules` say what replies mean, by default the built-in ones. A mail that could not
    be fetched has `Unfit("", reason)` for octets. What `mails` raises goes through, and
    what came before it counts.
    """
    return BounceReader(mails, rules)
