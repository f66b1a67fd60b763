"""What a server said of a message that came back, and what that means for its mailbox.

The meaning is that of the same reply while it is sent: `policies/replies.toml`.
"""

from __future__ import annotations

import re

import attrs

from safesend.delivery import Refused, Stage
from safesend.ledger.heard import Heard
from safesend.policies.replies import Meaning, Rulebook
from safesend.redaction import mask_text

__all__ = ["Fate", "Said", "fate_of", "read_said", "read_text"]

_LONGEST = 1_000
_STATUS = r"[245]\.\d{1,3}\.\d{1,3}"
_KIND = re.compile(r"[A-Za-z][\w.-]{0,40}[ \t]{0,9};[ \t]{0,9}", re.ASCII)
_REPLY = re.compile(rf"([245]\d\d)(?:[ -]{{1,9}}#?({_STATUS})\b)?(?!\d)", re.ASCII)
# In the middle of a line: where some server is said to have said it.
_SAID = re.compile(
    rf"\b(?:said|responded|replied|response|error|rejected)\b[^\n]{{0,200}}?[:\s]"
    rf"{_REPLY.pattern}",
    re.ASCII | re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![\w.])#?({_STATUS})(?![.]?\w)", re.ASCII)
_FULL = frozenset({"mailbox-full", "mailbox-full-text", "mailbox-daily-limit-refused"})
_PERMANENT = "5"
_ANY = 550
"""The code of a report that tells the enhanced one only."""


@attrs.frozen
class Said:
    """Code, enhanced code and text of a reply, as far as they are told."""

    code: int | None = None
    enhanced: str | None = None
    text: str = attrs.field(default="", repr=False)

    @property
    def digit(self) -> str:
        """What it begins with: the code, which counts where the two differ."""
        return str(self.code or self.enhanced or "")[:1]

    @property
    def tells_nothing(self) -> bool:
        """Whether it is an undefined status (RFC 3463 section 3.1) at most."""
        defined = self.enhanced is not None and not self.enhanced.endswith(".0.0")
        return self.code is None and not self.text and not defined


@attrs.frozen
class Fate:
    """What is booked of a message that came back."""

    heard: Heard
    no_mailbox: bool = False


def read_said(diagnostic: str, status: str) -> Said:
    """The fields Diagnostic-Code and Status (RFC 3464 sections 2.3.4, 2.3.6)."""
    text = _line(diagnostic)
    if kind := _KIND.match(text):
        text = text[kind.end() :]
    found = _reply(text)
    told = _BARE.search(status[:_LONGEST])
    if found.enhanced is None and told:
        return attrs.evolve(found, enhanced=told[1])
    return found


def read_text(text: str) -> Said:
    """A reply somewhere in what was written for a person."""
    return _reply(_line(text))


def _line(text: str) -> str:
    return " ".join(text[:_LONGEST].split())


def _reply(text: str) -> Said:
    """A reply at the beginning, or after "said:"; else the first enhanced code."""
    found = _REPLY.match(text) or _SAID.search(text)
    if found is None:
        bare = _BARE.search(text)
        return Said(None, bare[1] if bare else None, text)
    code, enhanced = int(found[1]), found[2]
    rest = text[found.end() :]
    # Servers repeat the code on every line, and reports make one line of them.
    rest = re.sub(rf"\s{code}[ -](?:{re.escape(enhanced or '')}\s)?", " ", rest)
    return Said(code, enhanced, rest.strip(" \t-"))


def fate_of(said: Said, rules: Rulebook, provider: str = "") -> Fate:
    """What a failure means: the first digit decides, then the table of replies.

    A message that expired failed as well, and what was said last was "not now".
    """
    if (said.digit or _PERMANENT) != _PERMANENT:
        return Fate(Heard.RETURNED)
    reply = Refused(Stage.RCPT, said.code or _ANY, said.enhanced, mask_text(said.text))
    verdict = rules.judge(reply, provider)
    if verdict.suppress:
        return Fate(Heard.BOUNCED, no_mailbox=True)
    # What is not told is taken for the lesser.
    full = verdict.rule in _FULL
    if verdict.meaning is not Meaning.NEVER or full or not said.digit:
        return Fate(Heard.RETURNED)
    return Fate(Heard.BOUNCED)
