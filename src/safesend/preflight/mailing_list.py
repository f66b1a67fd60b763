"""P12: what the list itself tells, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from safesend.preflight.report import Finding, Grade

__all__ = ["Agreed", "ListSeen", "Some", "check_list"]

_KEPT = 3
"""Places that are named of many."""
_HALF, _MUCH_MORE = 0.5, 1.5
"""Beyond these shares of the last mailing a list is unlike the last one."""


@attrs.define
class Some:
    """So many of them, and where the first few stand."""

    number: int = 0
    places: list[str] = attrs.field(factory=list)

    def add(self, place: str) -> None:
        """One more."""
        self.number += 1
        if place and len(self.places) < _KEPT:
            self.places.append(place)

    @property
    def seen(self) -> tuple[str, ...]:
        """The places, and that there are more."""
        left = self.number - len(self.places)
        more = [f"... and {left:,} more"] if left and self.places else []
        return (*self.places, *more)


@attrs.frozen(kw_only=True)
class Agreed:
    """What people approved of a campaign, as its ledger knows it.

    `needed` is how many must approve, `given` how many approved exactly this, and
    `others` how many approved what is not this any more.
    """

    needed: int = 0
    given: int = 0
    others: int = 0


@attrs.frozen(kw_only=True)
class ListSeen:
    """What was seen of a list. Places are "members.csv:17"; nobody's address is here.

    `problems` are rows that cannot be used, each with its place and why. `offices` are
    addresses of a desk or a machine, `crowds` those of the sender's own domain behind
    which many people may stand. `suppressed` and `agreed` are None where nothing was
    asked. `last` is how long the list of the last mailing was, and `before` its name.
    """

    people: int
    problems: Some = attrs.field(factory=Some)
    skipped: int = 0
    offices: Some = attrs.field(factory=Some)
    crowds: Some = attrs.field(factory=Some)
    suppressed: int | None = None
    agreed: Agreed | None = None
    before: str = ""
    last: int | None = None


def check_list(seen: ListSeen) -> list[Finding]:
    """Whether the list is as it should be."""
    found = [_rows(seen)]
    for look in (_suppressed, _approved, _offices, _crowds, _length):
        found += look(seen)
    return found


def _finding(
    what: str, grade: Grade, reason: str, publish: str = "", seen: Sequence[str] = ()
) -> Finding:
    return Finding(
        check="P12",
        what=what,
        grade=grade,
        reason=reason,
        seen=tuple(seen),
        publish=publish,
    )


def _rows(seen: ListSeen) -> Finding:
    """Every row is one mailbox, and none stands twice (as mailboxes are compared)."""
    if number := seen.problems.number:
        problems = _problems(number)
        reason = f"{problems} with the list; nothing is sent before that is mended"
        advice = "mend what stands here; 'safesend check' shows all of it"
        return _finding("List", Grade.FAIL, reason, advice, seen.problems.seen)
    if not seen.people:
        reason = "there is nobody in the list"
        return _finding("List", Grade.FAIL, reason, "see that it is the right file")
    if seen.skipped:
        reason = f"{_rows_of(seen.skipped)} cannot be used and will be left out"
        advice = "mend them; 'safesend check' names them"
        return _finding("List", Grade.WARN, reason, advice)
    reason = f"{_people(seen.people)}, each in one row and nobody twice"
    return _finding("List", Grade.PASS, reason)


def _suppressed(seen: ListSeen) -> Iterator[Finding]:
    number = seen.suppressed
    if number is None:
        return
    if number and number >= seen.people:
        reason = "everybody in it is on the suppression list: nobody would get it"
        advice = "see that it is the right list"
        yield _finding("Suppression", Grade.FAIL, reason, advice)
        return
    them = f"{_people(number)} of it" if number else "nobody of it"
    end = " and will be left out" if number else ""
    verb = "are" if number > 1 else "is"
    reason = f"{them} {verb} on the suppression list{end}"
    yield _finding("Suppression", Grade.PASS, reason)


def _approved(seen: ListSeen) -> Iterator[Finding]:
    agreed = seen.agreed
    if agreed is None or not (agreed.needed or agreed.given or agreed.others):
        return
    if agreed.needed <= agreed.given and not (agreed.others and not agreed.given):
        reason = f"{_people(agreed.given)} approved exactly this"
        yield _finding("Approval", Grade.PASS, reason)
        return
    if agreed.others and not agreed.given:
        reason = "what was approved is not this: letter, sender or list changed since"
    else:
        reason = f"{_people(agreed.given)} approved it, and {agreed.needed} must"
    grade = Grade.FAIL if agreed.given < agreed.needed else Grade.WARN
    advice = "have it approved: safesend approve DIR"
    yield _finding("Approval", grade, reason, advice)


def _offices(seen: ListSeen) -> Iterator[Finding]:
    if not seen.offices.number:
        return
    are = "address is" if seen.offices.number == 1 else "addresses are"
    reason = (
        f"{seen.offices.number:,} {are} of an office or a machine (as info@,"
        " postmaster@), where nobody may have asked for this mail"
    )
    advice = "see that each of them asked for it; take out those that did not"
    yield _finding("Offices", Grade.WARN, reason, advice, seen.offices.seen)


def _crowds(seen: ListSeen) -> Iterator[Finding]:
    if not seen.crowds.number:
        return
    are = "address" if seen.crowds.number == 1 else "addresses"
    reason = (
        f"{seen.crowds.number:,} {are} of your own domain may lead on to many people"
        " (as staff@, all@): each of them gets what was made for one"
    )
    advice = "write to the people behind it, one row each"
    yield _finding("Own addresses", Grade.WARN, reason, advice, seen.crowds.seen)


def _length(seen: ListSeen) -> Iterator[Finding]:
    if not seen.last:
        return
    share = seen.people / seen.last
    before = f"the mailing before it, {seen.before!r}, had {seen.last:,}"
    reason = f"{_people(seen.people)}; {before}"
    if _HALF <= share <= _MUCH_MORE:
        yield _finding("Length", Grade.PASS, reason)
        return
    advice = "see that it is the right list, and all of it"
    yield _finding("Length", Grade.WARN, reason, advice)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _problems(number: int) -> str:
    return "1 problem" if number == 1 else f"{number:,} problems"


def _rows_of(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
