"""What a look before sending found: one finding for each thing that was looked at."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

__all__ = ["Finding", "Grade", "skipped", "unlooked", "worst"]


class Grade(enum.StrEnum):
    """How it stands, the worst ahead."""

    FAIL = "fail"
    """Mail will be refused, or must not leave."""
    UNKNOWN = "unknown"
    """It could not be seen now: DNS or a server did not answer."""
    WARN = "warn"
    """Mail will arrive, and something should be mended."""
    PASS = "pass"  # noqa: S105 - no password
    SKIPPED = "skipped"
    """It was not looked at: there is nothing to look at, or something is not given."""


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that was looked at.

    `check` is P1 to P14; `what` a few words for it ("SPF"), and `about` whose it is:
    a domain, a host, a file; never a person's address. `reason` is one sentence that
    says what is so, `seen` are the records or replies that were read, as they are, and
    `publish` what to publish or do in place of it ("" where nothing is to be done). Of
    what was skipped they say why, and what to give for it to be looked at.
    """

    check: str
    what: str
    about: str = ""
    grade: Grade
    reason: str
    seen: tuple[str, ...] = ()
    publish: str = ""


def skipped(check: str, what: str, reason: str, publish: str) -> Finding:
    """That a check was not looked at, why, and what to give for it to be."""
    return Finding(
        check=check, what=what, grade=Grade.SKIPPED, reason=reason, publish=publish
    )


def worst(findings: Iterable[Finding]) -> Grade:
    """The grade of them all: of the worst; SKIPPED where nothing was looked at."""
    found: Mapping[Grade, int] = Counter(finding.grade for finding in findings)
    return next((grade for grade in Grade if found.get(grade)), Grade.SKIPPED)


def unlooked(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The checks of which nothing was looked at, in their order."""
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.check, []).append(one)
    return tuple(check for check, some in found.items() if worst(some) is Grade.SKIPPED)
