"""What Gmail, Yahoo, Microsoft and Apple ask of senders, held against what was found.

The requirements are data (`profiles.toml`), each with the page on which its provider
says so. Nothing is asked here: findings go in, and out comes what they are missing.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from safesend.errors import ConfigurationError
from safesend.policies.providers import builtin
from safesend.preflight.report import Finding, Grade

__all__ = [
    "Met",
    "Profile",
    "Requirement",
    "Standing",
    "judged",
    "known",
    "profiles",
    "standings",
]

_TABLE = Path(__file__).with_suffix(".toml")
_UNSEEN = "it was not looked at"
_ORDER = list(Grade)
"""The worst ahead."""


@attrs.frozen(kw_only=True)
class Requirement:
    """One thing that a provider asks for, and the checks that tell whether it is met.

    `checks` are all needed, or (`any_of`) one of them. `least` is how each must stand
    at least. `bulk`: it is asked of those who send to many only.
    """

    text: str
    source: str
    checks: tuple[str, ...]
    any_of: bool = False
    least: Grade = Grade.WARN
    bulk: bool = False


@attrs.frozen(kw_only=True)
class Profile:
    """What one provider asks for. `beyond` is what cannot be seen before sending.

    Whoever sends to more than `bulk` of its people is a bulk sender; None: everybody.
    """

    name: str
    title: str
    provider: str
    bulk: int | None
    requirements: tuple[Requirement, ...]
    beyond: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Met:
    """How a requirement stands, and the findings that say so.

    FAIL: it is not met. WARN: the same, of what is asked of bulk senders and this list
    is no such; or it is met and just so. `reason` is "" where it is met.
    """

    requirement: Requirement
    grade: Grade
    reason: str = ""
    findings: tuple[Finding, ...] = ()


@attrs.frozen(kw_only=True)
class Standing:
    """How a mailing stands with one provider, who has so many `people` on the list."""

    profile: Profile
    people: int
    requirements: tuple[Met, ...]

    @property
    def bulk(self) -> bool:
        """Whether the provider would call it bulk mail."""
        most = self.profile.bulk
        return self.people > 0 if most is None else self.people > most

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(one.grade is Grade.PASS for one in self.requirements)

    @property
    def grade(self) -> Grade:
        """The worst of them."""
        return min((one.grade for one in self.requirements), key=_ORDER.index)


def standings(
    findings: Sequence[Finding], recipients: Mapping[str, int]
) -> tuple[Standing, ...]:
    """How a mailing to so many people of each domain stands with every provider."""
    people: dict[str, int] = {}
    for domain, number in recipients.items():
        provider = builtin().of(domain)
        people[provider] = people.get(provider, 0) + number
    return tuple(
        judged(profile, findings, people.get(profile.provider, 0))
        for profile in profiles().values()
    )


def judged(profile: Profile, findings: Sequence[Finding], people: int) -> Standing:
    """How a mailing to so many of its people stands with one provider."""
    blank = Standing(profile=profile, people=people, requirements=())
    met = (
        _met(requirement, findings, bulk=blank.bulk)
        for requirement in profile.requirements
    )
    return attrs.evolve(blank, requirements=tuple(met))


def _met(requirement: Requirement, findings: Sequence[Finding], *, bulk: bool) -> Met:
    groups = _groups(requirement.checks, findings)
    lacks = [_short(found, requirement.least) for found in groups]
    rank = max if requirement.any_of else min
    grade = rank(map(_grade, groups, lacks), key=_ORDER.index)
    if grade is Grade.PASS:
        return Met(requirement=requirement, grade=grade)
    short = [one for some in lacks for one in some]
    reason = next((one.reason for one in short if _weight(one) is grade), _UNSEEN)
    if grade is Grade.FAIL and requirement.bulk and not bulk:
        grade = Grade.WARN
    return Met(
        requirement=requirement, grade=grade, reason=reason, findings=tuple(short)
    )


def _short(found: Sequence[Finding], least: Grade) -> list[Finding]:
    """What falls short, of the findings of one check; if it was skipped, that."""
    looked = [one for one in found if one.grade is not Grade.SKIPPED]
    if not looked:
        return [*found]
    return [one for one in looked if _ORDER.index(one.grade) < _ORDER.index(least)]


def _grade(found: Sequence[Finding], short: Sequence[Finding]) -> Grade:
    """How the findings of one check stand; without any it is not known."""
    if not short:
        return Grade.PASS if found else Grade.UNKNOWN
    return min(map(_weight, short), key=_ORDER.index)


def _weight(finding: Finding) -> Grade:
    """What was not looked at may be as it should be, and may not."""
    return Grade.UNKNOWN if finding.grade is Grade.SKIPPED else finding.grade


def _groups(
    checks: Sequence[str], findings: Sequence[Finding]
) -> list[tuple[Finding, ...]]:
    """The findings of each check; a part that a check did not come upon is left out."""
    groups = {check: _of(check, findings) for check in checks}
    met = {one.check for one in findings}
    there = [
        found
        for check, found in groups.items()
        if found or check.split(":")[0] not in met
    ]
    return there or [()]


def _of(check: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that "P7" means, or "P7:TLS"."""
    name, _, what = check.partition(":")
    return tuple(
        one for one in findings if one.check == name and what in {"", one.what}
    )


@functools.cache
def profiles() -> Mapping[str, Profile]:
    """The profiles that safesend knows, by name."""
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    return {name: _profile(name, raw) for name, raw in table.items()}


def known(names: Iterable[str]) -> tuple[str, ...]:
    """These names of profiles. Raises `ConfigurationError` for one that is none."""
    found = tuple(names)
    for name in found:
        if name not in profiles():
            raise ConfigurationError(
                f"no profile is called {name!r}; there are {', '.join(profiles())}"
            )
    return found


def _profile(name: str, raw: Mapping[str, Any]) -> Profile:
    return Profile(
        name=name,
        title=raw["title"],
        provider=raw["provider"],
        bulk=raw.get("bulk"),
        beyond=tuple(raw.get("beyond", ())),
        requirements=tuple(_requirement(one) for one in raw["requires"]),
    )


def _requirement(raw: Mapping[str, Any]) -> Requirement:
    return Requirement(
        text=raw["text"],
        source=raw["source"],
        checks=tuple(raw.get("any") or raw["all"]),
        any_of="any" in raw,
        least=Grade(raw.get("least", Grade.WARN)),
        bulk=raw.get("bulk", False),
    )
