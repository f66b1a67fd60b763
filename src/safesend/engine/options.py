"""How `send` was asked to go: as it was given, then checked and made into settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from safesend.engine.beginning import Beginning
from safesend.engine.grouping import Grouping
from safesend.engine.settings import Settings
from safesend.engine.verdicts import DOUBT_STATES, Booking
from safesend.errors import ConfigurationError
from safesend.ledger.redis_line import checked_url
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.providers import builtin as builtin_providers
from safesend.policies.replies import Rulebook, open_rules
from safesend.policies.retry import Retry, duration
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList
from safesend.transports.base import Transport

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup

__all__ = ["Options", "idempotency"]

_MOST_LANES = 500
_CROWD = 1000


@attrs.frozen(kw_only=True)
class Options:
    """The options of `Campaign.send`, which explains them; nothing is checked yet."""

    throttle: Throttle | str | None = None
    retry: Retry | str | None = None
    lanes: int = 8
    deadline: float | str | None = None
    give_up_after: float | str
    on_doubt: str = "hold"
    hours: SendingHours | str | None = None
    providers: Mapping[str, Iterable[str]] | None = None
    mx_lookup: bool | MxLookup = False
    rules: Rulebook | str | Path | None = None
    confirm_changes: bool
    retention: float | str | None = None
    delay: float | str = 0
    start: dt.datetime | str | None = None
    suppression: SuppressionList | str | Path | None = None
    approvals: int | None = None
    pilot: Pilot | int | str | None = None
    auto_stop: AutoStop | bool | None = None
    connections: int | None = None
    limits: str | None = None

    def settings(self, carrier: Transport, now: float) -> Settings:
        """What they mean for a call that begins now. Raises `ConfigurationError`."""
        self._refuse_strangers()
        lookup = _default_lookup() if self.mx_lookup is True else self.mx_lookup or None
        grouping = _grouping(self.providers, lookup)
        _, remembered = idempotency(carrier)
        rules, shared = self.rules, self.suppression
        assert not isinstance(shared, str | Path)  # it was opened for the call
        return Settings(
            booking=_booking(self.retry, self.on_doubt, self.give_up_after, remembered),
            lanes=_checked_lanes(self.lanes),
            throttle=_throttle(self.throttle, grouping),
            hours=_hours(self.hours),
            deadline=None if self.deadline is None else now + duration(self.deadline),
            rulebook=rules if isinstance(rules, Rulebook) else open_rules(rules),
            grouping=grouping,
            keep_for=None if self.retention is None else _retention(self.retention),
            beginning=Beginning.of(self.delay, self.start),
            suppression=shared,
            approvals=_approvals(self.approvals),
            pilot=_pilot(self.pilot),
            auto_stop=_auto_stop(self.auto_stop),
            connections=_connections(self.connections),
            limits=None if self.limits is None else checked_url(self.limits),
        )

    def _refuse_strangers(self) -> None:
        """What is no option at all is told as such, not as a fault of ours."""
        if self.providers is not None:
            words = 'names with their domains: {"council": ["council.example"]}'
            _refuse_other("providers", self.providers, Mapping, words)
        if not hasattr(self.mx_lookup, "hosts"):
            _refuse_other("mx_lookup", self.mx_lookup, bool, "True, False or MxLookup")
        if self.rules is not None:
            _refuse_other("rules", self.rules, (str, Path, Rulebook), "a file's path")


def _refuse_other(
    name: str, value: object, kinds: type | tuple[type, ...], words: str
) -> None:
    if not isinstance(value, kinds):
        raise ConfigurationError(f"{name}={value!r}: give {words}")


def idempotency(transport: Transport) -> tuple[str | None, float]:
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
    if on_doubt not in tuple(DOUBT_STATES):  # a list has no hash to look for
        names = ", ".join(repr(name) for name in DOUBT_STATES)
        raise ConfigurationError(f"on_doubt={on_doubt!r}: it is one of {names}")
    if retry is not None and not isinstance(retry, Retry):
        retry = Retry.of(retry)
    age = duration(give_up_after)
    return Booking(retry or Retry(), DOUBT_STATES[on_doubt], age, remembered)


def _retention(given: float | str) -> float:
    seconds = duration(given)
    if not seconds:
        raise ConfigurationError(
            "retention: what is known of persons is kept for some time after the end;"
            " write '90d', or purge it yourself"
        )
    return seconds


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


def _approvals(given: int | None) -> int | None:
    if given is not None and (type(given) is not int or not 0 <= given <= _CROWD):
        raise ConfigurationError(
            f"approvals={given!r}: how many people must approve, from 0 to {_CROWD}"
        )
    return given


def _pilot(given: Pilot | int | str | None) -> Pilot | None:
    return given if given is None or isinstance(given, Pilot) else Pilot.of(given)


def _auto_stop(given: AutoStop | bool | None) -> AutoStop | None:  # noqa: FBT001
    if given is True:
        return AutoStop()
    if given is None or given is False or isinstance(given, AutoStop):
        return given or None
    raise ConfigurationError(
        f"auto_stop={given!r}: give AutoStop(...), or False for a run that never stops"
        " by itself"
    )


def _connections(given: int | None) -> int | None:
    if given is not None and (type(given) is not int or not 1 <= given <= _CROWD):
        raise ConfigurationError(
            f"connections={given!r}: how many all workers together may have to a"
            f" server, from 1 to {_CROWD}"
        )
    return given


def _checked_lanes(lanes: int) -> int:
    if type(lanes) is not int or not 1 <= lanes <= _MOST_LANES:
        raise ConfigurationError(f"lanes={lanes!r}: from 1 to {_MOST_LANES} sessions")
    return lanes
