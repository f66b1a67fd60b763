"""P1: what is wrong with the SPF of the domain in MAIL FROM, and the record to publish.

RFC 7208. Gmail, Yahoo and Microsoft want SPF of all who send much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from safesend.preflight.record import AGAIN, advice, aliased, txt
from safesend.preflight.report import Finding, Grade
from safesend.preflight.spf_host import LOOKUPS, Verdict
from safesend.preflight.spf_macros import IpAddress
from safesend.preflight.spf_mend import COMFORTABLE, PLACE, VOIDS, mended
from safesend.preflight.spf_record import Result
from safesend.preflight.spf_survey import Branch, Survey

__all__ = ["spf_findings"]

_CHECK, _WHAT = "P1", "SPF"


@attrs.frozen
class _Trouble:
    grade: Grade
    reason: str


def spf_findings(
    found: Survey,
    verdicts: Mapping[IpAddress, Verdict],
    includes: Sequence[str] = (),
) -> list[Finding]:
    """One finding for each trouble, or that all is well.

    `verdicts` are for the addresses from which the mail leaves, where these are
    known; `includes` what a known relay asks to include. Every trouble is mended by
    the same record.
    """
    unknown = list(_unknown(found, verdicts))
    troubles = [] if found.unheard else [*_troubles(found, verdicts, includes)]
    if not troubles and not unknown:
        return [_finding(found, _Trouble(Grade.PASS, _praise(found, verdicts)))]
    publish = _publish(found, verdicts, includes)
    return [
        *(_finding(found, one, publish) for one in troubles),
        *(_finding(found, one, AGAIN) for one in unknown),
    ]


def _finding(found: Survey, trouble: _Trouble, publish: str = "") -> Finding:
    return Finding(
        check=_CHECK,
        what=_WHAT,
        about=found.domain,
        grade=trouble.grade,
        reason=trouble.reason,
        seen=tuple(record.text for record in found.records),
        publish=publish,
    )


def _unknown(
    found: Survey, verdicts: Mapping[IpAddress, Verdict]
) -> Iterator[_Trouble]:
    """What DNS could not tell, as far as it decides."""
    results = {one.result for one in verdicts.values()}
    if results == {Result.PASS}:
        return
    told = [found.unheard] if found.unheard else [*found.whole.unheard]
    told += [one.reason for one in verdicts.values() if one.result is Result.TEMPERROR]
    if told:
        reason = f"DNS did not tell all that the record needs: {told[0]}"
        yield _Trouble(Grade.UNKNOWN, reason)


def _troubles(
    found: Survey, verdicts: Mapping[IpAddress, Verdict], includes: Sequence[str]
) -> Iterator[_Trouble]:
    if not found.records:
        reason = "there is no SPF record: nothing says who may send for this domain"
        yield _Trouble(Grade.FAIL, reason)
        return
    for reason in _failures(found, verdicts):
        yield _Trouble(Grade.FAIL, reason)
    for reason in _doubts(found, found.whole):
        yield _Trouble(Grade.WARN, reason)
    if not verdicts:
        there = {*found.whole.names}
        for name in includes:
            if name not in there:
                reason = f"the record does not include {name}, which the relay asks for"
                yield _Trouble(Grade.WARN, reason)


def _failures(found: Survey, verdicts: Mapping[IpAddress, Verdict]) -> Iterator[str]:
    whole, faults = found.whole, _faults(found)
    if len(found.records) > 1:
        yield f"there are {len(found.records)} SPF records; receivers use none of them"
    for fault in faults:
        yield f"receivers give up on the record (permerror): {fault}"
    if whole.lookups > LOOKUPS:
        yield (
            f"the record needs {whole.lookups} lookups, and receivers end after"
            f" {LOOKUPS} (permerror){_dearest(found)}"
        )
    if whole.opened:
        yield f"the record lets anybody send: {_opener(found)}"
    elif not faults and _is_shut(found):
        yield "the record lets nobody send"
    for ip, verdict in verdicts.items():
        excused = verdict.result is Result.PERMERROR and (
            faults or whole.lookups > LOOKUPS
        )
        fine = {Result.PASS, Result.TEMPERROR}
        if verdict.result not in fine and len(found.records) == 1 and not excused:
            yield (
                f"the record does not cover {ip}, from which the mail leaves:"
                f" {verdict.result} ({verdict.reason})"
            )


def _dearest(found: Survey) -> str:
    branches = [branch for _, branch in found.branches]
    dear = sorted(branches, key=lambda branch: -branch.lookups)[:3]
    listed = ", ".join(f"{one.text} {one.lookups}" for one in dear if one.lookups > 1)
    return f"; the dearest: {listed}" if listed else ""


def _faults(found: Survey) -> list[str]:
    own = [fault for record in found.records for fault in record.faults]
    return [*own, *found.whole.faults]


def _is_sound(found: Survey) -> bool:
    """Whether every term of it stays."""
    uses_ptr = any(term.name == "ptr" for term, _ in found.branches)
    good = len(found.records) == 1 and not _faults(found) and not uses_ptr
    return good and not found.whole.opened and found.whole.lookups <= LOOKUPS


def _opener(found: Survey) -> str:
    texts = [branch.text for _, branch in found.branches if branch.opened]
    return texts[0] if texts else found.redirect.text if found.redirect else ""


def _is_shut(found: Survey) -> bool:
    passing = [one for one, _ in found.branches if one.result is Result.PASS]
    return not passing and found.redirect is None


def _doubts(found: Survey, whole: Branch) -> Iterator[str]:
    if COMFORTABLE < whole.lookups <= LOOKUPS:
        yield (
            f"the record needs {whole.lookups} lookups of the {LOOKUPS} that are"
            " allowed: one more name in what it includes, and it is worth nothing"
        )
    if len(whole.voids) > VOIDS:
        yield (
            f"{len(whole.voids)} names in the record have nothing"
            f" ({', '.join(whole.voids)}); some receivers give up after {VOIDS}"
        )
    if any(term.name == "ptr" for term, _ in found.branches):
        yield "the record uses ptr, which should not be used (RFC 7208 section 5.5)"
    for record in found.records:
        yield from _endings(found, whole) if len(found.records) == 1 else ()
        if len(record.read) < len(record.terms):
            behind = record.terms[len(record.read)].text
            yield f"{behind} stands behind all, where nobody reads it"
        for text in record.strange:
            yield f"{text} is passed over: a mechanism has a colon, no equals sign"


def _endings(found: Survey, whole: Branch) -> Iterator[str]:
    [record] = found.records
    end = record.end or (found.redirect.end if found.redirect else None)
    known = record.end or not (found.redirect and whole.unheard)
    if end is Result.NEUTRAL:
        yield "the record ends in ?all, which says nothing of anybody else"
    elif end is None and known and not _faults(found):
        yield "the record says nothing of anybody else: it has no all at its end"


def _praise(found: Survey, verdicts: Mapping[IpAddress, Verdict]) -> str:
    covered = " and ".join(map(str, verdicts))
    of_whom = f"covers {covered}" if covered else "is in order"
    needed = found.whole.lookups
    lookups = "1 lookup" if needed == 1 else f"{needed} lookups"
    return f"the record {of_whom}; it needs {lookups} of {LOOKUPS}"


def _publish(
    found: Survey, verdicts: Mapping[IpAddress, Verdict], includes: Sequence[str]
) -> str:
    shut = {Result.FAIL, Result.SOFTFAIL, Result.NEUTRAL}
    text = mended(
        found,
        shut_out=[ip for ip, one in verdicts.items() if one.result in shut],
        addresses=[] if _is_sound(found) else [*verdicts],
        includes=() if verdicts else includes,
    )
    words = aliased(found.domain, found.end)
    if f"include:{PLACE}" in text.split():
        words.append(f"{PLACE}: the name that your relay tells you to include.")
    lost = [branch.text for _, branch in found.branches if branch.faults]
    if lost:
        words.append(f"Left out, for it ends all in an error: {', '.join(lost)}")
    if not found.records:
        words.append("Add whoever else sends mail as this domain.")
    if found.whole.lookups > COMFORTABLE:
        words.append(
            "Addresses in it that are of others may change: look again now and then, or"
            " give this mailing a MAIL FROM domain of its own, with its relay only."
        )
    return advice([txt(found.domain, text)], *words)
