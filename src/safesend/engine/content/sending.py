"""How a campaign is to be sent, as plain values.

What belongs to one call is not in it: its deadline, and that a person confirmed
something. When the campaign begins the ledger knows already. Which suppression list is
asked stands there by the list's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from safesend.engine.content.rules import book_of, text_of
from safesend.engine.options import Options
from safesend.errors import ConfigurationError
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.replies import Rulebook, open_rules
from safesend.policies.retry import Retry, duration
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList

__all__ = ["SENDING", "options_of", "values_of"]

_NOTHING = type(None)
_LIMIT = {"rate": (str, _NOTHING), "burst": (int, _NOTHING), "warmup": (str, _NOTHING)}
SENDING: Mapping[str, Any] = {
    "throttle": ({"whole": _LIMIT, "providers": [{"name": str, **_LIMIT}]}, _NOTHING),
    "retry": ({"waits": [float], "tries": (int, _NOTHING)}, _NOTHING),
    "lanes": int,
    "give_up_after": float,
    "on_doubt": str,
    "hours": ({"text": str, "tz": str}, _NOTHING),
    "providers": [{"name": str, "domains": [str]}],
    "mx_lookup": bool,
    "rules": str,
    "retention": (float, _NOTHING),
    "suppression": (str, _NOTHING),
    "approvals": (int, _NOTHING),
    "pilot": (
        {"first": int, "after": (float, _NOTHING), "refused": (float, _NOTHING)},
        _NOTHING,
    ),
    "auto_stop": (
        {"refused": float, "of_last": int, "after": int, "alike": int},
        _NOTHING,
    ),
    "connections": (int, _NOTHING),
    "limits": (str, _NOTHING),
}
"""The shape of these values, see `canon`."""


def values_of(options: Options) -> dict[str, Any]:
    """The plain values of options. Raises `ConfigurationError`.

    A suppression list is open, as it is for a call.
    """
    return {
        "throttle": _throttle(options.throttle),
        "retry": _retry(options.retry),
        "lanes": options.lanes,
        "give_up_after": duration(options.give_up_after),
        "on_doubt": options.on_doubt,
        "hours": _hours(options.hours),
        "providers": [
            {"name": name, "domains": sorted(domains)}
            for name, domains in sorted((options.providers or {}).items())
        ],
        "mx_lookup": bool(options.mx_lookup),
        "rules": text_of(_book(options)),
        "retention": None if options.retention is None else duration(options.retention),
        "suppression": _list(options.suppression),
        "approvals": options.approvals,
        "pilot": _pilot(options.pilot),
        "auto_stop": _auto_stop(options.auto_stop),
        "connections": options.connections,
        "limits": options.limits,
    }


def options_of(
    values: Mapping[str, Any],
    *,
    suppression: SuppressionList | None = None,
    deadline: float | str | None = None,
    lanes: int | None = None,
) -> Options:
    """Options of such values, for a call that brings the list and says the rest.

    Raises `ConfigurationError` where another list is brought, or none.
    """
    _check_list(values["suppression"], suppression)
    retry, hours, pilot = values["retry"], values["hours"], values["pilot"]
    groups = {one["name"]: one["domains"] for one in values["providers"]}
    return Options(
        throttle=_throttle_of(values["throttle"]),
        retry=None if retry is None else Retry.fixed(retry["waits"], retry["tries"]),
        lanes=values["lanes"] if lanes is None else lanes,
        deadline=deadline,
        give_up_after=values["give_up_after"],
        on_doubt=values["on_doubt"],
        hours=None if hours is None else SendingHours(hours["text"], hours["tz"]),
        providers=groups or None,
        mx_lookup=values["mx_lookup"],
        rules=book_of(values["rules"]),
        confirm_changes=False,
        retention=values["retention"],
        suppression=suppression,
        approvals=values["approvals"],
        pilot=None if pilot is None else Pilot(**pilot),
        auto_stop=False
        if values["auto_stop"] is None
        else AutoStop(**values["auto_stop"]),
        connections=values["connections"],
        limits=values["limits"],
    )


def _throttle(given: Throttle | str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    throttle = given if isinstance(given, Throttle) else Throttle(given)
    limits = sorted(throttle.per_provider.items())
    return {
        "whole": _limit(throttle),
        "providers": [{"name": name, **_limit(one)} for name, one in limits],
    }


def _limit(one: Throttle) -> dict[str, Any]:
    """What a throttle without its providers is made of."""
    burst = None if one.rate is None else one.burst
    warmup = None if one.ramp is None else str(one.ramp)
    return {"rate": one.spec, "burst": burst, "warmup": warmup}


def _throttle_of(values: Mapping[str, Any] | None) -> Throttle | None:
    if values is None:
        return None
    limits = {one["name"]: _limit_of(one, {}) for one in values["providers"]}
    return _limit_of(values["whole"], limits)


def _limit_of(one: Mapping[str, Any], limits: Mapping[str, Throttle]) -> Throttle:
    return Throttle(
        one["rate"], burst=one["burst"], per_provider=limits, warmup=one["warmup"]
    )


def _retry(given: Retry | str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    schedule = (given if isinstance(given, Retry) else Retry.of(given)).schedule
    if schedule is None:
        raise ConfigurationError(
            "these retries are made of other objects of tenacity than fixed waits,"
            " which cannot be kept in the ledger; write them as a text:"
            " '5m, 15m, 1h*3, 4h'"
        )
    waits, tries = schedule
    return {"waits": [*waits], "tries": tries}


def _hours(given: SendingHours | str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    hours = given if isinstance(given, SendingHours) else SendingHours(given)
    return {"text": hours.text, "tz": hours.tz}


def _book(options: Options) -> Rulebook:
    rules = options.rules
    return rules if isinstance(rules, Rulebook) else open_rules(rules)


def _list(given: object) -> str | None:
    return given.id if isinstance(given, SuppressionList) else None


def _pilot(given: Pilot | int | str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return attrs.asdict(given if isinstance(given, Pilot) else Pilot.of(given))


def _auto_stop(given: AutoStop | bool | None) -> dict[str, Any] | None:  # noqa: FBT001
    if not given:
        return None
    return attrs.asdict(AutoStop() if given is True else given)


def _check_list(wanted: str | None, given: SuppressionList | None) -> None:
    if wanted is None or (given is not None and given.id == wanted):
        return
    found = "none was given" if given is None else f"{given.name} is another one"
    raise ConfigurationError(
        f"the campaign asks a suppression list who gets nothing, and {found}: people on"
        " it would get mail. Give the list that the campaign was made with: by its path"
        " here, in --suppression or SAFESEND_SUPPRESSION"
    )
