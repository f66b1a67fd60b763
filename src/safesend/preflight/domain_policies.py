"""P10: whether what domains ask of TLS can be met, from what they publish (pure)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from safesend.policies.mta_sts import Mode, Policy
from safesend.preflight.record import AGAIN
from safesend.preflight.report import Finding, Grade

__all__ = ["Dane", "Protection", "judge_policies"]

_NAMED = 20
"""Domains that are named in one finding."""
_MTA_STS, _DANE = "MTA-STS", "DANE"


class Dane(enum.StrEnum):
    """What the TLSA records of a mail server are (RFC 7672)."""

    NONE = "none"
    GOOD = "good"
    UNUSABLE = "unusable"
    """There are some, and none that a mailer may use: it encrypts, with anybody."""
    SILENT = "silent"
    """They cannot be had, so that the server must not be used now."""


@attrs.frozen
class Protection:
    """What one domain publishes: its mail servers, the best first, and what of TLS.

    `missed` says why an announced policy could not be had, `trouble` why nothing is
    known at all.
    """

    domain: str
    hosts: tuple[str, ...] = ()
    policy: Policy | None = None
    missed: str = ""
    dane: Mapping[str, Dane] = attrs.field(factory=dict)
    trouble: str = ""

    @property
    def barred(self) -> list[str]:
        """The mail servers that the policy does not name."""
        policy = self.policy
        if policy is None or policy.mode is Mode.NONE:
            return []
        return [host for host in self.hosts if not policy.allows(host)]

    def has(self, what: Dane) -> bool:
        """Whether this is so for one of its mail servers."""
        return what in self.dane.values()


@attrs.frozen
class _Fault:
    """A way in which a domain's publishing is broken."""

    is_so: Callable[[Protection], object]
    what: str
    grade: Grade
    reason: str
    show: Callable[[Protection], str]
    publish: str


def _enforces(one: Protection) -> bool:
    return one.policy is not None and one.policy.mode is Mode.ENFORCE


def _closed(one: Protection) -> bool:
    """DANE goes before MTA-STS (RFC 8461 section 2): such servers get mail still."""
    left = [host for host in one.barred if one.dane.get(host) is not Dane.GOOD]
    return bool(one.hosts) and len(left) == len(one.hosts)


def _patterns(one: Protection) -> str:
    names = ", ".join(one.policy.mx) if one.policy else ""
    return f"policy: {names}; mail servers: {', '.join(one.hosts)}"


def _silent(one: Protection) -> str:
    return ", ".join(host for host, dane in one.dane.items() if dane is Dane.SILENT)


def _unusable(one: Protection) -> str:
    return ", ".join(host for host, dane in one.dane.items() if dane is Dane.UNUSABLE)


_TELL = "tell the postmaster of the domain"
_FAULTS = (
    _Fault(
        lambda one: _enforces(one) and _closed(one),
        _MTA_STS,
        Grade.FAIL,
        "forbids every mail server that it has: mail waits, and is given up",
        _patterns,
        f"{_TELL}: the mx lines of the policy have to name the mail servers; or take"
        " the rows out of the list",
    ),
    _Fault(
        lambda one: _enforces(one) and one.barred and not _closed(one),
        _MTA_STS,
        Grade.WARN,
        "forbids some of its mail servers: mail goes to the others only",
        _patterns,
        f"{_TELL}: the mx lines of the policy have to name all mail servers",
    ),
    _Fault(
        lambda one: not _enforces(one) and one.barred,
        _MTA_STS,
        Grade.WARN,
        "has a policy in testing mode that does not name its mail servers: mail goes"
        " there now, and will not once it is enforced",
        _patterns,
        f"{_TELL}: the mx lines of the policy have to name all mail servers",
    ),
    _Fault(
        lambda one: one.missed,
        _MTA_STS,
        Grade.WARN,
        "announces a policy that cannot be had: mail goes there as if there were none",
        lambda one: one.missed,
        f"{_TELL}: https://mta-sts.DOMAIN/.well-known/mta-sts.txt has to show it",
    ),
    _Fault(
        lambda one: one.has(Dane.UNUSABLE),
        _DANE,
        Grade.WARN,
        "has TLSA records of which none can be used: lines are encrypted, with whoever"
        " answers",
        _unusable,
        f"{_TELL}: mail servers need records like 3 1 1 and the SHA-256 of their key",
    ),
    _Fault(
        lambda one: one.has(Dane.SILENT),
        _DANE,
        Grade.UNKNOWN,
        "has TLSA records that cannot be asked for: as long as it is so, mail waits",
        _silent,
        f"look again; if it stays so, {_TELL}: its nameservers fail",
    ),
    _Fault(
        lambda one: one.trouble,
        "TLS policies",
        Grade.UNKNOWN,
        "could not be asked for what it wants: DNS did not answer",
        lambda one: one.trouble,
        "look again; mail to it waits meanwhile, and is tried again",
    ),
)


def judge_policies(
    rows: Mapping[str, int], found: Sequence[Protection], *, dane_seen: bool
) -> Iterator[Finding]:
    """One finding for each kind of fault, and one for what is in order."""
    faults = {
        fault: broken
        for fault in _FAULTS
        if (broken := [one for one in found if fault.is_so(one)])
    }
    for fault, broken in faults.items():
        yield _finding(fault, broken, rows)
    if any(one.hosts for one in found):
        reason = _in_order(found, len(rows), dane_seen=dane_seen)
        yield _policies(Grade.PASS, reason)
    elif rows and not found:
        reason = f"DNS is too slow: none of {_domains(len(rows))} was asked for in time"
        yield _policies(Grade.UNKNOWN, reason, AGAIN)
    elif not faults:
        reason = "no domain of the list takes mail, so that none asks for anything"
        yield _policies(Grade.SKIPPED, reason, "see what P9 and P12 say of the list")


def _policies(grade: Grade, reason: str, publish: str = "") -> Finding:
    return Finding(
        check="P10", what="TLS policies", grade=grade, reason=reason, publish=publish
    )


def _finding(
    fault: _Fault, broken: Sequence[Protection], rows: Mapping[str, int]
) -> Finding:
    number = len(broken)
    people = sum(rows.get(one.domain, 0) for one in broken)
    each = _domains(number) + ("" if number == 1 else ", each of which")
    return Finding(
        check="P10",
        what=fault.what,
        about=broken[0].domain if number == 1 else "",
        grade=fault.grade,
        reason=f"{each} {fault.reason} ({_rows(people)})",
        seen=_shown([f"{one.domain}: {fault.show(one)}" for one in broken]),
        publish=fault.publish.replace("DOMAIN", broken[0].domain),
    )


def _in_order(found: Sequence[Protection], domains: int, *, dane_seen: bool) -> str:
    asked = [one for one in found if one.hosts]
    modes = [None if one.policy is None else one.policy.mode for one in asked]
    ways = {
        "by DANE": sum(one.has(Dane.GOOD) for one in asked),
        "by MTA-STS": modes.count(Mode.ENFORCE),
        "by MTA-STS in testing mode": modes.count(Mode.TESTING),
    }
    told = [f"{way} ({_domains(number)})" for way, number in ways.items() if number]
    if told:
        reason = f"verified TLS is asked for {', '.join(told)}, of {len(asked)} in all"
    else:
        reason = f"no domain of {len(asked)} asks for verified TLS"
    if not dane_seen:
        reason += "; DANE was not looked at, as no nameserver is trusted with DNSSEC"
    if domains > len(found):
        reason += (
            f"; {_domains(domains - len(found))} more, with few rows, not looked at"
        )
    return reason


def _domains(number: int) -> str:
    return "1 domain" if number == 1 else f"{number} domains"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def _shown(texts: Sequence[str]) -> tuple[str, ...]:
    more = len(texts) - _NAMED
    return (*texts[:_NAMED], *([f"and {more} more"] if more > 0 else ()))
