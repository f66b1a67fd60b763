"""What an outcome means for the row and for the run.

The first digit of the basic code decides between now and never (RFC 5321 section
4.2.1). A refusal of MAIL speaks of the sender and would meet every message alike:
the run stops and the row keeps its turn. Only what was said of the recipient or of
this very message ends the row.
"""

from __future__ import annotations

import enum
import re

import attrs

from safesend.delivery import Accepted, Deferred, InDoubt, Outcome, Refused, Stage

__all__ = ["Meaning", "Verdict", "judge"]

# Sizes (RFC 1870, X.3.4) and addresses that need SMTPUTF8 (RFC 6531, X.6.7) are
# answered at MAIL and still speak of this message alone.
_OF_THIS_MESSAGE = re.compile(r"5\.(?:3\.4|2\.3|6\.7|6\.9)")
_TOO_BIG = 552
_GREYLISTING = re.compile(r"gr[ae]y[ -]?list", re.IGNORECASE)


class Meaning(enum.Enum):
    """What becomes of the row."""

    DELIVERED = "delivered"
    LATER = "later"
    NEVER = "never"
    DOUBT = "doubt"
    UNTOUCHED = "untouched"
    """Nobody judged it: it goes again and no try is counted."""


@attrs.frozen
class Verdict:
    """The meaning for the row; `stop` says why the whole run must end, if it must."""

    meaning: Meaning
    greylisted: bool = False
    stop: str | None = None


_DELIVERED = Verdict(Meaning.DELIVERED)


def judge(outcome: Outcome) -> Verdict:
    """The verdict on one outcome."""
    match outcome:
        case Accepted():
            return _DELIVERED
        case InDoubt():
            return Verdict(Meaning.DOUBT)
        case Deferred():
            return Verdict(Meaning.LATER, greylisted=_is_greylisting(outcome))
        case Refused() if outcome.stage is Stage.MAIL and _is_about_us(outcome):
            return Verdict(Meaning.UNTOUCHED, stop=_sender_refused(outcome))
        case Refused():
            return Verdict(Meaning.NEVER)
        case _:
            return Verdict(Meaning.UNTOUCHED)


def _is_greylisting(outcome: Deferred) -> bool:
    # 450 and 451 with 4.7.1 at RCPT, or the word itself anywhere.
    by_code = outcome.code in {450, 451} and outcome.enhanced == "4.7.1"
    return by_code or _GREYLISTING.search(outcome.text) is not None


def _is_about_us(outcome: Refused) -> bool:
    if outcome.code is None or outcome.code == _TOO_BIG:
        return False
    return not _OF_THIS_MESSAGE.fullmatch(outcome.enhanced or "")


def _sender_refused(outcome: Refused) -> str:
    said = " ".join(str(part) for part in (outcome.code, outcome.text) if part)
    return f"the server refuses the sender: {said}"
