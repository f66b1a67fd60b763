"""How states, orders, numbers and dates are told to a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from safesend.ledger.heard import Heard
from safesend.ledger.values import Control, State

__all__ = [
    "ACCEPTED_MEANS",
    "CONTROL",
    "GROUPS",
    "HEARD",
    "HELD",
    "MEANINGS",
    "NOT_HELD",
    "ORDERS",
    "at",
    "count",
    "day",
    "iso",
    "length",
    "moment",
    "part",
    "people",
    "short",
    "zone_of",
]

MEANINGS: Mapping[State, tuple[str, str]] = {
    State.ACCEPTED: ("Accepted", "The mail server took charge of their message."),
    State.REFUSED: ("Refused", "The mail server said no, for good."),
    State.IN_DOUBT: (
        "In doubt",
        "Their message may have arrived: it had left when the line broke, before the"  # noqa: ISC004
        " server answered.",
    ),
    State.WAITING: ("Waiting", "Not sent yet, or put off by the mail server."),
    State.SENDING: (
        "Being sent",
        "In the hands of a run, or left by one that died.",
    ),
    State.SUPPRESSED: (
        "Left out",
        "They are not to be written to, or a server said their mailbox does not exist.",
    ),
    State.EXPIRED: ("Given up", "The mail server put them off for too long."),
    State.FAILED: ("Not made", "Their message could not be made."),
    State.CANCELLED: ("Cancelled", "The mailing was cancelled before their turn."),
}
"""What to call a state, and what it means; in the order in which they are told."""

GROUPS: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "accepted": ("accepted", (State.ACCEPTED,)),
    "refused": ("refused", (State.REFUSED,)),
    "doubt": ("in doubt", (State.IN_DOUBT,)),
    "waiting": ("waiting", (State.WAITING, State.SENDING)),
    "unsent": (
        "not sent",
        (State.SUPPRESSED, State.EXPIRED, State.FAILED, State.CANCELLED),
    ),
}
"""The states as a chart shows them: its colours, and what its legend says."""

ORDERS: Mapping[str, str] = {
    "run": "let it go on",
    "pause": "paused it",
    "cancel": "cancelled it",
    "accept": "had messages in doubt counted as accepted",
    "resend": "had messages in doubt sent once more",
    "lift": "let a mailbox be written to again",
    "begin": "said when it may begin",
    "approvals": "asked for approvals",
    "approve": "let everybody behind the pilot have it",
    "heard": "read in what became of messages",
    "purge": "had what is known of persons erased",
    "forget": "had what is known of one person erased",
}
"""Orders in words; one that is not here is told as it was written down."""

HEARD: Mapping[Heard, str] = {
    Heard.DELIVERED: "delivered to the server of their mailbox",
    Heard.BOUNCED: "bounced: their message came back for good",
    Heard.RETURNED: "got it back this time: their mailbox was full, for example",
    Heard.COMPLAINED: "called it spam",
    Heard.REJECTED: "rejected by the carrier after it had taken the message",
}
"""What was heard of messages after they were sent."""

HELD: Mapping[Control, str] = {
    Control.RUN: "goes on",
    Control.PAUSE: "is paused",
    Control.CANCEL: "is cancelled",
}

CONTROL: Mapping[Control, str] = {
    Control.RUN: "",
    Control.PAUSE: "It is paused.",
    Control.CANCEL: "It is cancelled: nobody else gets it.",
}

ACCEPTED_MEANS = (
    "Accepted means that the mail server that was handed the message answered that it"
    " takes charge of it. It does not mean that the message was put into a mailbox, nor"
    " that it was read: a server further on may still have sent it back, or filed it as"
    " spam."
)

NOT_HELD = (
    "This account names nobody it was sent to, and the ledger holds no list of them. Of"
    " each person, until that is purged, it keeps a digest under a key that lies"
    " elsewhere, the name of the provider, the outcome with the number and dates of the"
    " tries, and what the mail server said last, addresses in it masked. Who has the"
    " list can join it with the ledger; who has the ledger alone cannot tell who was"
    " written to."
)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SOON = 10.0


def count(number: int) -> str:
    """A number with its thousands apart: "2,417"."""
    return f"{number:,}"


def people(number: int) -> str:
    """So many: "1 person", "2,417 people"."""
    return "1 person" if number == 1 else f"{number:,} people"


def part(number: int, whole: int) -> str:
    """A part in per cent; neither 0 nor 100 unless it is nobody or everybody."""
    if not whole:
        return ""
    share = 100 * number / whole
    if 0 < number < whole:
        share = min(99.9, max(0.1, share))
    told = f"{share:.1f}" if 0 < number < whole else f"{share:.0f}"
    return f"{told}\N{NO-BREAK SPACE}%"


def length(seconds: float) -> str:
    """A length of time: "0.4 s", "2 min 5 s", "3 h 10 min", "30 days"."""
    if seconds < _SOON:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole % _DAY == 0 and whole > _DAY:
        return f"{whole // _DAY} days"
    for unit, name, below, small in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def at(date: float, zone: dt.tzinfo | None) -> dt.datetime:
    """A date in a zone, or in local time."""
    return dt.datetime.fromtimestamp(date, dt.UTC).astimezone(zone)


def iso(date: float, zone: dt.tzinfo | None) -> str:
    """A date for programs: "2027-01-15T10:12:05+01:00"."""
    return at(date, zone).isoformat(timespec="seconds")


def day(date: float, zone: dt.tzinfo | None) -> str:
    """A day: "15 January 2027"."""
    local = at(date, zone)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment(date: float, zone: dt.tzinfo | None) -> str:
    """A date: "15 January 2027, 10:12:05"."""
    return f"{day(date, zone)}, {at(date, zone):%H:%M:%S}"


def short(date: float, zone: dt.tzinfo | None) -> str:
    """A date for a table: "15 Jan 2027, 10:12:05"."""
    local = at(date, zone)
    return f"{local.day} {_MONTHS[local.month - 1][:3]} {local:%Y, %H:%M:%S}"


def zone_of(date: float, zone: dt.tzinfo | None) -> str:
    """What clocks show at that date: "CET, UTC+01:00"."""
    local = at(date, zone)
    name, offset = local.tzname() or "", f"{local:%z}"
    ahead = f"UTC{offset[:3]}:{offset[3:5]}"
    if offset.strip("+-0") == "":
        return "UTC"
    return f"{name}, {ahead}" if name.isalpha() else ahead
