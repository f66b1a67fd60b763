"""The assertion that everybody got a message, and nobody two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safesend.checks.documents.tally import counted
from safesend.message.address import Address
from safesend.testing.copies import Copy, Person, copies_of, people_of

__all__ = ["assert_sent_once"]

__unittest = True  # unittest leaves the frames of such a module out
_MOST = 10
"""People that a report names, of each kind."""


def assert_sent_once(
    messages: Iterable[object],
    recipients: Iterable[Person],
    *,
    public: Iterable[str | Address] = (),
) -> None:
    """Fail unless each of these people got one message, and nobody else got any.

    What counts is the envelope, not what a message says in To. `messages` are as for
    `assert_private`, `recipients` addresses or `Recipient`s. The addresses in `public`,
    an archive's perhaps, may get none, one or many.

    Raises AssertionError, which tells who got none, who several, and who was not meant.
    """
    __tracebackhide__ = True
    copies = copies_of(messages)
    passed_over = {one.address.normalised for one in people_of(public)}
    meant = {
        key: who for key, who in _meant(recipients).items() if key not in passed_over
    }
    complaints = [*_complaints(copies, meant, passed_over)]
    if complaints:
        sent, people = counted(len(copies), "message"), len(meant)
        head = f"not one message for each of {people:,}: there are {sent}"
        raise AssertionError("\n".join([head, *complaints]))


def _meant(recipients: Iterable[Person]) -> dict[str, str]:
    """Each mailbox that is to get a message, and how a report calls it."""
    meant: dict[str, str] = {}
    for number, person in enumerate(people_of(recipients)):
        place = person.source or f"recipients[{number}]"
        meant.setdefault(person.address.normalised, f"{person.address} ({place})")
    return meant


def _complaints(
    copies: list[Copy], meant: dict[str, str], passed_over: set[str]
) -> Iterator[str]:
    got: dict[str, list[str]] = {}
    strangers: dict[str, str] = {}
    for copy in copies:
        for person in copy.people:
            key = person.address.normalised
            got.setdefault(key, []).append(copy.place)
            if key not in meant and key not in passed_over:
                strangers.setdefault(key, f"{person.address} ({copy.place})")
    yield from _listed(
        "got none", [who for key, who in meant.items() if key not in got]
    )
    several = [
        f"{who}: {_places(got[key])}"
        for key, who in meant.items()
        if len(got.get(key, ())) > 1
    ]
    yield from _listed("got several", several)
    yield from _listed("not meant to get any", [*strangers.values()])
    wrong = [f"{copy.place}: {reason}" for copy in copies for reason in copy.wrong]
    yield from _listed("no mailbox", wrong)


def _listed(what: str, people: list[str]) -> Iterator[str]:
    if people:
        yield f"  {what}: {len(people):,}"
        yield from (f"    {who}" for who in people[:_MOST])
        if len(people) > _MOST:
            yield f"    ... and {len(people) - _MOST:,} more"


def _places(places: list[str]) -> str:
    more = f" and {len(places) - _MOST:,} more" if len(places) > _MOST else ""
    return ", ".join(places[:_MOST]) + more
