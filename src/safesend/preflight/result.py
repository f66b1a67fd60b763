"""What a look before sending came to: its findings, and how they suit providers."""

from __future__ import annotations

from typing import Any

import attrs

from safesend.preflight.profiles import Met, Standing
from safesend.preflight.report import Finding, Grade, unlooked, worst

__all__ = ["Preflight"]


@attrs.frozen(kw_only=True)
class Preflight:
    """What was found before sending; nothing was sent, and nothing written.

    `findings` are in the order of the checks, P1 to P14, at least one of each that was
    wished for; `profiles` tell how the mailing stands with Gmail, Yahoo, Microsoft and
    Apple; `seconds` is how long it took to look.
    """

    campaign: str
    people: int
    findings: tuple[Finding, ...]
    profiles: tuple[Standing, ...] = attrs.field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def grade(self) -> Grade:
        """The grade of the worst finding."""
        return worst(self.findings)

    @property
    def ok(self) -> bool:
        """Whether something was looked at, nothing fails, and nothing is unknown."""
        return self.grade in {Grade.PASS, Grade.WARN}

    @property
    def skipped(self) -> tuple[str, ...]:
        """The checks of which nothing was looked at."""
        return unlooked(self.findings)

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check, "P1" for example."""
        return tuple(one for one in self.findings if one.check == check)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "ok": self.ok,
            "grade": self.grade.value,
            "campaign": self.campaign,
            "people": self.people,
            "skipped": list(self.skipped),
            "findings": [_finding(one) for one in self.findings],
            "profiles": [_standing(one) for one in self.profiles],
            "seconds": self.seconds,
        }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**attrs.asdict(finding), "grade": finding.grade.value}


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.profile.name,
        "title": standing.profile.title,
        "people": standing.people,
        "bulk": standing.bulk,
        "grade": standing.grade.value,
        "met": standing.met,
        "requirements": [_met(one) for one in standing.requirements],
        "beyond": list(standing.profile.beyond),
    }


def _met(met: Met) -> dict[str, Any]:
    return {
        "text": met.requirement.text,
        "source": met.requirement.source,
        "checks": list(met.requirement.checks),
        "grade": met.grade.value,
        "reason": met.reason,
    }
