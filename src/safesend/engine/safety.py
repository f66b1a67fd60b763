"""What a sender tells the checks: what may stand in a message, and what must."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import attrs

from safesend.checks.allowance import Allow, allowances
from safesend.checks.catalogue import ALLOWABLE
from safesend.checks.mailboxes.catalogue import ADVICE_IDS
from safesend.checks.public import split
from safesend.errors import ConfigurationError
from safesend.message.address import Address

__all__ = ["Safety", "allowed", "columns", "pairs"]

_PAIR = 2


@attrs.frozen(kw_only=True)
class Safety:
    """What a sender says about leaks.

    `allow` lets checks pass, `verify` are pairs of columns that must say the same,
    `public` addresses may stand in every message, as may the `phrases`; the values of
    the columns `private` belong to their row from three letters and digits on.
    """

    allow: tuple[Allow, ...] = ()
    verify: tuple[tuple[str, str], ...] = ()
    public: tuple[Address, ...] = ()
    phrases: tuple[str, ...] = ()
    private: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        allow: tuple[Allow, ...],
        verify: tuple[tuple[str, str], ...],
        public: Iterable[str | Address],
        private: tuple[str, ...],
    ) -> Safety:
        """As a campaign has it; `public` are addresses and phrases."""
        addresses, phrases = split(public)
        return cls(
            allow=allow,
            verify=verify,
            public=tuple(addresses),
            phrases=tuple(phrases),
            private=private,
        )


def allowed(value: object) -> tuple[Allow, ...]:
    """`allow=` as it was given, checked. Raises `ConfigurationError`."""
    return allowances(value, ALLOWABLE | ADVICE_IDS)


def _texts(value: object, name: str, example: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ConfigurationError(f"{name} is a list: {example}")
    return tuple(value)


def columns(value: object) -> tuple[str, ...]:
    """`private=` as it was given, checked. Raises `ConfigurationError`."""
    columns = _texts(value, "private", '["account"]')
    if not all(isinstance(column, str) for column in columns):
        raise ConfigurationError("private holds names of columns")
    return cast("tuple[str, ...]", columns)


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """`verify=` as it was given: one pair, or several. Raises `ConfigurationError`."""
    example = '[("email", "account_email")]'
    pairs = _texts(value, "verify", example)
    if len(pairs) == _PAIR and all(isinstance(column, str) for column in pairs):
        pairs = (pairs,)
    for pair in pairs:
        two = isinstance(pair, list | tuple) and len(pair) == _PAIR
        if not two or not all(isinstance(column, str) for column in pair):
            raise ConfigurationError(f"verify holds pairs of columns: {example}")
    return tuple((pair[0], pair[1]) for pair in cast("tuple[list[str], ...]", pairs))
