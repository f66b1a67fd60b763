"""P14: reports of TLS, and the sender's logo. No mail is refused for want of these.

RFC 8460; BIMI (draft-brand-indicators-for-message-identification).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from safesend.net.resolver import Answer, Resolver
from safesend.preflight.dmarc_findings import policy_record
from safesend.preflight.dmarc_record import Policy
from safesend.preflight.dmarc_walk import Walk, questions, walked
from safesend.preflight.question import Question
from safesend.preflight.record import AGAIN, advice, txt
from safesend.preflight.report import Finding, Grade
from safesend.preflight.steps import Heard, heard

__all__ = ["bimi_findings", "check_extras", "tls_findings"]

_TLS = re.compile(r"v=TLSRPTv1[ \t]*(?:;|\Z)")
_BIMI = re.compile(r"v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|\Z)", re.IGNORECASE)
_TARGET = re.compile(r"(?:mailto:[^@,; ]+@[^@,; ]+|https://[^,; ]+)")
_tls = partial(Finding, check="P14", what="TLS reports")
_bimi = partial(Finding, check="P14", what="BIMI")


async def check_extras(question: Question, resolver: Resolver) -> list[Finding]:
    """TLS-RPT of the domain in From, and BIMI with the DMARC policy that it needs."""
    domain = question.sender
    names = [f"_smtp._tls.{domain}", f"default._bimi.{domain}"]
    asked = [*((name, "TXT") for name in names), *questions(domain)]
    tls, bimi, *way = await heard(asked, resolver)
    walk = walked(domain, way)
    inherited: Heard | None = None
    if walk.organization != domain:
        name = f"default._bimi.{walk.organization}"
        [inherited] = await heard([(name, "TXT")], resolver)
    return [*tls_findings(domain, tls), *bimi_findings(walk, bimi, inherited)]


def _tags(text: str) -> Mapping[str, str]:
    parts = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in parts}


def tls_findings(domain: str, answer: Heard) -> list[Finding]:
    """Whether the domain hears of mail to it that TLS kept away (RFC 8460)."""
    name = f"_smtp._tls.{domain}"
    told = partial(_tls, about=name)
    if not isinstance(answer, Answer):
        reason = f"DNS did not tell what is there: {answer}"
        return [told(grade=Grade.UNKNOWN, reason=reason, publish=AGAIN)]
    told = partial(told, seen=answer.texts)
    found = [text for text in answer.texts if _TLS.match(text)]
    targets = [part.strip() for text in found for part in _targets(text)]
    good = [part for part in targets if _TARGET.fullmatch(part)]
    reason = ""
    if not found:
        reason = "nobody hears of mail that TLS kept away: there is no TLS-RPT record"
    elif len(found) > 1:
        reason = f"there are {len(found)} TLS-RPT records; senders use none of them"
    elif not good or len(good) < len(targets):
        reason = "rua= must have mailto: or https: addresses, set apart by commas"
    if not reason:
        return [told(grade=Grade.PASS, reason="TLS reports have a place to go")]
    places = ",".join(sorted({*good})) or f"mailto:tls-reports@{domain}"
    publish = advice([txt(name, f"v=TLSRPTv1; rua={places}")])
    return [told(grade=Grade.WARN, reason=reason, publish=publish)]


def _targets(text: str) -> Sequence[str]:
    return _tags(text).get("rua", "").split(",")


def bimi_findings(walk: Walk, own: Heard, inherited: Heard | None) -> list[Finding]:
    """Whether the logo is shown; there need be none. `own` comes first."""
    answers = [(walk.domain, own)]
    if inherited is not None:
        answers.append((walk.organization, inherited))
    for domain, answer in answers:
        told = partial(_bimi, about=f"default._bimi.{domain}")
        if not isinstance(answer, Answer):
            reason = f"DNS did not tell what is there: {answer}"
            return [told(grade=Grade.UNKNOWN, reason=reason, publish=AGAIN)]
        found = [text for text in answer.texts if _BIMI.match(text)]
        if found:
            return _judged(walk, domain, found, partial(told, seen=tuple(found)))
    reason = "there is no BIMI record, and none is needed"
    return [_bimi(about=walk.domain, grade=Grade.PASS, reason=reason)]


def _judged(
    walk: Walk, domain: str, texts: Sequence[str], told: partial[Finding]
) -> list[Finding]:
    name = f"default._bimi.{domain}"
    if len(texts) > 1:
        reason = f"there are {len(texts)} BIMI records; receivers use none of them"
        publish = advice([txt(name, min(texts))])
        return [told(grade=Grade.WARN, reason=reason, publish=publish)]
    tags = _tags(texts[0])
    if not tags.get("l") and not tags.get("a") and "l" in tags:
        return [told(grade=Grade.PASS, reason="the domain shows no logo, and says so")]
    found = [
        told(grade=grade, reason=reason, publish=publish)
        for grade, reason, publish in _of_logo(walk, name, tags)
    ]
    reason = "the logo may be shown: DMARC keeps others from using the domain"
    return found or [told(grade=Grade.PASS, reason=reason)]


def _of_logo(
    walk: Walk, name: str, tags: Mapping[str, str]
) -> Iterator[tuple[Grade, str, str]]:
    logo = tags.get("l", "")
    if not logo.lower().startswith("https://"):
        reason = "l= must be the https:// address of an SVG file"
        yield Grade.WARN, reason, advice([txt(name, f"v=BIMI1; l={_secured(logo)}")])
    if walk.unheard:
        yield Grade.UNKNOWN, f"DNS did not tell of DMARC: {walk.unheard}", AGAIN
        return
    policy = walk.policy
    if policy is None or policy.record is None:
        reason = "without DMARC no logo is shown"
        yield Grade.WARN, reason, "See P4; then p=quarantine or p=reject."
        return
    record, below = policy.record, policy.domain != walk.domain
    if record.is_tested or record.policy(below=below) is Policy.NONE:
        tag = "sp" if below and record.policy() is not Policy.NONE else "p"
        reason = f"no logo is shown until DMARC has {tag}=quarantine or {tag}=reject"
        tags = {tag: "quarantine", "t": "n", "pct": "100"}
        publish = advice(
            [policy_record(policy.domain, record, **tags)],
            "Only when the reports show that all of your own mail passes.",
        )
        yield Grade.WARN, reason, publish


def _secured(logo: str) -> str:
    """With HTTPS; nothing, which says that there is no logo, where that is no URL."""
    found = re.fullmatch(r"http:(//[!-:<-~]+)", logo, re.IGNORECASE)
    return f"https:{found[1]}" if found else ""
