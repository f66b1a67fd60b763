"""The setting SAFESEND, or the OPTIONS of a mailer, as a checked value."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.public import public
from safesend.engine.safety import allowed
from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.policies.retry import Retry, duration
from safesend.policies.throttle import Throttle
from safesend.redaction import Secret
from safesend.transports import Transport, open_transport

__all__ = ["NAMES", "Options", "from_setting", "problems", "read", "unknown"]


@attrs.frozen(kw_only=True)
class Options:
    """How messages leave: by SMTP as Django does it, or by a transport or a ledger."""

    transport: Transport | None = None
    ledger: str | None = None
    public: tuple[str | Address, ...] = ()
    allow: tuple[Allow, ...] = ()
    throttle: Throttle | None = None
    retry: Retry | None = None
    lanes: int = 8
    deadline: float | None = None
    suppression: str | None = None

    @property
    def by_smtplib(self) -> bool:
        """Whether the drop-in for `smtplib` carries the messages."""
        return self.transport is None and self.ledger is None


def _transport(value: Any) -> str | Transport:
    if isinstance(value, str):
        return value
    if isinstance(value, Transport) and not isinstance(value, type):
        return value
    raise ConfigurationError(
        "give a transport, or its URL such as 'smtp://user@mail.example.org'"
    )


def _password(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str) and value:
        return Secret(value)
    raise ConfigurationError("give a text that is not empty, or leave it out")


def _path(value: Any) -> str:
    if isinstance(value, str | Path) and str(value):
        return str(value)
    raise ConfigurationError("give a path, such as BASE_DIR / 'mail.safesend.db'")


def _throttle(value: Any) -> Throttle:
    return value if isinstance(value, Throttle) else Throttle(value)


def _retry(value: Any) -> Retry:
    return value if isinstance(value, Retry) else Retry.of(value)


_MOST_LANES = 500


def _lanes(value: Any) -> int:
    if type(value) is int and 1 <= value <= _MOST_LANES:
        return value
    raise ConfigurationError(f"from 1 to {_MOST_LANES} connections at a time")


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "transport": _transport,
    "password": _password,
    "ledger": _path,
    "public": public,
    "allow": allowed,
    "throttle": _throttle,
    "retry": _retry,
    "lanes": _lanes,
    "deadline": duration,
    "suppression": _path,
}
NAMES = frozenset(_READERS) - {"password"}
"""What OPTIONS may hold beside what Django's SMTP backend takes (it has `password`)."""

_FOR_A_LEDGER = ("throttle", "retry", "lanes", "deadline", "suppression")


def problems(given: object) -> Iterator[str]:
    """What is wrong with a setting SAFESEND, a sentence each; no secret is told."""
    if not isinstance(given, Mapping):
        yield f"SAFESEND is a dict, not {type(given).__name__}"
        return
    known = {}
    for name, value in given.items():
        if name not in _SETTINGS:
            yield f"SAFESEND has no key {name!r}{_meant(name)}"
        else:
            known[_SETTINGS[name]] = value
    for name, reason in _wrong(known):
        yield f"SAFESEND[{name.upper()!r}]: {reason}"


_SETTINGS = {name.upper(): name for name in _READERS}


def _meant(name: object) -> str:
    close = difflib.get_close_matches(str(name).upper(), _SETTINGS, n=1)
    if close:
        return f"; perhaps {close[0]!r} is meant"
    return f"; it may have {', '.join(_SETTINGS)}"


def unknown(given: Mapping[str, Any], others: Collection[str]) -> Iterator[str]:
    """What stands in OPTIONS and is neither ours nor one of these, a sentence each."""
    known = [*_READERS, *others]
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(str(name).lower(), known, n=1)
            hint = f"; perhaps {close[0]!r} is meant" if close else ""
            yield f"OPTIONS have no {name!r}{hint}"


def _wrong(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    values = {}
    for name, value in given.items():
        try:
            values[name] = _READERS[name](value)
        except (ConfigurationError, AddressError) as error:
            yield name, str(error)
    transport = values.get("transport")
    if isinstance(transport, str):
        try:
            open_transport(transport, password=values.get("password"))
        except ConfigurationError as error:
            yield "transport", str(error)
    elif "password" in values:
        yield "password", "it belongs to the URL of a transport"
    if "ledger" not in given:
        for name in _FOR_A_LEDGER:
            if name in given:
                yield name, "it has a meaning with a ledger only"


def read(given: Mapping[str, Any]) -> Options:
    """The options by their names in OPTIONS, checked. Raises `ConfigurationError`."""
    wrong = [f"{name!r}: {reason}" for name, reason in _wrong(given)]
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    values = {name: _READERS[name](value) for name, value in given.items()}
    password = values.pop("password", None)
    if isinstance(values.get("transport"), str):
        values["transport"] = open_transport(values["transport"], password=password)
    return Options(**values)


def from_setting(given: object) -> dict[str, Any]:
    """The setting SAFESEND by the names of OPTIONS. Raises `ConfigurationError`."""
    wrong = list(problems(given))
    if wrong:
        raise ConfigurationError("; ".join(wrong))
    assert isinstance(given, Mapping)
    return {_SETTINGS[name]: value for name, value in given.items()}
