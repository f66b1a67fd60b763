"""The account of a campaign after a call: counts, reasons, and the join with a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from safesend.checks.allowance import Allow
from safesend.engine.events import Switched, Waiting
from safesend.engine.traffic import Share
from safesend.errors import AudienceError, Leak, Problem, UnsafeMessage
from safesend.ledger.base import Account, Allowance, State
from safesend.ledger.flow import Flow
from safesend.ledger.orders import Hold
from safesend.message.envelope import Envelope
from safesend.message.recipient import Recipient

__all__ = ["Pause", "Rehearsal", "Report", "pauses"]


@attrs.frozen
class Pause:
    """Nothing goes to a provider ("": on the whole route) until that date.

    `until` is seconds since 1970, `reason` the masked reply that asked for it.
    """

    route: str
    provider: str
    until: float
    reason: str


def pauses(found: Iterable[Share | Flow], now: float) -> tuple[Pause, ...]:
    """The pauses that hold now; a provider's not where its whole route rests as long.

    Such a one is only a shadow of the other, and nobody asked for it.
    """
    holding = [one for one in found if one.paused_until > now]
    routes = {one.route: one.paused_until for one in holding if not one.provider}
    return tuple(
        Pause(one.route, one.provider, one.paused_until, one.reason)
        for one in holding
        if not one.provider or one.paused_until > routes.get(one.route, 0.0)
    )


@attrs.frozen(kw_only=True)
class Rehearsal:
    """What a rehearsal found; nothing was sent.

    `recipients` rows were composed and checked; `skipped` were left out by
    `skip_invalid`. `failures` are rows whose message cannot be made and that hold up
    nobody else.
    """

    recipients: int
    seeds: int = 0
    """How many of these go to seeds."""
    skipped: int = 0
    leaks: tuple[Leak, ...] = ()
    problems: tuple[Problem, ...] = ()
    failures: tuple[Problem, ...] = ()
    warnings: tuple[Leak, ...] = ()
    """What is worth a look and stops nothing (`severity` is WARN)."""
    allowed: Mapping[Allow, int] = attrs.field(factory=dict)
    """What `allow=` let pass, and how often it was met."""
    notes: tuple[str, ...] = ()
    """What a person should know of the list before sending."""
    total_problems: int = 0
    seconds: float = 0.0
    largest: int = 0
    """Octets of the largest message, its signatures included."""
    needs_utf8: bool = False
    """Whether an address or a header is such that servers must offer SMTPUTF8."""
    digest: bytes = attrs.field(default=b"", repr=False)
    """What people approve: letter, sender and list, under the key of a ledger."""
    _messages: Callable[[], Iterator[Envelope]] = attrs.field(repr=False, eq=False)
    _message: Callable[[Recipient], Envelope] = attrs.field(repr=False, eq=False)
    _unsigned: Callable[[Recipient], Envelope] = attrs.field(repr=False, eq=False)

    @property
    def ok(self) -> bool:
        """Whether `send` would begin."""
        return self.recipients > 0 and not self.leaks and not self.problems

    def must_be_ok(self) -> None:
        """Raise `UnsafeMessage` or `AudienceError` where `send` would."""
        if self.leaks:
            raise UnsafeMessage(self.leaks)
        if self.problems:
            counted = self.total_problems - len(self.failures)
            raise AudienceError(self.problems, counted)
        if not self.recipients:
            nobody = Problem("audience", 0, "", "there is nobody in the list")
            raise AudienceError([nobody])

    def messages(self) -> Iterator[Envelope]:
        """The envelopes, composed anew, in the order of the list."""
        return self._messages()

    def message(self, recipient: Recipient) -> Envelope:
        """The envelope of one row of the list, composed anew.

        Raises `TemplateError`, `AttachmentError` or `UnsafeMessage` where it cannot be
        made.
        """
        return self._message(recipient)

    def unsigned(self, recipient: Recipient) -> Envelope:
        """The same without DKIM signatures, which take longer than all the rest."""
        return self._unsigned(recipient)


@attrs.frozen(kw_only=True)
class Report:
    """The whole campaign as its ledger knows it, and how this call went.

    The counts are people, the copies for `seeds` among them. `waiting` includes
    `deferred` (tried and put off) and `in_hand`. `stopped` says why the call ended
    before its work was done. `seconds` runs from the first claim to the last record,
    `rehearsal_seconds` is the time before that.

    `kind` is "" for a mailing to a list, "correction", "test" or "redirected" (nobody
    on the list got that); `about` says of what, or to whom.
    """

    campaign: str
    ledger: str
    recipients: int
    accepted: int
    refused: int
    waiting: int
    deferred: int
    in_doubt: int
    suppressed: int
    cancelled: int
    expired: int
    failed: int
    in_hand: int = 0
    """How many of those who wait other runs have in hand, which are at work."""
    kind: str = ""
    about: str = ""
    seeds: int = 0
    """How many of the counted are seeds."""
    bounced: int = 0
    """How many came back for good afterwards, as `safesend events` heard."""
    complained: int = 0
    """How many people called it spam, as `safesend events` heard."""
    notes: tuple[str, ...] = ()
    """What a person should know of the list."""
    skipped: int = 0
    problems: tuple[Problem, ...] = ()
    """The rows that `skip_invalid` left out."""
    warnings: tuple[Leak, ...] = ()
    """What the checks of this call found worth a look."""
    allowed: tuple[Allowance, ...] = ()
    """What the sender let pass by `allow=`, in every call so far; masked."""
    sent_now: int = 0
    """Messages that the carrier accepted during this call."""
    stopped: str | None = None
    next_due: float | None = None
    """When the next row may go, pauses and hours considered (seconds since 1970)."""
    waiting_for: Waiting | None = None
    """What that date is: the end of a "pause", the "hours", the "date" of a row, or the
    "delay" of the campaign. "order": a person holds whoever is left, without a date.
    "pilot": the rest waits until somebody approves it, or until that date."""
    pauses: tuple[Pause, ...] = ()
    """The pauses that hold at the end of this call."""
    carriers: tuple[tuple[str, int], ...] = ()
    """Of several carriers: how many messages each of them took during this call."""
    switches: tuple[Switched, ...] = ()
    """When another of them took over during this call, and why."""
    purged: tuple[str, ...] = ()
    """Other campaigns of the ledger whose time was over, purged at the end."""
    held: tuple[Hold, ...] = ()
    """What people paused or cancelled: the mail of a provider, or ("") all of it."""
    seconds: float = 0.0
    rehearsal_seconds: float = 0.0
    reasons: Mapping[str, tuple[tuple[str, int], ...]] = attrs.field(factory=dict)
    """For refused, deferred, in doubt and failed: the replies with their number."""
    _accounts: Callable[[Iterable[Recipient]], Iterator[tuple[Recipient, Account]]] = (
        attrs.field(repr=False, eq=False)
    )

    def outcomes(
        self, audience: Iterable[Recipient]
    ) -> Iterator[tuple[Recipient, State, str]]:
        """The list joined with the ledger: (recipient, state, reply); masked replies.

        Recipients that the campaign does not know are left out.
        """
        for recipient, account in self._accounts(audience):
            yield recipient, account.state, reply_text(account)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        shown = attrs.asdict(
            self, recurse=True, filter=lambda field, _: not field.name.startswith("_")
        )
        shown["problems"] = [str(problem) for problem in self.problems]
        shown["warnings"] = [str(warning) for warning in self.warnings]
        shown["reasons"] = {
            state: [{"reply": text, "count": count} for text, count in pairs]
            for state, pairs in self.reasons.items()
        }
        return shown


def reply_text(account: Account) -> str:
    """Code, enhanced code and text of the last reply, as far as they are known."""
    parts = (account.code, account.enhanced, account.text)
    return " ".join(str(part) for part in parts if part)
