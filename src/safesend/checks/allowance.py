"""What a sender lets pass by name, and why."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.errors import ConfigurationError, Leak
from safesend.redaction import mask_text

__all__ = ["Allow", "allowances", "find_allowance"]


def _text(_: Allow, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        kind = type(value).__name__
        raise ConfigurationError(f"allow: {attribute.name} is a text, not a {kind}")


def _reason(allow: Allow, attribute: attrs.Attribute[str], value: str) -> None:
    _text(allow, attribute, value)
    if not value.strip():
        raise ConfigurationError(
            f"allow {allow.check}: give a reason; it is kept in the ledger and the"
            " report, for whoever asks later"
        )


@attrs.frozen
class Allow:
    """Lets one check pass, for a reason that is kept in the ledger and the report.

    `Allow("L23", "the hidden sheet holds formulas only", place="prices.xlsx")`: `check`
    is the id that the leak showed, `place` a part of the place that it showed (a file's
    name); without one the check passes everywhere. Raises `ConfigurationError` without
    a reason.
    """

    check: str = attrs.field(validator=_text)
    reason: str = attrs.field(
        validator=_reason, repr=lambda text: repr(mask_text(text))
    )
    place: str = attrs.field(default="", validator=_text, kw_only=True)

    def covers(self, leak: Leak) -> bool:
        """Whether it lets this leak pass."""
        return leak.check == self.check and self.place in leak.place

    def __str__(self) -> str:
        place = f" in {self.place}" if self.place else ""
        return mask_text(f"{self.check}{place}: {self.reason}")


def allowances(given: object, allowable: Iterable[str]) -> tuple[Allow, ...]:
    """What was given as `allow=`, checked against the ids that may be allowed.

    `Allow` values, or texts "L23: reason". Raises `ConfigurationError`.
    """
    if isinstance(given, str | Allow):
        given = [given]
    if not isinstance(given, Iterable):
        raise ConfigurationError('allow is a list: [Allow("L23", "reason")]')
    known = sorted(set(allowable))
    return tuple(_allow(one, known) for one in given)


def find_allowance(allowed: Iterable[Allow], leak: Leak) -> Allow | None:
    """The first of them that lets this leak pass."""
    return next((allow for allow in allowed if allow.covers(leak)), None)


def _allow(given: object, known: list[str]) -> Allow:
    if isinstance(given, str):
        check, colon, reason = given.partition(":")
        if not colon:
            raise ConfigurationError(
                f"allow {mask_text(repr(given))}: write the check and the reason,"
                ' "L23: the hidden sheet holds formulas only"'
            )
        given = Allow(check.strip(), reason.strip())
    if not isinstance(given, Allow):
        kind = type(given).__name__
        raise ConfigurationError(f'allow takes Allow("L23", "reason"), not a {kind}')
    if given.check not in known:
        raise ConfigurationError(
            f"allow {mask_text(repr(given.check))}: this cannot be allowed; those that"
            f" can are {', '.join(known)}. An address that everybody may see is"
            " declared with public="
        )
    return given
