"""How long a server asks to be left alone: "try again in 5 minutes"."""

from __future__ import annotations

import re

__all__ = ["LONGEST", "READ", "asked_wait"]

READ = 500
"""Characters of a reply that are read; what matters stands in front."""
LONGEST = 86_400.0
"""Seconds for which a reply alone can hold a message back."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DIGIT = re.compile(r"\d")
_SPAN = re.compile(
    r"(?<![\w.:/-])(\d{1,6}) ?"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![\w-])",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?:in|after|for) (\d{1,2}):([0-5]\d):([0-5]\d)(?![\w:])", re.IGNORECASE
)
_ASKS = re.compile(
    r"\b(?:again|retry\w*|try|back|wait\w*|resend\w*|deferred|delayed|greylisted)\b",
    re.IGNORECASE,
)
# "100 messages in 1 hour" is a limit, not a wait.
_COUNTS = re.compile(
    r"\b(?:messages?|e?-?mails?|recipients?|connections?|limit\w*|quota|per|every|last"
    r"|more than|within)\b",
    re.IGNORECASE,
)
_BEFORE = 60
_SENTENCE = re.compile(r"[.;!?]\s")


def asked_wait(text: str) -> float:
    """Seconds that the text asks to wait, a day at most; 0 when it asks nothing."""
    text = text[:READ]
    if _DIGIT.search(text) is None:
        return 0.0
    asked = [_clock(hit) for hit in _CLOCK.finditer(text)]
    asked += [_span(hit) for hit in _SPAN.finditer(text) if _is_asked(text, hit)]
    return min(max(asked, default=0.0), LONGEST)


def _clock(hit: re.Match[str]) -> float:
    hours, minutes, seconds = map(int, hit.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def _span(hit: re.Match[str]) -> float:
    return float(hit[1]) * _UNITS[hit[2][0].lower()]


def _is_asked(text: str, hit: re.Match[str]) -> bool:
    before = text[max(0, hit.start() - _BEFORE) : hit.start()]
    clause = _SENTENCE.split(before)[-1]
    asks, counts = _last(_ASKS, clause), _last(_COUNTS, clause)
    # A single letter after a number is a unit only where a wait is spoken of.
    return asks > counts if len(hit[2]) == 1 else asks >= counts


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where the last hit begins; -1 without one."""
    return max((hit.start() for hit in pattern.finditer(text)), default=-1)
