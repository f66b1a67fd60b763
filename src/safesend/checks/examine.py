"""A reading is put to every check; what a sender allowed is set apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from safesend.checks.allowance import Allow, find_allowance
from safesend.checks.base import Severity
from safesend.checks.catalogue import ALL_CHECKS
from safesend.checks.circle import Circle, Reader
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["Judgement", "examine"]

_EXAMINERS = tuple(check.examine for check in ALL_CHECKS if check.examine is not None)


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """What every check has to say of a reading."""
    if not reading.pieces and not reading.notes:
        return
    for look in _EXAMINERS:
        yield from look(reading, reader, circle)


@attrs.define
class Judgement:
    """Sorts leaks into what refuses, what warns and what was allowed.

    Of warnings that say the same of many rows the first is kept, and a thousand of
    them; what was allowed is counted.
    """

    allow: Sequence[Allow] = ()
    warnings: dict[tuple[str, str, str], Leak] = attrs.field(factory=dict)
    allowed: dict[Allow, int] = attrs.field(factory=dict)

    _KEPT = 1000

    def take(self, leak: Leak) -> bool:
        """Sort a leak; whether it refuses."""
        allowance = find_allowance(self.allow, leak)
        if allowance is not None:
            self.allowed[allowance] = self.allowed.get(allowance, 0) + 1
            return False
        if leak.severity is Severity.REFUSE:
            return True
        if len(self.warnings) < self._KEPT:
            said = (leak.check, leak.place, leak.reason)
            self.warnings.setdefault(said, leak)
        return False

    def unused(self) -> list[Leak]:
        """What was allowed and never met: for a file that is gone, perhaps."""
        return [
            Leak(
                allow.check,
                mask_text(allow.place) or "everywhere",
                "is allowed, and nothing of the kind was found",
                severity=Severity.WARN,
                advice="Take the allowance away: it would let something else pass.",
            )
            for allow in self.allow
            if allow not in self.allowed
        ]
