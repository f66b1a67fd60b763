"""What a look before sending found: one finding for each thing that was looked at."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

__all__ = ["Finding", "Grade", "worst"]


class Grade(enum.StrEnum):
    """How it stands, the worst ahead."""

    FAIL = "fail"
    """Mail will be refused, or must not leave."""
    UNKNOWN = "unknown"
    """It could not be seen now: DNS or a server did not answer."""
    WARN = "warn"
    """Mail will arrive, and something should be mended."""
    PASS = "pass"  # noqa: S105 - no password


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that was looked at.

    `check` is P1 to P14; `what` a few words for it ("SPF"), and `about` whose it is:
    a domain, a host, a file; never a person's address. `reason` is one sentence that
    says what is so, `seen` are the records or replies that were read, as they are, and
    `publish` what to publish or do in place of it ("" where nothing is to be done).
    """

    check: str
    what: str
    about: str = ""
    grade: Grade
    reason: str
    seen: tuple[str, ...] = ()
    publish: str = ""


def worst(findings: Iterable[Finding]) -> Grade:
    """The grade of them all: of the worst; PASS where there is none."""
    found: Mapping[Grade, int] = Counter(finding.grade for finding in findings)
    return next((grade for grade in Grade if found.get(grade)), Grade.PASS)
