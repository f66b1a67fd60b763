"""The pilot: the first people get their message, and the others wait for a word.

Somebody looks at what came and approves; or, where thresholds were given, the rest goes
by itself once the pilot was quiet for long enough and hardly anybody was refused.
"""

from __future__ import annotations

from typing import Any

import attrs

from safesend.errors import ConfigurationError
from safesend.policies.amounts import duration, share

__all__ = ["Pilot", "PilotSeen", "PilotVerdict"]

_EXAMPLE = "50, or '50, 30m, 2%'"
_MOST = 1_000_000_000
_DIGITS = 10


def _counted(_: object, __: object, value: Any) -> None:
    if type(value) is not int or not 0 < value <= _MOST:
        raise ConfigurationError(
            f"the pilot {str(value)[:40]} is not understood; write how many people:"
            f" {_EXAMPLE}"
        )


@attrs.frozen(kw_only=True)
class PilotSeen:
    """How the people of a pilot fared.

    `open` wait or are being sent to; `lost` got nothing, for whatever reason; `last` is
    the date of the latest outcome (seconds since 1970).
    """

    people: int
    open: int
    in_doubt: int
    lost: int
    last: float


@attrs.frozen
class PilotVerdict:
    """Whether the rest goes now; if not, why, and until when it waits by itself.

    Without a date a person decides, unless some of the pilot are still open.
    """

    release: bool
    why: str
    until: float | None = None


@attrs.frozen
class Pilot:
    """The first so many people, and what lets the rest go: `Pilot(50)`.

    `Pilot(50, after="30m", refused="2%")` needs no person: the rest goes that time
    after the latest outcome, if at most that share got nothing (nobody, where no share
    is named) and none is in doubt. Otherwise a person approves.
    """

    first: int = attrs.field(validator=_counted)
    after: float | None = attrs.field(
        default=None, converter=attrs.converters.optional(duration)
    )
    """Seconds."""
    refused: float | None = attrs.field(
        default=None, converter=attrs.converters.optional(share)
    )
    """From 0 to 1."""

    @classmethod
    def of(cls, text: int | str) -> Pilot:
        """Read "50", "50, 30m" or "50, 30m, 2%"; a number stands for itself."""
        if not isinstance(text, str):
            return cls(text)
        number, *rest = (part.strip() for part in text.split(","))
        shares = [part for part in rest if part.endswith("%")]
        times = [part for part in rest if not part.endswith("%")]
        known = number.isascii() and number.isdigit() and all(rest)
        if not known or len(number) > _DIGITS or len(shares) > 1 or len(times) > 1:
            raise ConfigurationError(
                f"the pilot {text[:40]!r} is not understood; write how many people, and"
                f" what lets the rest go without a person: {_EXAMPLE}"
            )
        after, refused = "".join(times) or None, "".join(shares) or None
        return cls(int(number), after, refused)

    @property
    def automatic(self) -> bool:
        """Whether thresholds were given, so that no person need approve."""
        return self.after is not None or self.refused is not None

    def decide(self, seen: PilotSeen, now: float) -> PilotVerdict:
        """Whether the rest may go."""
        if seen.open:
            are = "is" if seen.open == 1 else "are"
            return _held(f"of the pilot of {self.first} {seen.open} {are} still open")
        gone = f"the pilot of {self.first} has gone out"
        return self._by_itself(seen, gone, now) if self.automatic else _held(gone)

    def _by_itself(self, seen: PilotSeen, gone: str, now: float) -> PilotVerdict:
        """What the thresholds say."""
        if not seen.people:
            return _held(f"of the pilot of {self.first} nobody was written to")
        if seen.in_doubt:
            return _held(f"{gone}, and {seen.in_doubt} of them in doubt")
        gone += f", and {seen.lost} of them got nothing"
        most, part = self.refused or 0.0, seen.lost / max(1, seen.people)
        if part > most:
            return _held(f"{gone} ({_percent(part)}, more than {_percent(most)})")
        until = seen.last + (self.after or 0.0)
        if now < until:
            return _held(gone, until)
        return PilotVerdict(release=True, why=gone)


def _held(why: str, until: float | None = None) -> PilotVerdict:
    return PilotVerdict(release=False, why=why, until=until)


def _percent(part: float) -> str:
    return f"{part * 100:.3g} %"
