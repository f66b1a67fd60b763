"""P3: what the signatures cover, read from a message that was really signed.

RFC 6376 sections 5.4 and 8.15, RFC 8058 section 4.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from safesend.message.address import Address
from safesend.message.compile import Letterhead, compile_message
from safesend.message.compose import compose, sign
from safesend.message.identity import CampaignKey
from safesend.message.key_record import tag_list
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.preflight.question import Question
from safesend.preflight.report import Finding, Grade

__all__ = ["check_dkim_plan", "plan_findings"]

_found = partial(Finding, check="P3", what="DKIM plan")
_COVERED = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
)
_TO_LEAVE = ("List-Unsubscribe", "List-Unsubscribe-Post")
_SAMPLE_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_NEXT = re.compile(r"\r?\n(?![ \t])")


def check_dkim_plan(question: Question) -> list[Finding]:
    """A letter to nobody is signed with the keys, and its signatures are read."""
    if not question.dkim:
        return [_unsigned(question)]
    return plan_findings(_sample(question), question.sender, question.selector)


def _unsigned(question: Question) -> Finding:
    must = " and ".join(_TO_LEAVE if question.unsubscribe else ("From",))
    return _found(
        about=question.sender,
        grade=Grade.WARN,
        reason="nothing here signs; what the relay's signature covers is not seen",
        publish=(
            f"Sign here, with [[dkim]]; or see in a letter that arrived that the h= of"
            f" its DKIM-Signature has {must}."
        ),
    )


def _sample(question: Question) -> str:
    """The headers of a letter as it would be sent."""
    link = f"https://{question.sender}/{{token}}" if question.unsubscribe else None
    sender = Address.parse(f"sample@{question.sender}")
    compiled = compile_message(
        Template(subject="Sample", text="Sample"),
        Letterhead(sender=sender, unsubscribe=link),
        dkim=question.dkim,
    )
    key = CampaignKey(bytes(32), "sample")
    recipient = Recipient("nobody@example.org")
    signed = sign(compose(compiled, recipient, key, _SAMPLE_DATE))
    assert signed.signature is not None
    octets = signed.signature.fields + b"".join(signed.segments)
    return octets.partition(b"\r\n\r\n")[0].decode("ascii", "surrogateescape")


@attrs.frozen
class _Signed:
    """One signature: its tags, and the headers of the message beside it."""

    tags: Mapping[str, str]
    there: Counter[str]

    @property
    def about(self) -> str:
        return f"{self.tags.get('s', '')}._domainkey.{self.tags.get('d', '')}"

    @property
    def names(self) -> Counter[str]:
        listed = self.tags.get("h", "").split(":")
        return Counter(name.strip().lower() for name in listed)


def plan_findings(headers: str, sender: str, selector: str) -> list[Finding]:
    """What is wrong with the signatures in the headers of a message from `sender`.

    `selector` is one for a new key.
    """
    fields = [line.partition(":") for line in _NEXT.split(headers)]
    there = Counter(name.strip().lower() for name, _, _ in fields)
    found: list[Finding] = []
    for name, _, value in fields:
        if name.strip().lower() == "dkim-signature":
            signed = _Signed(tag_list(value) or {}, there)
            found += _judged(signed, value.strip(), sender, selector)
    return found


def _judged(
    signed: _Signed, seen: str, sender: str, selector: str
) -> Iterator[Finding]:
    told = partial(_found, about=signed.about, seen=(seen,))
    troubles = [*_troubles(signed, sender, selector)]
    for grade, reason, publish in troubles:
        yield told(grade=grade, reason=reason, publish=publish)
    if not troubles:
        reason = "the signature covers all that matters, and nothing can be added"
        yield told(grade=Grade.PASS, reason=reason)


def _troubles(
    signed: _Signed, sender: str, selector: str
) -> Iterator[tuple[Grade, str, str]]:
    if not signed.tags:
        yield Grade.FAIL, "the signature cannot be read", "Sign with [[dkim]]."
        return
    if "l" in signed.tags:
        reason = "the signature has l=: anybody may add text below what was signed"
        yield Grade.FAIL, reason, "Leave l= out of the signature."
    names = signed.names
    missing = [name for name in _wanted(signed.there) if name.lower() not in names]
    if missing:
        listed = ", ".join(missing)
        yield Grade.FAIL, f"not signed: {listed}", f"Put into h=: {listed}."
    simple = [
        name
        for name in _wanted(signed.there)
        if 0 < names[name.lower()] <= signed.there[name.lower()]
    ]
    if simple:
        listed = ", ".join(simple)
        reason = f"a second one could be added without breaking the signature: {listed}"
        yield Grade.WARN, reason, f"Put into h= once more: {listed}."
    domain = signed.tags.get("d", "").lower()
    if not _counts(domain, sender):
        reason = f"it signs as {domain}, which DMARC does not count for {sender}"
        deed = f"safesend dkim new {sender} {selector} --out dkim-{selector}.pem"
        yield Grade.WARN, reason, deed


def _counts(domain: str, sender: str) -> bool:
    return f".{sender}".endswith(f".{domain}") or f".{domain}".endswith(f".{sender}")


def _wanted(there: Counter[str]) -> Sequence[str]:
    return [*_COVERED, *(name for name in _TO_LEAVE if there[name.lower()])]
