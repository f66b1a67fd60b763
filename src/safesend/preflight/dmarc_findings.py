"""P4: whose policy holds for From, whether it is in order, and whether we align."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import attrs

from safesend.preflight.dmarc_look import DmarcLook
from safesend.preflight.dmarc_record import (
    REMOVED,
    DmarcRecord,
    mended,
    merged,
    read_dmarc,
)
from safesend.preflight.dmarc_walk import Stop
from safesend.preflight.record import AGAIN, Record, advice, aliased, txt
from safesend.preflight.report import Finding, Grade

__all__ = ["dmarc_findings", "policy_record"]

_found = partial(Finding, check="P4", what="DMARC")
_NEW = DmarcRecord(text="", tags={"p": "none"})


def policy_record(domain: str, record: DmarcRecord, **tags: str) -> Record:
    """The record of a domain as it should be, some tags in place of its own."""
    changed = attrs.evolve(record, tags={**record.tags, **tags})
    return txt(f"_dmarc.{domain}", mended(changed, f"dmarc@{domain}"))


def dmarc_findings(look: DmarcLook) -> list[Finding]:
    """One finding for each trouble, or that all is well."""
    found = [*_missing(look)]
    policy = look.walk.policy
    if policy and policy.record:
        found += _of_record(look, policy, policy.record)
        found += _alignment(look, policy, policy.record)
    troubles = [one for one in found if one.grade is not Grade.PASS]
    return list(dict.fromkeys(troubles)) or found


def _missing(look: DmarcLook) -> Iterator[Finding]:
    """What stands on the way and is worth nothing; that there is no policy at all."""
    walk = look.walk
    # With a record of its own From needs none of those above (RFC 9989 section 4.10.1).
    own = walk.policy is not None and walk.policy.domain == look.sender
    troubled = False
    for stop in walk.stops:
        name = f"_dmarc.{stop.domain}"
        records = [read_dmarc(text) for text in stop.several or stop.unread]
        if not records or (stop.record and not stop.several):
            continue
        troubled = True
        reason = "nobody takes it for a record: it must begin with v=DMARC1;"
        if stop.several:
            reason = f"there are {len(records)} records; receivers use none of them"
        yield _found(
            about=name,
            grade=Grade.WARN if own else Grade.FAIL,
            reason=reason,
            seen=stop.texts,
            publish=advice(
                [policy_record(stop.domain, merged(records))],
                *aliased(name, stop.end),
            ),
        )
    if walk.policy or troubled:
        return
    if walk.unheard:
        yield _unknown(look, walk.unheard)
        return
    place = look.shared or look.sender
    yield _found(
        about=look.sender,
        grade=Grade.FAIL,
        reason="there is no DMARC record, of the domain or above it",
        publish=advice([policy_record(place, _NEW)], _mailbox(place)),
    )
    if place not in {look.shared, *(domain for domain, _ in look.vouchers)}:
        yield _apart(look, Stop(domain=place), _NEW)


def _mailbox(domain: str) -> str:
    return f"Reports come to dmarc@{domain}: make that mailbox, or name another."


def _unknown(look: DmarcLook, why: str) -> Finding:
    reason = f"DNS did not tell all that is needed: {why}"
    about = look.sender
    return _found(about=about, grade=Grade.UNKNOWN, reason=reason, publish=AGAIN)


def _of_record(look: DmarcLook, stop: Stop, record: DmarcRecord) -> Iterator[Finding]:
    name = f"_dmarc.{stop.domain}"
    told = partial(_found, about=name, seen=(record.text,))
    words = [] if record.reports else [_mailbox(stop.domain)]
    words += aliased(name, stop.end)
    publish = advice([policy_record(stop.domain, record)], *words)
    for grade, reason in _flaws(record):
        yield told(grade=grade, reason=reason, publish=publish)
    for host in look.strangers:
        reason = f"{host} gets the reports, and has not said that it wants them"
        agreed = txt(f"{stop.domain}._report._dmarc.{host}", "v=DMARC1;")
        yield told(grade=Grade.WARN, reason=reason, publish=advice([agreed]))
    if look.unheard:
        yield _unknown(look, look.unheard)


def _flaws(record: DmarcRecord) -> Iterator[tuple[Grade, str]]:
    bad = ", ".join(record.flaws)
    if not record.counts:
        yield Grade.FAIL, f"receivers apply no DMARC: {bad} is no policy"
    elif record.flaws:
        yield Grade.WARN, f"receivers pass over what they cannot read: {bad}"
    if "p" not in record.tags and record.counts:
        reason = "there is no p=, which older receivers want; others read p=none"
        yield Grade.WARN, reason
    if not record.reports:
        yield Grade.WARN, "nobody gets reports of what fails: there is no rua="
    removed = [tag for tag in REMOVED if tag in record.tags]
    if removed:
        listed = ", ".join(f"{tag}=" for tag in removed)
        yield Grade.WARN, f"{listed} is no more in DMARC (RFC 9989)"
    if record.tags.get("t") == "y":
        yield Grade.WARN, "t=y: the policy is tested only, and not applied"


def _alignment(look: DmarcLook, stop: Stop, record: DmarcRecord) -> Iterator[Finding]:
    results = [look.aligns(*one) for one in look.vouchers]
    if True in results:
        pairs = zip(look.vouchers, results, strict=True)
        yield _in_order(
            look, stop, record, [_shown(*one) for one, good in pairs if good]
        )
    elif None in results:
        walks = [look.walk, *(look.walks[domain] for domain, _ in look.vouchers)]
        yield _unknown(look, next(walk.unheard for walk in walks if walk.unheard))
    else:
        yield _apart(look, stop, record)


def _shown(domain: str, tag: str) -> str:
    return f"DKIM {domain}" if tag == "adkim" else f"MAIL FROM {domain}"


def _apart(look: DmarcLook, stop: Stop, record: DmarcRecord) -> Finding:
    """No domain that vouches for the mail counts for that of From."""
    listed = ", ".join(_shown(*one) for one in look.vouchers)
    return _found(
        about=look.sender,
        grade=Grade.FAIL,
        reason=f"nothing that vouches for the mail counts for {look.sender}: {listed}",
        seen=tuple(filter(None, [record.text])),
        publish=_to_align(look, stop, record),
    )


def _in_order(
    look: DmarcLook, stop: Stop, record: DmarcRecord, counted: list[str]
) -> Finding:
    policy = record.policy(below=stop.domain != look.sender)
    return _found(
        about=f"_dmarc.{stop.domain}",
        grade=Grade.PASS,
        reason=f"p={policy} holds for {look.sender}; what counts: {', '.join(counted)}",
        seen=(record.text,),
    )


def _to_align(look: DmarcLook, stop: Stop, record: DmarcRecord) -> str:
    """Milder rules where these do, a policy higher up, or other domains."""
    ours = [look.walks[domain].organization for domain, _ in look.vouchers]
    if look.walk.organization in ours:
        milder = _without(record, "adkim", "aspf")
        return advice([policy_record(stop.domain, milder)])
    if look.shared:
        milder = _without(record, "adkim", "aspf", "psd")
        places = dict.fromkeys([stop.domain, look.shared])
        return advice([policy_record(place, milder) for place in places])
    return (
        f"safesend dkim new {look.sender} {look.selector} --out"
        f" dkim-{look.selector}.pem\n"
        f"Or take a MAIL FROM (envelope_sender) at {look.sender} or below it."
    )


def _without(record: DmarcRecord, *names: str) -> DmarcRecord:
    tags = {name: value for name, value in record.tags.items() if name not in names}
    return attrs.evolve(record, tags=tags)
