"""The tree walk of DMARC: whose policy holds, and what organization a domain is of.

RFC 9989 section 4.10.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.net.resolver import Answer
from safesend.preflight.dmarc_record import (
    DmarcRecord,
    is_dmarc,
    looks_like_dmarc,
    read_dmarc,
)
from safesend.preflight.steps import Asked, Heard

__all__ = ["QUERIES", "Stop", "Walk", "questions", "targets", "walked"]

QUERIES = 8
"""Questions at most, however long the name is."""


def targets(domain: str) -> list[str]:
    """The domains whose records are looked at, from the longest to the shortest."""
    labels = domain.split(".")
    above = range(max(1, len(labels) - QUERIES + 1), len(labels))
    return [domain, *(".".join(labels[start:]) for start in above)]


def questions(domain: str) -> list[Asked]:
    """What a walk asks; all of it can be asked at once."""
    return [(f"_dmarc.{target}", "TXT") for target in targets(domain)]


@attrs.frozen(kw_only=True)
class Stop:
    """What one domain on the way has. `record` is there where there is one alone."""

    domain: str
    texts: tuple[str, ...] = ()
    record: DmarcRecord | None = None
    unheard: str = ""
    end: str = ""
    """The name at the end of all aliases."""

    @property
    def several(self) -> tuple[str, ...]:
        """Records that are all passed over, for there is more than one."""
        found = tuple(text for text in self.texts if is_dmarc(text))
        return found if len(found) > 1 else ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Texts that were meant to be records, and that nobody reads."""
        return tuple(
            text for text in self.texts if not is_dmarc(text) and looks_like_dmarc(text)
        )


@attrs.frozen(kw_only=True)
class Walk:
    """The way up from a domain, as far as it goes."""

    domain: str
    stops: tuple[Stop, ...]

    @property
    def unheard(self) -> str:
        """What DNS could not tell; the walk may be worth nothing."""
        return next((stop.unheard for stop in self.stops if stop.unheard), "")

    @property
    def organization(self) -> str:
        """The organizational domain (section 4.10.2)."""
        found = [stop for stop in self.stops if stop.record]
        for stop in found:
            assert stop.record is not None
            if stop.record.psd == "n":
                return stop.domain
            if stop.record.psd == "y" and stop.domain != self.domain:
                return self._below(stop.domain)
        return found[-1].domain if found else self.domain

    @property
    def policy(self) -> Stop | None:
        """Where the policy for the domain is: its own, its organization's, a PSD's."""
        there = {stop.domain: stop for stop in self.stops if stop.record}
        last = self.stops[-1]
        suffix = last.record is not None and last.record.psd == "y"
        for domain in (self.domain, self.organization, *([last.domain] * suffix)):
            if domain in there:
                return there[domain]
        return None

    def _below(self, suffix: str) -> str:
        labels = len(suffix.split(".")) + 1
        return ".".join(self.domain.split(".")[-labels:])


def walked(domain: str, answers: Sequence[Heard]) -> Walk:
    """What was found on the way, up to where it ends (section 4.10)."""
    stops: list[Stop] = []
    for target, answer in zip(targets(domain), answers, strict=True):
        stop = _stop(target, answer)
        stops.append(stop)
        psd = stop.record.psd if stop.record else "u"
        if psd == "n" or (psd == "y" and target != domain):
            break
    return Walk(domain=domain, stops=tuple(stops))


def _stop(domain: str, answer: Heard) -> Stop:
    if not isinstance(answer, Answer):
        return Stop(domain=domain, unheard=str(answer))
    found = [text for text in answer.texts if is_dmarc(text)]
    record = read_dmarc(found[0]) if len(found) == 1 else None
    return Stop(domain=domain, texts=answer.texts, record=record, end=answer.name)
