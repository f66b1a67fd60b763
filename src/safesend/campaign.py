"""The front door: a campaign is what is sent to whom, and by whom."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.public import public, split
from safesend.clock import SYSTEM
from safesend.engine import journal
from safesend.engine.enrol import Guards
from safesend.engine.events import Listener, listener
from safesend.engine.mailing import Mailing, Plan, rehearse
from safesend.engine.options import Options, idempotency
from safesend.engine.report import Rehearsal, Report
from safesend.engine.safety import Safety, allowed, columns, pairs
from safesend.engine.sync import from_sync
from safesend.errors import ConfigurationError
from safesend.intake import replayable
from safesend.ledger.base import Ledger
from safesend.ledger.beside import open_or_default, opened
from safesend.ledger.runs import this_user
from safesend.message.address import Address
from safesend.message.compile import CompiledMessage, Letterhead, compile_message
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.replies import Rulebook
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.redaction import mask_text
from safesend.suppression import SuppressionList
from safesend.suppression.lending import lent
from safesend.transports import open_transport
from safesend.transports.base import Transport

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup

__all__ = ["Campaign"]

_NAME = re.compile(r"\w[\w .+-]{0,79}")
_DAY = 86_400.0


def _sender(value: str | Address) -> Address:
    if isinstance(value, Address):
        return value
    return Address.parse(value, name_allowed=True)


def _checked_name(_: object, __: object, value: Any) -> None:
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise ConfigurationError(
            f"the campaign name {mask_text(repr(value))} cannot be used: it names a"
            " file, so write letters, digits, spaces, '.', '-', '_' or '+', at most 80"
        )


def _of_type(*types: type) -> Callable[[Any, Any, Any], None]:
    wanted = " or ".join("None" if t is NoneType else t.__name__ for t in types)

    def check(_: Any, attribute: Any, value: Any) -> None:
        if not isinstance(value, types) or isinstance(value, bool):
            given = type(value).__name__
            raise ConfigurationError(f"{attribute.name} is {wanted}, not {given}")

    return check


_TEXT = _of_type(str, NoneType)
_NUMBER = _of_type(int, NoneType)


def _domains(value: Iterable[str] | None) -> frozenset[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        raise ConfigurationError('allowed_domains is a list: ["example.org"]')
    return frozenset(Address.parse(f"x@{domain}").domain for domain in value)


@attrs.frozen(kw_only=True)
class Campaign:
    """The same mail to many people, each of whom gets a message of their own.

    `audience` is `read_csv(...)`, `read_jsonl(...)` or any iterable of `Recipient`.
    `unsubscribe` is an https URL with the placeholder `{token}` (RFC 8058).
    `message_id_domain` stands behind the @ of every Message-ID; by default the
    sender's domain. `allowed_domains` keeps a test from reaching anybody else;
    `max_recipients` refuses a list that is longer.

    What the checks are told: `public` addresses, and phrases, may stand in every
    message (the sender and the reply address may anyway); `private` are columns whose
    values belong to their row alone, from three letters on; `verify` are pairs of
    columns that must say the same, `("email", "account_email")`; `allow` lets a check
    pass for a reason, which the ledger and the report keep.
    """

    name: str = attrs.field(validator=_checked_name)
    sender: Address = attrs.field(converter=_sender)
    template: Template = attrs.field(validator=_of_type(Template))
    audience: Iterable[Recipient] = attrs.field(converter=replayable, repr=False)
    message_id_domain: str | None = attrs.field(default=None, validator=_TEXT)
    unsubscribe: str | None = attrs.field(default=None, validator=_TEXT)
    allowed_domains: frozenset[str] | None = attrs.field(
        default=None, converter=_domains
    )
    max_recipients: int | None = attrs.field(default=None, validator=_NUMBER)
    allow: tuple[Allow, ...] = attrs.field(default=(), converter=allowed)
    verify: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=pairs)
    public: tuple[str | Address, ...] = attrs.field(default=(), converter=public)
    private: tuple[str, ...] = attrs.field(default=(), converter=columns)

    def rehearse(self, *, ledger: Ledger | str | Path | None = None) -> Rehearsal:
        """Compose and check every message. Nothing is sent, nothing is written.

        With a ledger the rehearsal has the `digest` that people approve.
        """
        plan = self._plan(confirm_changes=True)
        if ledger is None:
            return rehearse(plan, _throw_away_key(), SYSTEM)
        with opened(ledger, self.name) as book:
            return rehearse(plan, book.secret, SYSTEM, digested=True)

    def approve(
        self,
        *,
        ledger: Ledger | str | Path | None = None,
        actor: str | None = None,
        reason: str = "",
    ) -> Rehearsal:
        """Note that somebody (the user who runs this) approves what would be sent.

        It counts for `send(approvals=...)` as long as no octet of the letter, its
        files, the sender, the list or what the checks are told changes. Raises
        `UnsafeMessage` and `AudienceError` where that could not be sent.
        """
        with opened(ledger, self.name) as book:
            rehearsal = self.rehearse(ledger=book)
            rehearsal.must_be_ok()
            now = SYSTEM.now()
            book.consent.approve(
                book.campaign(self.name, now).id,
                rehearsal.digest,
                actor=actor or this_user(),
                reason=reason,
                now=now,
            )
        return rehearsal

    def release(
        self,
        *,
        ledger: Ledger | str | Path | None = None,
        actor: str | None = None,
        reason: str = "",
    ) -> bool:
        """Let the others go who wait for the pilot; False: nobody waited for one.

        They go with the next `send`, or with one that is at work.
        """
        with opened(ledger, self.name) as book:
            now = SYSTEM.now()
            number = book.campaign(self.name, now).id
            return book.consent.release(
                number, actor=actor or this_user(), reason=reason, now=now
            )

    def send(
        self,
        transport: Transport | str,
        *,
        ledger: Ledger | str | Path | None = None,
        throttle: Throttle | str | None = None,
        retry: Retry | str | None = None,
        lanes: int = 8,
        deadline: float | str | None = None,
        give_up_after: float | str = 2 * _DAY,
        on_doubt: str = "hold",
        hours: SendingHours | str | None = None,
        providers: Mapping[str, Iterable[str]] | None = None,
        mx_lookup: bool | MxLookup = False,
        rules: Rulebook | str | Path | None = None,
        confirm_changes: bool = False,
        retention: float | str | None = None,
        delay: float | str = 0,
        start: dt.datetime | str | None = None,
        suppression: SuppressionList | str | Path | None = None,
        approvals: int | None = None,
        pilot: Pilot | int | str | None = None,
        auto_stop: AutoStop | bool | None = True,
        on_event: Listener | Iterable[Listener] | None = None,
    ) -> Report:
        """Send what is not sent yet; run again, it goes on where it was.

        `transport` is a value or a URL ("smtp://...", "maildir:out"); `ledger` a path,
        ":memory:" or an open ledger, by default `<name>.safesend.db` beside the
        script; `lanes` the number of sessions at once; `deadline` the seconds after
        which nothing more is begun (by default this call returns when nothing is due
        within a minute; what is in flight finishes first, within the time-outs of the
        transport); `retry` says when what was put off is tried again ("5m, 1h*3,
        4h"), `give_up_after` after what time it expires: "2d", or a number of seconds;
        `on_doubt` is "hold", "resend" or "assume-accepted" (whatever it says, what the
        carrier recognises by an idempotency header is sent to it again).

        `hours` are the hours in which mail may leave, "Mon-Fri 09:00-17:00
        Europe/Berlin"; `providers` names groups of domains beside the built-in ones,
        {"council": ["council.example"]}; `mx_lookup` asks DNS for the provider of
        domains that are in no group; `rules` is a file of your own rules for replies;
        `retention` says for how long after its end the ledger keeps what it knows of
        persons, "90d": a later `send` on this ledger, or `safesend purge --due`, erases
        it then.

        `delay` ("5m") is the time between going live and the first byte, for second
        thoughts: `safesend cancel` leaves nothing to regret. `start` is a date at which
        the mailing begins, a `datetime` or "2026-12-01 09:00" (local time). The ledger
        keeps it: running again begins no new wait, and cuts none short.

        `suppression` is a list of people whom nobody writes to, or its path: asked
        when a row is claimed, it takes up the mailboxes that a server does not know.

        `approvals` people must have approved exactly what would be sent, and from then
        on in every later call (None: as before, at first nobody); `pilot` are the first
        50 people, or "50, 30m, 2%": the others wait until somebody approves, or until
        30 minutes passed in which no more than 2 % of them got nothing. A run stops by
        itself, and pauses the campaign, when many are refused (`auto_stop`).

        Raises `AudienceError`, `UnsafeMessage`, `CampaignChanged`, `CampaignPurged`,
        `ApprovalNeeded` and
        `ConfigurationError` before anything left, `TransportError` and `LedgerError`
        when going on is impossible; everything that was begun is recorded then.
        """
        options = Options(
            throttle=throttle,
            retry=retry,
            lanes=lanes,
            deadline=deadline,
            give_up_after=give_up_after,
            on_doubt=on_doubt,
            hours=hours,
            providers=providers,
            mx_lookup=mx_lookup,
            rules=rules,
            confirm_changes=confirm_changes,
            retention=retention,
            delay=delay,
            start=start,
            suppression=suppression,
            approvals=approvals,
            pilot=pilot,
            auto_stop=auto_stop,
        )
        return from_sync(lambda: self._mail(transport, ledger, on_event, options))

    async def asend(
        self,
        transport: Transport | str,
        *,
        ledger: Ledger | str | Path | None = None,
        throttle: Throttle | str | None = None,
        retry: Retry | str | None = None,
        lanes: int = 8,
        deadline: float | str | None = None,
        give_up_after: float | str = 2 * _DAY,
        on_doubt: str = "hold",
        hours: SendingHours | str | None = None,
        providers: Mapping[str, Iterable[str]] | None = None,
        mx_lookup: bool | MxLookup = False,
        rules: Rulebook | str | Path | None = None,
        confirm_changes: bool = False,
        retention: float | str | None = None,
        delay: float | str = 0,
        start: dt.datetime | str | None = None,
        suppression: SuppressionList | str | Path | None = None,
        approvals: int | None = None,
        pilot: Pilot | int | str | None = None,
        auto_stop: AutoStop | bool | None = True,
        on_event: Listener | Iterable[Listener] | None = None,
    ) -> Report:
        """The same as `send`, awaited."""
        options = Options(
            throttle=throttle,
            retry=retry,
            lanes=lanes,
            deadline=deadline,
            give_up_after=give_up_after,
            on_doubt=on_doubt,
            hours=hours,
            providers=providers,
            mx_lookup=mx_lookup,
            rules=rules,
            confirm_changes=confirm_changes,
            retention=retention,
            delay=delay,
            start=start,
            suppression=suppression,
            approvals=approvals,
            pilot=pilot,
            auto_stop=auto_stop,
        )
        return await self._mail(transport, ledger, on_event, options)

    async def _mail(
        self,
        transport: Transport | str,
        ledger: Ledger | str | Path | None,
        on_event: Listener | Iterable[Listener] | None,
        options: Options,
    ) -> Report:
        with lent(options.suppression) as shared:
            options = attrs.evolve(options, suppression=shared)
            return await self._mailed(transport, ledger, on_event, options)

    async def _mailed(
        self,
        transport: Transport | str,
        ledger: Ledger | str | Path | None,
        on_event: Listener | Iterable[Listener] | None,
        options: Options,
    ) -> Report:
        carrier = open_transport(transport) if isinstance(transport, str) else transport
        settings = options.settings(carrier, SYSTEM.now())
        header, _ = idempotency(carrier)
        plan = self._plan(confirm_changes=options.confirm_changes, idempotency=header)
        tell = listener(on_event, journal.hear)
        book, reopen = open_or_default(ledger, self.name)
        try:
            mailing = Mailing(plan, book, carrier, settings, SYSTEM, tell, reopen)
            return await mailing.mail()
        finally:
            if book is not ledger and book.name != ":memory:":
                book.close()

    def _plan(self, *, confirm_changes: bool, idempotency: str | None = None) -> Plan:
        guards = Guards(self.max_recipients, self.allowed_domains, confirm_changes)
        compiled = self._compiled(idempotency)
        return Plan(self.name, compiled, self.audience, guards, self._safety())

    def _safety(self) -> Safety:
        addresses, phrases = split(self.public)
        return Safety(
            allow=self.allow,
            verify=self.verify,
            public=tuple(addresses),
            phrases=tuple(phrases),
            private=self.private,
        )

    def _compiled(self, idempotency: str | None) -> CompiledMessage:
        letterhead = Letterhead(
            sender=self.sender,
            message_id_domain=self.message_id_domain or self.sender.domain,
            unsubscribe=self.unsubscribe,
        )
        return compile_message(self.template, letterhead, idempotency=idempotency)


def _throw_away_key() -> bytes:
    return secrets.token_bytes(32)
