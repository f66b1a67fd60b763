"""All that DNS says of a mailing and DMARC, in two rounds of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from safesend.net.resolver import Answer
from safesend.preflight.dmarc_record import is_dmarc
from safesend.preflight.dmarc_walk import Walk, questions, walked
from safesend.preflight.question import Question
from safesend.preflight.steps import Asked, Heard, Steps

__all__ = ["DmarcLook", "look"]


@attrs.frozen(kw_only=True)
class DmarcLook:
    """What was heard.

    `walks` are those of the domains of From, MAIL FROM and each signature. `strangers`
    are domains that get reports and have not agreed to. `shared` is a domain above that
    of From, and above another one of ours: where a policy holds for both. `selector` is
    one for a new DKIM key.
    """

    sender: str
    envelope: str
    signers: tuple[str, ...]
    walks: Mapping[str, Walk]
    strangers: tuple[str, ...] = ()
    unheard: str = ""
    shared: str = ""
    selector: str = "s1"

    @property
    def walk(self) -> Walk:
        """That of the domain in From."""
        return self.walks[self.sender]

    @property
    def vouchers(self) -> tuple[tuple[str, str], ...]:
        """Who may count for the domain in From, and the tag that says how strictly."""
        return *((one, "adkim") for one in self.signers), (self.envelope, "aspf")

    def aligns(self, domain: str, tag: str) -> bool | None:
        """Whether DMARC counts a domain for that of From; None: DNS did not tell."""
        if domain == self.sender:
            return True
        policy = self.walk.policy
        if policy and policy.record and policy.record.is_strict(tag):
            return False
        ours, other = self.walk, self.walks[domain]
        if ours.unheard or other.unheard:
            return None
        return ours.organization == other.organization


def look(question: Question) -> Steps[DmarcLook]:
    """Ask for all walks at once, then for what these lead to."""
    sender, envelope = question.sender, question.envelope
    signers = tuple(dict.fromkeys(one.domain for one in question.dkim))
    domains = list(dict.fromkeys([sender, envelope, *signers]))
    walks = yield from _walks(domains)
    policy = walks[sender].policy
    own = policy.domain if policy else sender
    hosts = policy.record.report_hosts if policy and policy.record else ()
    hosts = tuple(host for host in hosts if host not in {own, sender})
    their_walks = yield from _walks(hosts)
    outside = [host for host in hosts if _is_outside(their_walks[host], walks[sender])]
    candidates = _shared(sender, [*signers, envelope])
    asked: list[Asked] = [(f"{own}._report._dmarc.{host}", "TXT") for host in outside]
    answers = yield [*asked, *((name, "MX") for name in candidates)]
    said = answers[: len(asked)]
    silent = [their_walks[host].unheard for host in hosts if host not in outside]
    silent += [str(one) for one in said if not isinstance(one, Answer)]
    return DmarcLook(
        sender=sender,
        envelope=envelope,
        signers=signers,
        walks=walks,
        strangers=tuple(_strangers(outside, said)),
        unheard=next(filter(None, silent), ""),
        selector=question.selector,
        shared=_first(candidates, domains, answers[len(asked) :]),
    )


def _is_outside(theirs: Walk, ours: Walk) -> bool:
    known = not theirs.unheard and not ours.unheard
    return known and theirs.organization != ours.organization


def _walks(domains: Sequence[str]) -> Steps[dict[str, Walk]]:
    asked = [question for domain in domains for question in questions(domain)]
    answers = yield list(dict.fromkeys(asked))
    told = dict(zip(dict.fromkeys(asked), answers, strict=True))
    return {
        domain: walked(domain, [told[question] for question in questions(domain)])
        for domain in domains
    }


def _strangers(hosts: Sequence[str], answers: Sequence[Heard]) -> list[str]:
    """RFC 9990: who gets reports of others says so, below `_report._dmarc`."""
    return [
        host
        for host, answer in zip(hosts, answers, strict=True)
        if isinstance(answer, Answer) and not any(map(is_dmarc, answer.texts))
    ]


def _shared(sender: str, others: Sequence[str]) -> list[str]:
    """What is above From and another domain, the longest ahead; no top-level one."""
    found = {_common(sender, other) for other in others} - {sender}
    return sorted((one for one in found if "." in one), key=len, reverse=True)


def _common(one: str, other: str) -> str:
    labels: list[str] = []
    for a, b in zip(reversed(one.split(".")), reversed(other.split(".")), strict=False):
        if a != b:
            break
        labels.insert(0, a)
    return ".".join(labels)


def _first(names: Sequence[str], ours: Sequence[str], answers: Sequence[Heard]) -> str:
    """One that is somebody's, not a registry's: we send as it, or it gets mail."""
    for name, answer in zip(names, answers, strict=True):
        if name in ours or (isinstance(answer, Answer) and answer.records):
            return name
    return ""
