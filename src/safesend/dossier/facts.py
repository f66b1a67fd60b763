"""Everything that an account says: values, ready to be written down in any form."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeVar

import attrs

from safesend.checks.catalogue import ALL_CHECKS
from safesend.dossier.words import GROUPS, MEANINGS
from safesend.ledger.history import Chronicle, Order, Replied, Share
from safesend.ledger.values import State
from safesend.ledger.whereabouts import masked
from safesend.redaction import mask_text

__all__ = ["MOST_PROVIDERS", "Facts", "Provider", "shown", "titles"]

T = TypeVar("T")

MOST_PROVIDERS = 12
"""So many are told by name; the rest is "others"."""

_DECISIONS = frozenset({"accept", "resend"})


@attrs.frozen
class Provider:
    """How the mail for one provider, or for `domains` others (name ""), fared."""

    name: str
    outcomes: Mapping[State, int]
    domains: int = 1

    @property
    def people(self) -> int:
        """How many have their mailbox there."""
        return sum(self.outcomes.values())

    @property
    def groups(self) -> Mapping[str, int]:
        """The outcomes as a chart shows them."""
        return _grouped(self.outcomes)


@attrs.frozen(kw_only=True)
class Facts:
    """The account of one campaign, as its ledger knew it at the date `made`.

    Dates are seconds since 1970. No address is in it: texts are masked, and a provider
    with one person is told among the "others", as its name might be that person's.
    """

    ledger: str
    made: float
    version: str
    past: Chronicle
    providers: tuple[Provider, ...]

    @classmethod
    def of(cls, past: Chronicle, ledger: str, made: float, version: str) -> Self:
        """The account of what a ledger tells."""
        # As many shares as there are domains, and few of them are shown.
        told = _shown_whole(attrs.evolve(past, shares=()))
        return cls(
            ledger=_plain(masked(ledger)),
            made=made,
            version=version,
            past=attrs.evolve(told, shares=past.shares),
            providers=_providers(past.shares),
        )

    @property
    def campaign(self) -> str:
        """The name of the campaign."""
        return self.past.name

    @property
    def people(self) -> int:
        """How many the campaign is for."""
        return sum(self.past.counts.values())

    @property
    def seeds(self) -> int:
        """How many of them are the sender's own, to see what arrives."""
        return sum(share.seeds for share in self.past.shares)

    @property
    def outcomes(self) -> Mapping[State, int]:
        """How many stand in each state, in the order in which they are told."""
        counts = self.past.counts
        return {state: counts[state] for state in MEANINGS if counts.get(state)}

    @property
    def groups(self) -> Mapping[str, int]:
        """The outcomes as a chart shows them."""
        return _grouped(self.past.counts)

    @property
    def decisions(self) -> tuple[Order, ...]:
        """What was decided about doubts, and by whom."""
        return tuple(one for one in self.past.orders if one.what in _DECISIONS)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who started the runs, in order of their first."""
        names = (run.actor for run in self.past.runs)
        return tuple(dict.fromkeys(name for name in names if name))

    def replies(self, *states: State) -> tuple[Replied, ...]:
        """The last replies of the people in these states, most first."""
        found = [one for one in self.past.replies if one.state in states]
        return tuple(sorted(found, key=lambda one: -one.number))

    def checks(self) -> Mapping[str, tuple[str, ...]]:
        """The checks that ran in any rehearsal, and what each looks for."""
        notes = self.past.rehearsals
        ids = dict.fromkeys(check for note in notes for check in note.checks)
        return {check: titles(check) for check in ids}

    def to_json(self) -> dict[str, Any]:
        """The account as plain values."""
        told: dict[str, Any] = _plain_values(self.past)
        told["outcomes"] = told.pop("counts")
        told["decided_as_accepted"] = told.pop("on_trust")
        told["allowed"] = [one.pop("allowance") | one for one in told.pop("passed")]
        del told["shares"]
        about = {
            "campaign": told.pop("name"),
            "ledger": self.ledger,
            "made": self.made,
            "version": self.version,
            "people": self.people,
            "seeds": self.seeds,
        }
        return {
            **about,
            **told,
            "providers": [
                {
                    "provider": one.name or "others",
                    "domains": one.domains,
                    "people": one.people,
                    "outcomes": _plain_values(one.outcomes),
                }
                for one in self.providers
            ],
            "checks": [
                {"check": check, "titles": list(found)}
                for check, found in self.checks().items()
            ],
        }


def titles(check: str) -> tuple[str, ...]:
    """What a check of the catalogue looks for; nothing for one of another version."""
    return tuple(one.title for one in ALL_CHECKS if one.id == check)


def shown(text: str) -> str:
    """A text of others as it may be shown: masked, and nothing in it that hides."""
    return _plain(mask_text(text))


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(letter: str) -> str:
    if letter.isspace():
        return " "
    return letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _shown_whole(value: T) -> T:
    """The value with every text in it as it may be shown."""
    made: Any = value
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        made = shown(value)
    elif isinstance(value, tuple):
        made = tuple(map(_shown_whole, value))
    elif isinstance(value, Mapping):
        made = {_shown_whole(key): _shown_whole(of) for key, of in value.items()}
    elif attrs.has(type(value)):
        fields = attrs.asdict(value, recurse=False)  # type: ignore[arg-type]
        made = type(value)(**{name: _shown_whole(of) for name, of in fields.items()})
    return made  # type: ignore[no-any-return]


def _plain_values(value: Any) -> Any:
    """The value as JSON has it: octets in hexadecimal, states by name."""
    if attrs.has(type(value)):
        value = attrs.asdict(value, recurse=False)
    if isinstance(value, Mapping):
        return {str(key): _plain_values(of) for key, of in value.items()}
    if isinstance(value, tuple):
        return [_plain_values(of) for of in value]
    return value.hex() if isinstance(value, bytes) else value


def _providers(shares: Iterable[Share]) -> tuple[Provider, ...]:
    """The largest, and the others as one; nobody is told apart by a domain of his."""
    found: dict[str, Counter[State]] = {}
    for share in shares:
        found.setdefault(share.provider, Counter())[share.state] += share.number
    largest = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))
    named = [one for one in largest if one[1].total() > 1][:MOST_PROVIDERS]
    others: Counter[State] = Counter()
    for _, outcomes in largest[len(named) :]:
        others.update(outcomes)
    told = [Provider(shown(name), dict(outcomes)) for name, outcomes in named]
    if others:
        told.append(Provider("", dict(others), len(largest) - len(named)))
    return tuple(told)


def _grouped(outcomes: Mapping[State, int]) -> Mapping[str, int]:
    return {
        name: sum(outcomes.get(state, 0) for state in states)
        for name, (_, states) in GROUPS.items()
    }
