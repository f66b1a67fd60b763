"""P2: whether DNS has the public key of each DKIM signature (RFC 6376 section 3.6)."""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import partial

from safesend.errors import Severity
from safesend.message.dkim import Dkim
from safesend.message.dkim_key import ADVISED_BITS
from safesend.message.key_record import key_flaws
from safesend.net.resolver import Answer, Resolver
from safesend.preflight.question import Question
from safesend.preflight.record import AGAIN, advice, aliased, txt
from safesend.preflight.report import Finding, Grade
from safesend.preflight.steps import Heard, heard

__all__ = ["check_dkim", "key_findings", "new_selector", "unsigned"]

_found = partial(Finding, check="P2", what="DKIM key")
_RSA = "rsa"


async def check_dkim(question: Question, resolver: Resolver) -> list[Finding]:
    """The record of each key, against the private key that signs."""
    if not question.dkim:
        return [unsigned(question.sender, question.selector)]
    answers = await heard([(one.name, "TXT") for one in question.dkim], resolver)
    return [
        *(
            finding
            for one, answer in zip(question.dkim, answers, strict=True)
            for finding in key_findings(one, answer, question.selector)
        ),
        *_kinds(question.dkim, question.selector),
    ]


def new_selector(year: int, dkim: Iterable[Dkim]) -> str:
    """A selector for a new key, which no key has yet: "s2026", else "s2026b"."""
    taken = {one.selector for one in dkim}
    names = (f"s{year}{letter}" for letter in ("", *string.ascii_lowercase[1:]))
    return next((name for name in names if name not in taken), f"s{year}-new")


def unsigned(sender: str, selector: str) -> Finding:
    """Nothing here signs: the relay may, which cannot be seen from here."""
    return _found(
        about=sender,
        grade=Grade.WARN,
        reason="nothing here signs the mail; whether the relay does is not seen",
        publish=(
            f"safesend dkim new {sender} {selector} --out dkim.pem\n"
            f"Or have the relay sign as {sender}; its own domain does not count."
        ),
    )


def key_findings(dkim: Dkim, answer: Heard, selector: str) -> list[Finding]:
    """One finding for each flaw of a key's record, or that all is well.

    `selector` is one for the key that takes its place.
    """
    told = partial(_found, about=dkim.name)
    if not isinstance(answer, Answer):
        reason = f"DNS did not tell what is there: {answer}"
        return [told(grade=Grade.UNKNOWN, reason=reason, publish=AGAIN)]
    told = partial(told, seen=answer.texts)
    words = aliased(dkim.name, answer.name)
    record = advice([txt(dkim.name, dkim.record)], *words)
    found = [
        told(
            grade=Grade.FAIL if flaw.severity is Severity.REFUSE else Grade.WARN,
            reason=flaw.reason,
            publish=_new_key(dkim, selector) if flaw.reason == dkim.advice else record,
        )
        for flaw in key_flaws(dkim, answer.texts)
    ]
    praise = f"DNS has the key that signs as {dkim.domain}"
    return found or [told(grade=Grade.PASS, reason=praise)]


def _new_key(dkim: Dkim, selector: str) -> str:
    return (
        f"safesend dkim new {dkim.domain} {selector} --out dkim-{selector}.pem\n"
        f"The new key has {ADVISED_BITS} bits; give it a selector of its own."
    )


def _kinds(signatures: Iterable[Dkim], selector: str) -> list[Finding]:
    """RFC 8463 section 3: some who verify know RSA only."""
    signatures = list(signatures)
    if any(one.key.kind == _RSA for one in signatures):
        return []
    domain = signatures[0].domain
    return [
        _found(
            about=domain,
            grade=Grade.WARN,
            reason="all keys are Ed25519, which some receivers cannot verify",
            publish=f"safesend dkim new {domain} {selector} --out dkim-{selector}.pem",
        )
    ]
