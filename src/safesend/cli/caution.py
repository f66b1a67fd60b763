"""What holds a mailing back: approvals, a pilot, when it stops by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from safesend.cli.settings import Settings
from safesend.cli.show import people
from safesend.errors import ConfigurationError
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot

__all__ = ["Caution", "read_caution"]

_KNOWN = tuple(field.name for field in attrs.fields(AutoStop))


@attrs.frozen(kw_only=True)
class Caution:
    """Arguments of `Campaign.send`, checked."""

    approvals: int | None = None
    pilot: Pilot | None = None
    auto_stop: AutoStop | bool = True

    def options(self) -> dict[str, Any]:
        """As keywords."""
        return attrs.asdict(self, recurse=False)

    def words(self, recipients: int) -> str | None:
        """Who of so many gets it first, and what the others wait for."""
        pilot = self.pilot
        if pilot is None or pilot.first >= recipients:
            return None
        first = f"only the first {people(pilot.first)} of those who wait get it now;"
        if pilot.automatic:
            return f"{first} the others when these fared well"
        return f"{first} the others after 'safesend approve'"


def read_caution(
    settings: Settings, *, approvals: int | None = None, pilot: str | None = None
) -> Caution:
    """What holds for a campaign; options of the command line go before the file.

    Raises `ConfigurationError`, which names the line and key, or the option.
    """
    return Caution(
        approvals=settings.approvals if approvals is None else approvals,
        pilot=_pilot(settings, pilot),
        auto_stop=_auto_stop(settings),
    )


def _pilot(settings: Settings, option: str | None) -> Pilot | None:
    given = settings.pilot if option is None else option
    try:
        return None if given is None else Pilot.of(given)
    except ConfigurationError as error:
        where = f"{settings.where('pilot')}: 'pilot'" if option is None else "--pilot"
        raise ConfigurationError(f"{where}: {error}") from None


def _auto_stop(settings: Settings) -> AutoStop | bool:
    given = settings.auto_stop
    if not isinstance(given, Mapping):
        return given
    limits: dict[str, Any] = {}
    for name, value in given.items():
        key = f"auto_stop.{name}"
        try:
            limits[name] = _limit(name, value)
        except ConfigurationError as error:
            where = settings.where(key)
            raise ConfigurationError(f"{where}: {key!r}: {error}") from None
    return AutoStop(**limits)


def _limit(name: str, value: Any) -> Any:
    """One key of the table, as `AutoStop` takes it by itself."""
    if name not in _KNOWN:
        raise ConfigurationError(f"unknown; known are: {', '.join(_KNOWN)}")
    AutoStop(**{name: value})
    return value
