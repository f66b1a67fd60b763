"""Which hosts take the mail of a domain, in which order: from DNS's answers to a plan.

No network here: answers are given, and so is chance.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

import attrs

from safesend.delivery import Deferred, Outcome, Refused, Stage
from safesend.policies.providers import Manners, builtin

__all__ = [
    "Exchanger",
    "Plan",
    "in_order",
    "lost_way",
    "manners",
    "no_address",
    "plan_of",
    "site_name",
    "unknown_way",
]

Exchanger: TypeAlias = tuple[int, str]
"""A preference, the lower the better, and a host; "" is the root."""


@attrs.frozen
class Plan:
    """Where a domain's mail goes, or what became of it without any server.

    `groups` are hosts of equal preference, the best first. `secure`: DNSSEC proves it.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    outcome: Outcome | None = None
    secure: bool = False
    implicit: bool = False
    """There is no MX record: the domain is the host itself."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """All of them, the best first."""
        return tuple(host for group in self.groups for host in group)


def plan_of(
    domain: str,
    name: str,
    exchangers: Iterable[Exchanger],
    *,
    exists: bool = True,
    secure: bool = False,
    own: frozenset[str] = frozenset(),
) -> Plan:
    """The plan for a domain whose name at the end of all aliases is `name`.

    RFC 5321 section 5.1. `own` are our own names: what is not preferred to us would
    send the mail back here.
    """
    if not exists:
        return Plan(outcome=_gone(f"there is no domain {domain}", "5.1.2"))
    said = {(preference, host.lower()) for preference, host in exchangers}
    if not said:
        if name in own:
            return Plan(outcome=_looping(domain))
        return Plan(((name,),), secure=secure, implicit=True)
    hosts = {(preference, host) for preference, host in said if host}
    if not hosts:
        # RFC 7505 section 3; beside other hosts the root is a mistake, and no host.
        text = f"{domain} takes no mail (null MX)"
        return Plan(outcome=Refused(Stage.CONNECT, 556, "5.1.10", text))
    limit = min((at for at, host in hosts if host in own), default=None)
    best: dict[str, int] = {}
    for preference, host in sorted(hosts):
        if limit is None or preference < limit:
            best.setdefault(host, preference)
    if not best:
        return Plan(outcome=_looping(domain))
    ranked = sorted(best, key=lambda host: (best[host], host))
    groups = tuple(tuple(group) for _, group in groupby(ranked, best.__getitem__))
    return Plan(groups, secure=secure)


def in_order(groups: Sequence[Sequence[str]], chance: random.Random) -> list[str]:
    """The hosts as one attempt tries them: RFC 5321 section 5.1, equals shuffled."""
    return [host for group in groups for host in chance.sample(group, len(group))]


def site_name(groups: Sequence[Sequence[str]], demands: Iterable[str]) -> str:
    """The name that all domains share whose mail goes the same way.

    Equal hosts in equal order, of which the same is demanded: a line that was opened
    for one of them will do for the others. Who makes up hosts of a domain of theirs
    must not find some that give another domain's name: its mail would go to them.
    """
    said = "\n".join([*(",".join(sorted(group)) for group in groups), *demands])
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    return f"mx:{min(groups[0])}:{digest}"


def manners(route: str) -> Manners:
    """How the servers of such a name are begun with."""
    return builtin().manners(route.partition(":")[2].partition(":")[0])


def lost_way(reason: str, enhanced: str = "4.4.1") -> Deferred:
    """No server can be had for this recipient's domain now.

    Nothing is said of the run or of other domains, so it stands where replies speak of
    one recipient.
    """
    return Deferred(Stage.RCPT, 451, enhanced, reason)


def unknown_way(reason: str) -> Deferred:
    """DNS did not answer (RFC 5321 section 5.1: the mail is queued)."""
    return lost_way(reason, "4.4.3")


def no_address(domain: str, *, implicit: bool) -> Refused:
    """None of the hosts has an address (RFC 5321 section 5.1: an error).

    Where MX records name them the domain's own address is no way in.
    """
    if implicit:
        return _gone(f"{domain} has no mail server and no address", "5.1.2")
    return _gone(f"no mail server of {domain} has an address", "5.4.4")


def _gone(text: str, enhanced: str) -> Refused:
    return Refused(Stage.RCPT, 550, enhanced, text)


def _looping(domain: str) -> Refused:
    text = f"the mail server of {domain} is this machine by its name in EHLO"
    return Refused(Stage.RCPT, 550, "5.4.6", text)
