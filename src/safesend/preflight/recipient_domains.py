"""P9: how many rows of a list cannot arrive, and what is likely misspelt (pure)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping

from safesend.preflight.record import AGAIN
from safesend.preflight.report import Finding, Grade, skipped
from safesend.preflight.reserved import RESERVED, is_reserved

__all__ = ["SPELLING", "Fate", "judge_domains", "judge_spelling"]

SPELLING = "Spelling"
"""What is found by comparing names, so that DNS has no part in it."""
_WHAT = "Recipient domains"
_NAMED = 20
"""Domains that are named in one finding."""
_OLD, _ENOUGH = 0.05, 5
"""A list is old or bought where more than a twentieth of its rows leads nowhere, and
these are five at least: with as many unknown users providers close the door."""


class Fate(enum.StrEnum):
    """What becomes of the mail of a domain, as far as DNS tells."""

    OPEN = "open"
    GONE = "gone"
    """There is no such domain."""
    CLOSED = "closed"
    """It says that it takes no mail (null MX, RFC 7505)."""
    NOWHERE = "nowhere"
    """It has neither a mail server nor an address."""
    UNKNOWN = "unknown"
    DENIED = "denied"
    """There is none, it says, and says so of the sender's domain as well."""


_DEAD = {
    Fate.GONE: ("that do not exist", "that does not exist"),
    Fate.CLOSED: ("that take no mail (null MX)", "that takes no mail (null MX)"),
    Fate.NOWHERE: (
        "that have neither a mail server nor an address",
        "that has neither a mail server nor an address",
    ),
}

_UNSEEN = {
    Fate.UNKNOWN: (
        "DNS could not tell of {}",
        "look again; mail to what is not known then waits and is tried again",
    ),
    Fate.DENIED: (
        "DNS knows nothing of {}, nor of the sender's domain: it is not believed",
        "mend what P5 says of that domain, or see whether this machine may ask DNS",
    ),
}


def judge_domains(
    rows: Mapping[str, int], fates: Mapping[str, Fate]
) -> Iterator[Finding]:
    """One finding for each thing that is wrong, and one for the rest.

    `fates` are of the domains that were asked for: all, or those with the most rows.
    """
    if not fates:
        yield _unasked(rows)
        return
    examples = [one for one, is_so in fates.items() if _is_example(one, is_so)]
    if examples:
        yield _of_examples(examples, rows)
    for fate in _DEAD:
        dead = [one for one, is_so in fates.items() if is_so is fate]
        if domains := [one for one in dead if one not in examples]:
            yield _dead(fate, domains, rows)
    yield from _old(rows, fates)
    for fate, (told, advice) in _UNSEEN.items():
        if unseen := [one for one, is_so in fates.items() if is_so is fate]:
            reason = told.format(
                f"{_domains(len(unseen))} of {len(fates)}, with {_rows(unseen, rows)}"
            )
            yield _finding(Grade.UNKNOWN, reason, _named(unseen, rows), advice)
    if fine := [one for one, fate in fates.items() if fate is Fate.OPEN]:
        yield _finding(Grade.PASS, _fine(fine, rows, fates))


def _unasked(rows: Mapping[str, int]) -> Finding:
    if rows:
        reason = f"DNS is too slow: none of {_domains(len(rows))} was asked for in time"
        return _finding(Grade.UNKNOWN, reason, (), AGAIN)
    reason = "nobody in the list can get a message, so that no domain was asked for"
    return skipped("P9", _WHAT, reason, "see what P12 says of the list")


def _is_example(domain: str, fate: Fate) -> bool:
    """A nameserver of one's own may know such a domain: then it is one like others."""
    return fate in _DEAD and is_reserved(domain)


def _of_examples(domains: list[str], rows: Mapping[str, int]) -> Finding:
    have, names = ("has", "a name") if len(domains) == 1 else ("have", "names")
    return _finding(
        Grade.WARN,
        f"{_domains(len(domains))}, with {_rows(domains, rows)}, {have} {names} for"
        f" examples ({RESERVED}): mail to such leads nowhere",
        _named(domains, rows),
        "put people of your own into the list",
    )


def _dead(fate: Fate, domains: list[str], rows: Mapping[str, int]) -> Finding:
    many, single = _DEAD[fate]
    which = single if len(domains) == 1 else many
    fail = "fails" if sum(rows[one] for one in domains) == 1 else "fail"
    return _finding(
        Grade.WARN,
        f"{_rows(domains, rows)} of {_domains(len(domains))} {which} {fail} at once",
        _named(domains, rows),
        "correct these rows, or take them out of the list",
    )


def _old(rows: Mapping[str, int], fates: Mapping[str, Fate]) -> Iterator[Finding]:
    told = [
        one
        for one, fate in fates.items()
        if fate not in _UNSEEN and not _is_example(one, fate)
    ]
    dead = sum(rows[one] for one in told if fates[one] in _DEAD)
    total = sum(rows[one] for one in told)
    if dead >= _ENOUGH and dead > total * _OLD:
        yield _finding(
            Grade.FAIL,
            f"{dead} of {total} rows ({dead / total:.0%}) lead nowhere: a list like"
            " that is old or bought, and providers refuse whoever writes to it",
            (),
            f"clean the list until at most {_OLD:.0%} of its rows lead nowhere; write"
            " only to people who asked for it and confirmed it",
        )


def _fine(fine: list[str], rows: Mapping[str, int], fates: Mapping[str, Fate]) -> str:
    reason = f"{_domains(len(fine))}, with {_rows(fine, rows)},"
    reason += " takes mail" if len(fine) == 1 else " take mail"
    if (left := len(rows) - len(fates)) > 0:
        others = sum(rows.values()) - sum(rows[one] for one in fates)
        was = "was" if left == 1 else "were"
        reason += (
            f"; {_domains(left)} with {_count(others)} {was} not asked for: the list"
            " has too many, or DNS is slow"
        )
    return reason


def judge_spelling(
    rows: Mapping[str, int], meant: Mapping[str, str]
) -> Iterator[Finding]:
    """What is close to a large provider's domain and stands in a few rows only."""
    if meant:
        shown = [
            f"{one} ({_count(rows[one])}): {right}?" for one, right in meant.items()
        ]
        deeds = [f"{one} -> {right}" for one, right in meant.items()]
        looks = "looks" if len(meant) == 1 else "look"
        yield _finding(
            Grade.WARN,
            f"{_domains(len(meant))}, with {_rows(meant, rows)}, {looks} like a"
            " provider's, misspelt: whoever owns it gets the mail",
            _first(shown),
            "did you mean: " + ", ".join(_first(deeds)) + "? Ask these people, or"
            " correct the rows",
            SPELLING,
        )


def _finding(
    grade: Grade,
    reason: str,
    seen: tuple[str, ...] = (),
    publish: str = "",
    what: str = _WHAT,
) -> Finding:
    return Finding(
        check="P9", what=what, grade=grade, reason=reason, seen=seen, publish=publish
    )


def _domains(number: int) -> str:
    return "1 domain" if number == 1 else f"{number} domains"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def _rows(domains: Iterable[str], rows: Mapping[str, int]) -> str:
    return _count(sum(rows[one] for one in domains))


def _named(domains: list[str], rows: Mapping[str, int]) -> tuple[str, ...]:
    most = sorted(domains, key=lambda one: (-rows[one], one))
    return _first([f"{one}: {_count(rows[one])}" for one in most])


def _first(texts: list[str]) -> tuple[str, ...]:
    more = len(texts) - _NAMED
    return (*texts[:_NAMED], *([f"and {more} more"] if more > 0 else ()))
