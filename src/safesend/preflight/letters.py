"""P13: what composing and checking every message found, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from safesend.errors import Leak, Problem, Severity
from safesend.preflight.report import Finding, Grade, skipped

__all__ = ["LettersSeen", "check_letters"]

_CHECK, _WHAT = "P13", "Messages"
_KEPT = 3
_GRADES = {Severity.REFUSE: Grade.FAIL, Severity.WARN: Grade.WARN}


@attrs.frozen(kw_only=True)
class LettersSeen:
    """What a rehearsal found. Texts come masked.

    `made` messages were composed and checked, all of the list unless some are not
    `complete`. `leaks` are whatever stands against one
    or is worth a look, `failures` rows whose message cannot be made.
    """

    made: int
    complete: bool = True
    leaks: Sequence[Leak] = ()
    failures: Sequence[Problem] = ()


def check_letters(seen: LettersSeen) -> list[Finding]:
    """One finding for each check that found something, the worst first."""
    kinds: dict[tuple[Grade, str], list[Leak]] = {}
    for leak in seen.leaks:
        kinds.setdefault((_GRADES[leak.severity], leak.check), []).append(leak)
    order = list(Grade)
    ranked = sorted(kinds.items(), key=lambda kind: order.index(kind[0][0]))
    found = [_of_leaks(grade, leaks) for (grade, _), leaks in ranked]
    if seen.failures:
        found.append(_of_failures(seen.failures))
    if not found and not seen.made:
        reason = "no message was made: nobody in the list can get one"
        return [skipped(_CHECK, _WHAT, reason, "see what P12 says of the list")]
    if not found:
        many = "1 message was" if seen.made == 1 else f"{seen.made:,} messages were"
        if not seen.complete:
            many = "what can be made was"
        found.append(
            Finding(
                check=_CHECK,
                what=_WHAT,
                grade=Grade.PASS,
                reason=f"{many} composed and checked; nothing stands against any",
            )
        )
    return found


def _of_leaks(grade: Grade, leaks: Sequence[Leak]) -> Finding:
    first = leaks[0]
    more = f" ({len(leaks):,} times)" if len(leaks) > 1 else ""
    return Finding(
        check=_CHECK,
        what=_WHAT,
        about=first.check,
        grade=grade,
        reason=f"{first.place}: {first.reason}{more}",
        seen=_first(f"{one.row}: {one.place}" for one in leaks if one.row),
        publish=first.advice or "'safesend check' shows where; mend the letter",
    )


def _of_failures(failures: Sequence[Problem]) -> Finding:
    number = len(failures)
    rows = "the message of 1 row" if number == 1 else f"the messages of {number:,} rows"
    return Finding(
        check=_CHECK,
        what=_WHAT,
        grade=Grade.WARN,
        reason=f"{rows} cannot be made; the others are not held up",
        seen=_first(str(one) for one in failures),
        publish="mend these rows or their files; 'safesend check' shows all of them",
    )


def _first(texts: Iterable[str]) -> tuple[str, ...]:
    found = list(dict.fromkeys(texts))
    left = len(found) - _KEPT
    return (*found[:_KEPT], *([f"... and {left:,} more"] if left > 0 else []))
