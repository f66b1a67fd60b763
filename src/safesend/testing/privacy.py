"""The assertion that no message shows its reader anybody else."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.documents.tally import counted
from safesend.errors import Leak
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.scanner.inspection import Watch
from safesend.testing.copies import Copy, Person, copies_of, people_of
from safesend.testing.excerpts import excerpt

__all__ = ["assert_private"]

__unittest = True  # unittest leaves the frames of such a module out
_MOST = 10
"""Messages, and places in one of them, that a report shows."""
_TOGETHER = Leak(
    "I1",
    "the envelope",
    "",
    advice="Send each person a message of their own, in a transaction of its own.",
)


def assert_private(
    messages: Iterable[object],
    audience: Iterable[Person] | None = None,
    *,
    public: Iterable[str | Address] = (),
    private: Iterable[str] = (),
    allow: Iterable[Allow | str] = (),
) -> None:
    """Fail if a message went to several people at once, or exposes anybody to another.

    `messages` may be what a server received (`smtp_server.messages`), envelopes
    (`outbox.messages`), messages of `email`, Django or Flask-Mail, octets, or pairs of
    recipients and one of these. Each goes through all checks of `safesend.inspect`.

    Nobody may see anybody else who got one of the messages. `audience` adds people who
    got none; given `Recipient`s, the values of their rows are looked for as well.
    `public`, `private` and `allow` are those of `inspect`.

    Raises AssertionError, also when there are no messages: then nothing was shown.
    """
    __tracebackhide__ = True
    copies = copies_of(messages)
    if not copies:
        raise AssertionError(
            "there are no messages, so nothing can be said of them; if none should be"
            " sent, assert just that"
        )
    everybody = _everybody(copies, audience or ())
    with Watch(
        everybody.values(), public=public, private=private, allow=allow
    ) as watch:
        looks = [_look(copy, watch, everybody) for copy in copies]
    exposing = [look for look in looks if look.leaks]
    if exposing:
        raise AssertionError(_report(exposing, len(copies)))


@attrs.frozen
class _Look:
    """A message, and what it would show."""

    copy: Copy
    leaks: tuple[Leak, ...]


def _everybody(
    copies: Iterable[Copy], audience: Iterable[Person]
) -> dict[str, Recipient]:
    """All who may not see one another, by address; the rows of an audience first."""
    people: dict[str, Recipient] = {}
    got = (person for copy in copies for person in copy.people)
    for row in itertools.chain(people_of(audience), got):
        people.setdefault(row.address.normalised, row)
    return people


def _look(copy: Copy, watch: Watch, everybody: dict[str, Recipient]) -> _Look:
    leaks = [attrs.evolve(_TOGETHER, reason=reason) for reason in _at_once(copy)]
    if copy.people:
        reader = everybody[copy.people[0].address.normalised]
        leaks += watch.inspect(copy.content, reader)
    return _Look(copy, tuple(leaks))


def _at_once(copy: Copy) -> Iterator[str]:
    """What is wrong with whom the envelope names."""
    count = len(copy.people) + len(copy.wrong)
    if count > 1:
        yield f"names {count:,} people, and all of them got this one message"
    for reason in copy.wrong[:_MOST]:
        yield f"names what is no mailbox: {reason}"


def _report(exposing: list[_Look], total: int) -> str:
    count = len(exposing)
    verb = "is" if count == 1 else "are"
    lines = [f"{count:,} of {counted(total, 'message')} {verb} not private"]
    for look in exposing[:_MOST]:
        lines += ["", f"{look.copy.place}, to {_readers(look.copy)}", *_findings(look)]
    if count > _MOST:
        lines += ["", f"... and {counted(count - _MOST, 'more message')}"]
    return "\n".join([*lines, "", "What to do:", *_advice(exposing[:_MOST])])


def _readers(copy: Copy) -> str:
    if not copy.people:
        return "nobody"
    more = len(copy.people) - 1
    return f"{copy.people[0].address}" + (f" and {more:,} more" if more else "")


def _findings(look: _Look) -> Iterator[str]:
    """Each place once, with all that is wrong there and what stands there."""
    leaks = sorted(look.leaks, key=lambda leak: leak.place != _TOGETHER.place)
    places: dict[str, list[Leak]] = {}
    for leak in leaks:
        places.setdefault(leak.place, []).append(leak)
    own = str(look.copy.people[0].address) if look.copy.people else ""
    for place, found in itertools.islice(places.items(), _MOST):
        for leak in found:
            yield f"  {place}: {leak.reason} [{leak.check}]"
        yield from (f"    {line}" for line in excerpt(look.copy.content, place, own))
    if len(places) > _MOST:
        yield f"  ... and {counted(len(places) - _MOST, 'more place')}"


def _advice(exposing: list[_Look]) -> Iterator[str]:
    """What each check that found something advises, once."""
    leaks = (leak for look in exposing for leak in look.leaks if leak.advice)
    for check, text in {leak.check: leak.advice for leak in leaks}.items():
        yield from textwrap.wrap(
            text, 80, initial_indent=f"  {check}: ", subsequent_indent="    "
        )
