"""The front door: a campaign is what is sent to whom, and by whom."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.public import public, split
from safesend.clock import SYSTEM
from safesend.engine.enrol import Guards
from safesend.engine.events import Event, Listener
from safesend.engine.grouping import Grouping
from safesend.engine.mailing import Mailing, Plan, rehearse
from safesend.engine.report import Rehearsal, Report
from safesend.engine.run import Settings
from safesend.engine.safety import Safety, allowed, columns, pairs
from safesend.engine.verdicts import DOUBT_STATES, Booking
from safesend.errors import ConfigurationError
from safesend.intake import replayable
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger
from safesend.message.address import Address
from safesend.message.compile import CompiledMessage, Letterhead, compile_message
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.policies.providers import builtin as builtin_providers
from safesend.policies.replies import Rulebook, open_rules
from safesend.policies.retry import Retry, duration
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.redaction import mask_text
from safesend.transports import open_transport
from safesend.transports.base import Transport

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup

__all__ = ["Campaign"]

_NAME = re.compile(r"\w[\w .+-]{0,79}")
_DAY = 86_400.0
_MOST_LANES = 500


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

    def rehearse(self) -> Rehearsal:
        """Compose and check every message. Nothing is sent, nothing is written."""
        return rehearse(self._plan(confirm_changes=True), _throw_away_key(), SYSTEM)

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
        on_event: Listener | None = None,
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
        domains that are in no group; `rules` is a file of your own rules for replies.

        Raises `AudienceError`, `UnsafeMessage`, `CampaignChanged` and
        `ConfigurationError` before anything left, `TransportError` and `LedgerError`
        when going on is impossible; everything that was begun is recorded then.
        """
        return _from_sync(
            lambda: self.asend(
                transport,
                ledger=ledger,
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
                on_event=on_event,
            )
        )

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
        on_event: Listener | None = None,
    ) -> Report:
        """The same as `send`, awaited."""
        carrier = open_transport(transport) if isinstance(transport, str) else transport
        grouping = _grouping(
            providers, _default_lookup() if mx_lookup is True else mx_lookup or None
        )
        header, remembered = _idempotency(carrier)
        settings = Settings(
            booking=_booking(retry, on_doubt, give_up_after, remembered),
            lanes=_checked_lanes(lanes),
            throttle=_throttle(throttle, grouping),
            hours=_hours(hours),
            deadline=None if deadline is None else SYSTEM.now() + duration(deadline),
            rulebook=rules if isinstance(rules, Rulebook) else open_rules(rules),
            grouping=grouping,
        )
        plan = self._plan(confirm_changes=confirm_changes, idempotency=header)
        opened, reopen = _open(ledger, self.name)
        try:
            mailing = Mailing(
                plan, opened, carrier, settings, SYSTEM, on_event or _nobody, reopen
            )
            return await mailing.mail()
        finally:
            if opened is not ledger and opened.name != ":memory:":
                opened.close()

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


def _nobody(_: Event) -> None:
    """Where no listener was given."""


def _throw_away_key() -> bytes:
    return secrets.token_bytes(32)


def _idempotency(transport: Transport) -> tuple[str | None, float]:
    """The header by which the carrier knows a message again, and for how long."""
    limits = transport.limits()
    if limits is None or limits.idempotency is None:
        return None, 0.0
    return limits.idempotency


def _booking(
    retry: Retry | str | None,
    on_doubt: str,
    give_up_after: float | str,
    remembered: float,
) -> Booking:
    if on_doubt not in DOUBT_STATES:
        names = ", ".join(repr(name) for name in DOUBT_STATES)
        raise ConfigurationError(f"on_doubt={on_doubt!r}: it is one of {names}")
    if retry is not None and not isinstance(retry, Retry):
        retry = Retry.of(retry)
    age = duration(give_up_after)
    return Booking(retry or Retry(), DOUBT_STATES[on_doubt], age, remembered)


def _hours(given: SendingHours | str | None) -> SendingHours | None:
    if given is None or isinstance(given, SendingHours):
        return given
    return SendingHours(given)


def _throttle(given: Throttle | str | None, grouping: Grouping) -> Throttle | None:
    if given is None:
        return None
    throttle = given if isinstance(given, Throttle) else Throttle(given)
    for provider in throttle.per_provider:
        grouping.providers.check_name(provider)
    return throttle


def _grouping(
    providers: Mapping[str, Iterable[str]] | None, lookup: MxLookup | None
) -> Grouping:
    known = builtin_providers()
    return Grouping(known if providers is None else known.extended(providers), lookup)


def _default_lookup() -> MxLookup:
    from safesend.net.dns import MxLookup  # noqa: PLC0415 - loads dnspython

    return MxLookup()


def _checked_lanes(lanes: int) -> int:
    if not 1 <= lanes <= _MOST_LANES:
        raise ConfigurationError(f"lanes={lanes}: from 1 to {_MOST_LANES} sessions")
    return lanes


def _open(
    ledger: Ledger | str | Path | None, name: str
) -> tuple[Ledger, Callable[[], AbstractContextManager[Ledger]]]:
    """The ledger, and how to have it again when it was closed."""
    if ledger is None:
        ledger = _beside_the_script(name)
    if not isinstance(ledger, str | Path):
        given = ledger
        return given, lambda: nullcontext(given)
    location = str(ledger)
    opened = open_ledger(location)
    if opened.name == ":memory:":
        return opened, lambda: nullcontext(opened)
    return opened, lambda: closing(open_ledger(location))


def _beside_the_script(name: str) -> Path:
    # A ledger that is not found again would send everything again: so it lies beside
    # the script, never in the current directory of a cron job by accident. Somebody
    # who types has no script, and gets the current folder.
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    file = f"{name}.safesend.db"
    typed = hasattr(sys, "ps1") or sys.flags.interactive or "ipykernel" in sys.modules
    if main is None and typed:
        return Path.cwd() / file
    if main is None or _is_installed(Path(main).resolve()):
        raise ConfigurationError(
            "this program is not a script of yours, so there is no folder to keep the"
            f" ledger in; say where: ledger='/path/to/{file}'"
        )
    return Path(main).resolve().parent / file


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(root) for root in (sys.prefix, sys.base_prefix))


def _from_sync(call: Callable[[], Coroutine[object, object, Report]]) -> Report:
    """Run the coroutine; in a thread of its own where a loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(call())
    return _in_thread(call)


def _in_thread(call: Callable[[], Coroutine[object, object, Report]]) -> Report:
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Report]]] = []
    ended: list[Report | BaseException] = []
    over = threading.Event()

    async def body() -> Report:
        task = asyncio.ensure_future(call())
        started.append((asyncio.get_running_loop(), task))
        return await task

    def target() -> None:
        try:
            ended.append(asyncio.run(body()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller
            ended.append(error)
        finally:
            over.set()

    threading.Thread(target=target, name="safesend-send").start()
    try:
        # Not Thread.join: interrupted once, it takes a living thread for ended
        # (bpo-45274).
        over.wait()
    except KeyboardInterrupt:
        for loop, task in started:
            loop.call_soon_threadsafe(task.cancel)
        over.wait()
        raise
    [result] = ended
    if isinstance(result, BaseException):
        raise result
    return result
