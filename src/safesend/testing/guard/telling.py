"""What the guard tells whoever runs the tests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from safesend.errors import Leak
from safesend.redaction import mask_text
from safesend.testing.guard.judge import Seen

__all__ = ["as_leak", "sentence", "told"]

_SHOWN = 3
_WIDTH = 79
_WHAT_TO_DO = {
    "L01": (
        "Send each person a message of their own, with nobody else in To and Cc."
        " safesend.privatize() makes them of a finished message; with smtplib,"
        " `from safesend import smtplib` does it."
    ),
    "L02": (
        "Take the Bcc header out before the message is handed over: nobody on the way"
        " has to."
    ),
    "I3": (
        "Take the address out of the message. A blind copy sees whom To names: send it"
        " a message of its own."
    ),
    "L03": "Send each person a message of their own.",
    "L12": "Take the header out: what other programs are told is read by people, too.",
    "I6": "Look at how the message is built: no program could read it.",
}
_IF_MEANT = (
    'If it is meant so: @pytest.mark.discloses("why") on the test, or the addresses of'
    " your own house, who may be seen and see, in the ini option safesend_colleagues."
)


def sentence(seen: Seen) -> str:
    """What to say of one message that may leak, and of which nobody can tell."""
    if seen.sent.trouble:
        return (
            f"what {seen.sent.mailer} was given here could not be read as a message"
            f" ({seen.sent.trouble}), and nobody knows what is in it [I6]"
        )
    return (
        f"one message goes to {len(seen.readers)} people through {seen.sent.mailer}."
        " Nothing in it shows them to one another, but relays on the way may, and a"
        " blind copy is one answer to all away from being seen: send one message to"
        " each person [L03]"
    )


def as_leak(seen: Seen) -> Seen:
    """The same, for a run in which it counts as a leak."""
    if seen.sent.trouble:
        check, reason = "I6", f"could not be read ({seen.sent.trouble})"
    else:
        check, reason = "L03", f"goes to {len(seen.readers)} people as one message"
    return attrs.evolve(seen, leaks=(Leak(check, "the message", reason),))


def told(leaking: Sequence[Seen], root: Path, test: str) -> str:
    """Everything that leaked, with the lines that sent it and what to do.

    The same from the same line is told once.
    """
    groups: dict[tuple[object, ...], list[Seen]] = {}
    for seen in leaking:
        said = tuple((leak.check, leak.place) for leak in seen.leaks)
        groups.setdefault((seen.sent.place, seen.sent.mailer, said), []).append(seen)
    lines = [_headline(leaking, root, test), ""]
    for group in groups.values():
        lines += [*_one(group, root, test), ""]
    checks = dict.fromkeys(leak.check for seen in leaking for leak in seen.leaks)
    for advice in (*(_WHAT_TO_DO[check] for check in checks), _IF_MEANT):
        lines += textwrap.wrap(advice, _WIDTH, break_on_hyphens=False)
    return "\n".join(lines)


def _headline(leaking: Sequence[Seen], root: Path, test: str) -> str:
    """The line that stands in pytest's summary."""
    first, *others = dict.fromkeys(_where(seen, root, test) for seen in leaking)
    if not others:
        return f"{first} sends mail that shows people to one another"
    lines = "another line" if len(others) == 1 else f"{len(others)} other lines"
    return f"{first} and {lines} send mail that shows people to one another"


def _one(group: list[Seen], root: Path, test: str) -> Iterator[str]:
    first = group[0]
    place = first.sent.place
    inside = f", in {place.function}" if place is not None else ""
    times = f" ({len(group)} times)" if len(group) > 1 else ""
    yield f"{_where(first, root, test)}{inside}{times}"
    if place is not None and place.source:
        yield f">   {place.source}"
    yield f"through {first.sent.mailer}{_readers(group)}"
    for leak in first.leaks:
        yield f"  {leak.place}: {leak.reason} [{leak.check}]"


def _readers(group: list[Seen]) -> str:
    readers = list(dict.fromkeys(one for seen in group for one in seen.readers))
    if not readers:
        return ""
    shown = ", ".join(map(str, readers[:_SHOWN]))
    more = f" and {len(readers) - _SHOWN} more" if readers[_SHOWN:] else ""
    return f", to {shown}{more}"


def _where(seen: Seen, root: Path, test: str) -> str:
    place = seen.sent.place
    return f"somewhere in {mask_text(test)}" if place is None else place.shown(root)
