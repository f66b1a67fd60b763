"""The front door: a campaign is what is sent to whom, and by whom."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import attrs

from safesend.clock import SYSTEM
from safesend.engine.audience import audience_of
from safesend.engine.content.way import ways_of
from safesend.engine.correction import Correction, find_original
from safesend.engine.declaration import planned
from safesend.engine.entry import Entry, test_entry
from safesend.engine.events import Listener
from safesend.engine.fields import Further
from safesend.engine.keeping import Keeping
from safesend.engine.options import Options
from safesend.engine.plan import Plan, rehearse
from safesend.engine.posting import post
from safesend.engine.queueing import Queueing
from safesend.engine.report import Rehearsal, Report
from safesend.engine.sync import from_sync
from safesend.engine.trial import Trial, Tried, choose, outcomes, test_addresses
from safesend.engine.word import Word
from safesend.intake import replayable
from safesend.ledger.base import Ledger
from safesend.ledger.beside import opened
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.replies import Rulebook
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList
from safesend.transports.base import Transport

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup
    from safesend.preflight.result import Preflight

__all__ = ["Campaign"]

_DAY = 86_400.0


@attrs.frozen(kw_only=True)
class Campaign(Queueing):
    """The same mail to many people, each of whom gets a message of their own.

    `audience` is `read_csv(...)`, `read_query(...)` or any iterable of `Recipient`.
    `unsubscribe` is an https URL with the placeholder `{token}` (RFC 8058), or
    `Unsubscribe`, by which readers get on the suppression list themselves.
    `message_id_domain` stands behind the @ of every Message-ID; by default the
    sender's domain. `envelope_sender` is where bounces go, by default to the sender;
    in "bounces+{token}@example.org" every person has a token (VERP), the same on every
    attempt. `allowed_domains` keeps a test from reaching anybody else;
    `max_recipients` refuses a list that is longer.

    What the checks are told: `public` addresses, and phrases, may stand in every
    message (the sender and the reply address may anyway); `private` are columns whose
    values belong to their row alone, from three letters on; `verify` are pairs of
    columns that must say the same, `("email", "account_email")`; `allow` lets a check
    pass for a reason, which the ledger and the report keep.

    `seeds` are mailboxes of your own that watch the mailing, with data of their own: a
    list, or the path of one. Each gets a message at the start and after every
    `seed_every` people. `redirect_all_to` is for staging: everybody's message goes to
    that mailbox, but for people in `allowed_domains`, and none of it counts for them.
    `dkim` are those who sign.
    """

    @classmethod
    def correction(
        cls,
        of: Ledger | str | Path,
        *,
        of_campaign: str | None = None,
        include_in_doubt: bool = False,
        name: str,
        audience: Iterable[Recipient],
        **options: Unpack[Further],
    ) -> Campaign:
        """A mailing to exactly those of a list who have an earlier one.

        `of` is the ledger of that one, `of_campaign` its name where the ledger holds
        several. `audience` is the list as it was then, with the same key column: who
        was accepted then gets the correction, and nobody else can. Who is in doubt is
        left out, unless `include_in_doubt`. `options` are as in `Campaign`.

        Raises `ConfigurationError` where nobody was accepted.
        """
        original = find_original(of, of_campaign, name=name, in_doubt=include_in_doubt)
        everybody = audience_of(replayable(audience))
        return cls(name=name, audience=Correction(everybody, original), **options)

    def rehearse(self, *, ledger: Ledger | str | Path | None = None) -> Rehearsal:
        """Compose and check every message. Nothing is sent, nothing is written.

        With a ledger the rehearsal has the `digest` that people approve.
        """
        plan = planned(self, None, confirm_changes=True, rehearsed=True)
        if ledger is None:
            return rehearse(plan, secrets.token_bytes(32), SYSTEM)  # thrown away
        with opened(ledger, self.name) as book:
            return rehearse(plan, book.secret, SYSTEM, digested=True)

    def preflight(
        self,
        transport: Transport | str | None = None,
        *,
        ledger: Ledger | str | Path | None = None,
        suppression: SuppressionList | str | Path | None = None,
        addresses: Iterable[str] = (),
        blocklists: Iterable[str] = (),
        nameservers: Sequence[str] | str | None = None,
        timeout: float = 5.0,
        only: Iterable[str] | None = None,
    ) -> Preflight:
        """Look whether it will arrive: at DNS, the server, the list, every message.

        Nothing is sent and nothing is written; a ledger and a suppression list are
        read. Without a `transport` no server is looked at: P7 and P8 are skipped.
        `addresses` are those from which the mail leaves, as far as you know them, and
        `blocklists` the DNS zones in which these are looked for. `nameservers` are
        asked ("192.0.2.53", by default the system's), with `timeout` seconds for a
        question. `only` names checks, "P1" to "P14", by default all.

        What DNS or a server says, or does not say, is in the result. Raises
        `ConfigurationError` and what reading the list and the letter raises.
        """
        return from_sync(
            lambda: self.apreflight(
                transport,
                ledger=ledger,
                suppression=suppression,
                addresses=addresses,
                blocklists=blocklists,
                nameservers=nameservers,
                timeout=timeout,
                only=only,
            )
        )

    async def apreflight(
        self,
        transport: Transport | str | None = None,
        *,
        ledger: Ledger | str | Path | None = None,
        suppression: SuppressionList | str | Path | None = None,
        addresses: Iterable[str] = (),
        blocklists: Iterable[str] = (),
        nameservers: Sequence[str] | str | None = None,
        timeout: float = 5.0,  # noqa: ASYNC109 - of each question
        only: Iterable[str] | None = None,
    ) -> Preflight:
        """The same as `preflight`, awaited."""
        # It loads dnspython, which `import safesend` does without.
        from safesend.engine.outlook import Look, look_ahead  # noqa: PLC0415

        look = Look(
            transport=transport,
            ledger=ledger,
            suppression=suppression,
            addresses=addresses,
            blocklists=blocklists,
            nameservers=nameservers,
            timeout=timeout,
            only=only,
        )
        return await look_ahead(self, look)

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
            Word(book, self.booked.name, actor, reason).approve(rehearsal.digest)
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
            return Word(book, self.booked.name, actor, reason).release()

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
        connections: int | None = None,
        limits: str | None = None,
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

        `connections` is the most that all workers together may have to a server at a
        time; `limits` a Redis that keeps rates and connections, in place of the ledger.

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
            connections=connections,
            limits=limits,
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
        connections: int | None = None,
        limits: str | None = None,
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
            connections=connections,
            limits=limits,
        )
        return await self._mail(transport, ledger, on_event, options)

    def test_send(
        self,
        transport: Transport | str,
        *,
        to: str | Address | Iterable[str | Address],
        as_recipient: str | Recipient | None = None,
        ledger: Ledger | str | Path | None = None,
        rules: Rulebook | str | Path | None = None,
        on_event: Listener | Iterable[Listener] | None = None,
    ) -> tuple[Trial, ...]:
        """Send one row's message to whoever tries it; each call sends it anew.

        `as_recipient` says whose: "row:17", "address:ada@example.org", a recipient of
        the list; by default the first. It is what that person would get, but for the
        address: yours stands in its place. Nothing of it counts for the list.
        """
        everybody = audience_of(self.audience)
        tried = Tried(everybody, test_addresses(to), choose(as_recipient))
        options = Options(give_up_after="1h", rules=rules, confirm_changes=True)
        booked = test_entry(self.name, tried)
        domain = self.message_id_domain or self.sender.domain
        with opened(ledger, self.name) as book:
            from_sync(lambda: self._mail(transport, book, on_event, options, booked))
            return tuple(outcomes(book, booked.name, tried, domain))

    async def _mail(
        self,
        transport: Transport | str,
        ledger: Ledger | str | Path | None,
        on_event: Listener | Iterable[Listener] | None,
        options: Options,
        booked: Entry | None = None,
    ) -> Report:
        def made(idempotency: str | None) -> Plan:
            return planned(
                self,
                booked,
                confirm_changes=options.confirm_changes,
                idempotency=idempotency,
            )

        kept = (ledger, self.name)
        keeping = None if booked else Keeping(self, ways_of(transport))
        return await post(made, transport, kept, on_event, options, keeping=keeping)
