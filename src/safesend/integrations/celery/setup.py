"""What `Safesend` was told, in Python or by settings of Celery, as a checked value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from safesend.errors import ConfigurationError
from safesend.fleet import Secrets
from safesend.ledger.postgres.address import is_address
from safesend.ledger.whereabouts import has_password

__all__ = ["LONGEST", "Setup"]

LONGEST = 600.0
"""Seconds of a pump: its end stays far below RabbitMQ's consumer_timeout, 30 min."""

_MOST = 1000
_DAY = 86_400.0


@attrs.frozen(kw_only=True)
class Setup:
    """Which ledger the pumps of an app empty, and how many of them there are."""

    ledger: str = attrs.field(repr=False)
    secrets: Secrets = attrs.field(repr=False)
    via: str | None = attrs.field(default=None, repr=False)
    seconds: float = 60.0
    pumps: int = 4
    wake_every: float = 30.0

    @classmethod
    def of(cls, conf: Mapping[str, Any], given: Mapping[str, Any]) -> Setup:
        """What was given, else what settings such as `safesend_ledger` say.

        Raises `ConfigurationError`.
        """
        _refuse_passwords(conf)
        names = ("ledger", "suppression", "secrets", "via")
        numbers = ("seconds", "pumps", "wake_every")
        found = {
            name: value
            for name in (*names, *numbers)
            if (value := given.get(name, conf.get(f"safesend_{name}"))) is not None
        }
        secrets = found.pop("secrets", None) or Secrets.from_environment()
        if (shared := found.pop("suppression", None)) is not None:
            secrets = attrs.evolve(secrets, suppression=Path(shared))
        return cls(
            ledger=_ledger(found.pop("ledger", None)),
            secrets=secrets,
            via=found.pop("via", None),
            **{name: _number(name, value) for name, value in found.items()},
        )


def _refuse_passwords(conf: Mapping[str, Any]) -> None:
    """Celery masks the passwords of its own URLs only, where it shows its settings."""
    ledger, via = (str(conf.get(f"safesend_{one}") or "") for one in ("ledger", "via"))
    found = {
        "safesend_ledger": (has_password(ledger), "the variable PGPASSWORD"),
        "safesend_via": (":" in _user(via), "SAFESEND_PASSWORD"),
    }
    for name, (shown, place) in found.items():
        if shown:
            raise ConfigurationError(
                f"the setting {name} holds a password, and 'celery inspect conf',"
                f" 'celery report' and Flower show settings: put it into {place}, or"
                " give the URL to Safesend(app, ...)"
            )


def _user(url: str) -> str:
    """What stands before the host."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[0]


def _ledger(given: object) -> str:
    if given is None:
        raise ConfigurationError(
            "the workers have no ledger: Safesend(app, ledger="
            '"postgresql://user@host/database"), or the setting safesend_ledger'
        )
    place = str(given)
    if not is_address(place) and not Path(place).is_absolute():
        raise ConfigurationError(
            "the ledger of workers is postgresql://user@host/database, or on one"
            " machine the absolute path of a file: wherever a worker is started, it is"
            " to find the same one"
        )
    return place


_RANGES: Mapping[str, tuple[type, float, float]] = {
    "seconds": (float, 1.0, LONGEST),
    "pumps": (int, 1, _MOST),
    "wake_every": (float, 1.0, _DAY),
}


def _number(name: str, given: Any) -> Any:
    kind, least, most = _RANGES[name]
    fits = isinstance(given, int if kind is int else int | float)
    if isinstance(given, bool) or not fits or not least <= given <= most:
        raise ConfigurationError(
            f"safesend_{name} is {given!r}: a number from {least:g} to {most:g}"
        )
    return kind(given)
