"""Domains of a list that are nearly those of a large provider: gmial.com (pure).

The known domains are laid out by what is left of them when up to two letters are taken
away, as spelling correctors do it, so that a list of many thousand domains is looked
through in a moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

__all__ = ["distance", "misspelt"]

_SHORTEST = 5
"""Letters of a provider's name: below it too many names are close to each other."""
_LONG = 7
"""From so many letters on a word bears two mistakes."""
_FEW_ROWS = 5
_RARE = 20
"""A domain with more than a twentieth of its neighbour's rows is meant as it stands."""


def misspelt(rows: Mapping[str, int], known: Iterable[str]) -> dict[str, str]:
    """What was probably meant, for each domain that stands close to a known one.

    `rows` is how many rows each domain has. Only domains with few of them count: five
    at most, or one for twenty of the neighbour.
    """
    names = dict.fromkeys(known)
    index = _index(names)
    found: dict[str, str] = {}
    for domain, count in rows.items():
        if domain in names or not (meant := _nearest(domain, index, rows)):
            continue
        if count <= _FEW_ROWS or count * _RARE <= rows.get(meant, 0):
            found[domain] = meant
    return found


def _mistakes(known: str) -> int:
    """How many letters may be wrong in a name for it to be seen still."""
    length = len(known.partition(".")[0])
    if length < _SHORTEST:
        return 0
    return 1 if length < _LONG else 2


def _index(names: Iterable[str]) -> Mapping[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if allowed := _mistakes(name):
            for rest in _without(name, allowed):
                index[rest].append(name)
    return index


def _without(name: str, most: int) -> set[str]:
    """The name, and what is left of it without up to so many letters."""
    left = {name}
    for _ in range(most):
        left |= {one[:at] + one[at + 1 :] for one in left for at in range(len(one))}
    return left


def _nearest(
    domain: str, index: Mapping[str, list[str]], rows: Mapping[str, int]
) -> str:
    """The closest known domain; of equally close ones that with the most rows."""
    near = {name for rest in _without(domain, 2) for name in index.get(rest, ())}
    steps = {name: distance(domain, name) for name in near}
    close = [name for name in near if steps[name] <= _mistakes(name)]
    return min(close, key=lambda one: (steps[one], -rows.get(one, 0), one), default="")


def distance(one: str, other: str) -> int:
    """How many letters are wrong, missing or too many; two that changed places are one.

    The optimal string alignment distance.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
