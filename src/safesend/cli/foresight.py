"""What a look before sending found, as a person reads it on a terminal."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import click

from safesend.cli import show
from safesend.preflight.profiles import Met, Standing
from safesend.preflight.recipient_domains import SPELLING
from safesend.preflight.report import Finding, Grade, worst
from safesend.preflight.result import Preflight
from safesend.preflight.titles import TITLES

__all__ = ["tell_preflight", "verdict"]

_MARKS = {
    Grade.PASS: "ok",
    Grade.WARN: "warn",
    Grade.FAIL: "FAIL",
    Grade.UNKNOWN: "?",
    Grade.SKIPPED: "-",
}
_COLOURS = {
    Grade.PASS: "green",
    Grade.WARN: "yellow",
    Grade.FAIL: "red",
    Grade.UNKNOWN: "magenta",
    Grade.SKIPPED: "cyan",
}
_WORDS = {
    Grade.FAIL: "to mend",
    Grade.UNKNOWN: "not seen",
    Grade.WARN: "to look at",
    Grade.SKIPPED: "not looked at",
}
_NOT_YET = "Do not send yet. Mend what stands under FAIL, and look again:"
_VERDICTS = {
    Grade.FAIL: (
        "Do not send yet. Mend or publish what stands under FAIL, wait until DNS tells"
        " it (minutes, at times an hour), and look again:"
    ),
    Grade.UNKNOWN: (
        "Some of it could not be seen now, which says nothing against the mailing. Look"
        " again in a few minutes:"
    ),
    Grade.WARN: (
        "Nothing stands in the way. Look at what is marked 'warn' when there is time."
        " To send:"
    ),
    Grade.PASS: "Nothing stands in the way. To send:",
    Grade.SKIPPED: (
        "Nothing was looked at, so that nothing is known. Give what is missing, and"
        " look again:"
    ),
}
_PARTLY = "Not looked at, as is told above: {}."
_NO_DNS = (
    "DNS told nothing at all. See whether this machine is on the net and may ask DNS;"
    " --nameserver names another one to ask."
)
_IN_DNS = frozenset({"P1", "P2", "P4", "P5", "P6", "P10", "P14"})
"""What these find is mended there, and takes its time."""
_BY_DNS = ("P1", "P4", "P5", "P9", "P14")
_SHORT = {Grade.FAIL: "missing", Grade.UNKNOWN: "not seen", Grade.WARN: "look at"}
_WIDEST, _NARROWEST = 88, 40
_COPIED = re.compile(r"\S+ IN [A-Z]+ .+|safesend .+")
"""The line of a zone file, or a command: what is copied is never broken."""
_MANY, _LONG = 30, 2_000
"""Records, and characters of one, that are shown: no honest one is longer."""
_MARKED = 7
"""Columns before what stands behind a mark."""
_BLOCK = " " * _MARKED
_TABLE = " " * (_MARKED + 5 + 18)


def tell_preflight(
    result: Preflight,
    standings: Sequence[Standing],
    again: Callable[[str], str],
    *,
    beyond: bool = False,
) -> None:
    """Print it: a line for each check, what is not well, the providers, what to do.

    `again` gives what is typed for a command. `beyond`: also what providers ask and
    nobody can see beforehand.
    """
    many = show.people(result.people) + ", " if result.people else ""
    took = show.duration(result.seconds)
    show.say(f"Will it arrive? {result.campaign}: {many}looked at in {took}.")
    show.say()
    for check, title in TITLES.items():
        if found := result.of(check):
            _line(check, title, found)
    for together in _in_rank(result.findings):
        _block(together)
    if standings:
        show.say()
        show.say("What providers ask of senders:")
    for standing in standings:
        _profile(standing, beyond=beyond)
    show.say()
    if _is_deaf(result):
        _wrapped("", _NO_DNS)
    words, command = verdict(result.findings)
    if result.skipped and worst(result.findings) is not Grade.SKIPPED:
        _wrapped("", _PARTLY.format(", ".join(result.skipped)))
    _wrapped("", words)
    show.say(f"  safesend {again(command)}")


def _is_deaf(result: Preflight) -> bool:
    """Whether DNS told nothing of anybody, so that it is no fault of one domain."""
    found = [
        one.grade
        for check in _BY_DNS
        for one in result.of(check)
        if one.what != SPELLING and one.grade is not Grade.SKIPPED
    ]
    return len(found) > 1 and set(found) == {Grade.UNKNOWN}


def verdict(findings: Sequence[Finding]) -> tuple[str, str]:
    """What to do now, and the command for it."""
    grade = worst(findings)
    if grade in {Grade.PASS, Grade.WARN}:
        return _VERDICTS[grade], "send"
    failing = {one.check for one in findings if one.grade is Grade.FAIL}
    if failing and not failing & _IN_DNS:
        return _NOT_YET, "preflight"
    return _VERDICTS[grade], "preflight"


def _in_rank(findings: Sequence[Finding]) -> list[list[Finding]]:
    """What is not well, the worst ahead; together what one thing would mend."""
    together: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        if one.grade is not Grade.PASS:
            mended = one.check, one.what, one.about, one.seen, one.publish
            missing = one.grade, one.reason, one.publish
            key = missing if one.grade is Grade.SKIPPED else mended
            together.setdefault(key, []).append(one)
    order = list(Grade)
    return sorted(together.values(), key=lambda found: order.index(worst(found)))


def _line(check: str, title: str, found: Sequence[Finding]) -> None:
    """Mark, number and title; why it is well, or how much of it is not."""
    grade = worst(found)
    if grade is Grade.PASS:
        well = [one for one in found if one.grade is Grade.PASS]
        more = f" (and {len(well) - 1} more)" if len(well) > 1 else ""
        text = _sentence(well[0].reason + more)
        if left := len(found) - len(well):
            text += f" {left} not looked at; see below."
    else:
        counts = Counter(one.grade for one in found)
        text = ", ".join(
            f"{counts[grade]} {word}" for grade, word in _WORDS.items() if counts[grade]
        )
        text += "; see below"
    _marked(grade, f"{check:<4} {title:<17}", text, _TABLE)


def _block(found: Sequence[Finding]) -> None:
    """What is not well: why, what was seen, and what to publish or do."""
    show.say()
    first = found[0]
    checks = ", ".join(dict.fromkeys(one.check for one in found))
    what = ", ".join(dict.fromkeys(one.what for one in found))
    what = what[:1].upper() + what[1:]
    what += f": {first.about}" if first.about else ""
    _marked(worst(found), f"{checks:<4}", what, _BLOCK)
    for reason in dict.fromkeys(one.reason for one in found):
        _wrapped(_BLOCK, _sentence(_cut(reason)))
    if first.seen:
        show.say(f"{_BLOCK}Seen:")
    for line in _seen(first.seen):
        show.say(f"{_BLOCK}  {line}")
    if first.publish:
        skipped = worst(found) is Grade.SKIPPED
        show.say(f"{_BLOCK}{'To have it looked at' if skipped else 'Publish, or do'}:")
    for line in first.publish.splitlines():
        _copied(f"{_BLOCK}  ", line)


def _seen(records: Sequence[str]) -> Iterator[str]:
    """What others wrote, one line each: a line feed in it must not make another."""
    for record in records[:_MANY]:
        yield _cut(record.replace("\n", "\\n").replace("\t", "\\t"))
    if (left := len(records) - _MANY) > 0:
        yield f"... and {show.count(left)} more"


def _cut(text: str) -> str:
    """As much of it as one would read; --json has all of it."""
    if len(text) <= _LONG:
        return text
    return f"{text[:_LONG]}... ({show.count(len(text))} characters)"


def _profile(standing: Standing, *, beyond: bool) -> None:
    who = show.people(standing.people) if standing.people else "nobody on this list"
    total = len(standing.requirements)
    text = f"{standing.profile.title} ({who}): {standing.met} of {total} met"
    short = [one for one in standing.requirements if one.grade is not Grade.PASS]
    _marked(standing.grade, "", text, _BLOCK)
    for met in short:
        _wrapped(f"{_BLOCK}  ", _shortfall(met, standing), "  ")
    for sentence in standing.profile.beyond if beyond else ():
        _wrapped(f"{_BLOCK}  ", f"asked, and not to be seen here: {sentence}", "  ")


def _shortfall(met: Met, standing: Standing) -> str:
    if met.requirement.bulk and not standing.bulk and met.grade is Grade.WARN:
        many = standing.profile.bulk or 0
        return (
            f"asked from {show.count(many)} messages a day on: {met.requirement.text}"
        )
    return f"{_SHORT[met.grade]}: {met.requirement.text}"


def _marked(grade: Grade, head: str, text: str, indent: str) -> None:
    """A line that begins with a mark, in colour where the terminal has some."""
    mark = click.style(f"{_MARKS[grade]:<4}", fg=_COLOURS[grade], bold=True)
    head = f"{head} " if head else ""
    room = " " * (_MARKED + len(head))
    first, *more = _lines(room, indent, text)
    click.echo(f"  {mark} {show.printable(head + first.removeprefix(room))}")
    for line in more:
        show.say(line)


def _wrapped(indent: str, text: str, hang: str = "") -> None:
    for line in _lines(indent, indent + hang, text):
        show.say(line)


def _copied(indent: str, text: str) -> None:
    """A record as it is, on one line; a sentence wrapped."""
    if _COPIED.fullmatch(text):
        show.say(f"{indent}{text}")
    else:
        _wrapped(indent, _sentence(text))


def _sentence(text: str) -> str:
    """With a capital and a full stop, as far as it begins with a plain word."""
    word = text.partition(" ")[0]
    begun = text[:1].upper() + text[1:] if word.isalpha() and word.islower() else text
    return begun if begun.endswith((".", "?", "!", ":")) else f"{begun}."


def _lines(first: str, indent: str, text: str) -> list[str]:
    columns = shutil.get_terminal_size().columns
    wrapped = textwrap.wrap(
        text,
        width=max(_NARROWEST, min(columns - 1, _WIDEST)),
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped or [first]
