"""Pasts of campaigns to make accounts of."""

from __future__ import annotations

import datetime as dt

import attrs

from safesend.checks.catalogue import ALL_CHECKS
from safesend.dossier.account import Dossier
from safesend.ledger.history import (
    Approval,
    Bucket,
    Chronicle,
    Order,
    Passed,
    PastRun,
    RehearsalNote,
    Replied,
    Sessions,
    Share,
    Switch,
    Timeline,
)
from safesend.ledger.values import Allowance, Control, State

__all__ = ["FULL", "NOON", "ZONE", "account", "empty"]

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC).timestamp()
ZONE = dt.timezone(dt.timedelta(hours=1), "CET")
_RELAY = "smtp://mail.example.org:587"


def account(past: Chronicle) -> Dossier:
    """The account of a past, made an hour later."""
    return Dossier.of(past, "/srv/spring.safesend.db", NOON + 3600, "1.2.3")


def empty(**changes: object) -> Chronicle:
    """A campaign of which nothing is known yet."""
    return attrs.evolve(Chronicle(name="spring", created=NOON), **changes)


FULL = Chronicle(
    name="spring letter",
    created=NOON - 100,
    live_since=NOON - 30,
    begins=NOON - 10,
    control=Control.RUN,
    enrolled=104,
    fingerprint=b"\x12\x9a" * 16,
    pilot=5,
    pilot_over=NOON + 300,
    counts={
        State.ACCEPTED: 80,
        State.REFUSED: 10,
        State.IN_DOUBT: 4,
        State.WAITING: 6,
        State.SUPPRESSED: 3,
        State.EXPIRED: 1,
    },
    on_trust=2,
    shares=(
        Share("example.org", State.ACCEPTED, 60, 1),
        Share("example.org", State.REFUSED, 10),
        Share("example.org", State.IN_DOUBT, 4),
        Share("example.net", State.ACCEPTED, 19),
        Share("example.net", State.WAITING, 6),
        Share("example.net", State.SUPPRESSED, 3),
        Share("example.net", State.EXPIRED, 1),
        Share("ada.example", State.ACCEPTED, 1),
    ),
    attempts={0: 9, 1: 90, 2: 5},
    replies=(
        Replied(State.REFUSED, "550 5.1.1 no such user", 9),
        Replied(State.REFUSED, "", 1),
        Replied(State.WAITING, "450 4.7.1 later", 6),
        Replied(State.IN_DOUBT, "the connection was lost", 4),
    ),
    timeline=Timeline(
        60,
        (
            Bucket(NOON, 30, 5, 2),
            Bucket(NOON + 60, 30, 5, 0),
            Bucket(NOON + 300, 18, 0, 8),
        ),
    ),
    first_tried=NOON,
    waiting_since=NOON + 60,
    first_accepted=NOON + 1,
    last_accepted=NOON + 340,
    orders=(
        Order(NOON + 100, "pause", "", "ada", "is the date right?"),
        Order(NOON + 200, "run", "", "ada", ""),
        Order(NOON + 250, "pause", "example.net", "bob", "they throttle us"),
        Order(NOON + 400, "accept", "", "", "2 in doubt"),
        Order(NOON + 500, "something new", "", "ada", "why not"),
    ),
    holds={"example.net": Control.PAUSE},
    approvals=(Approval(NOON - 60, b"\x12\x9a" * 16, "carla", "the board agreed"),),
    passed=(Passed(NOON - 30, Allowance("L16", "html", "the logo is our own")),),
    rehearsals=(
        RehearsalNote(
            at=NOON - 30,
            rows=104,
            new=104,
            digest=b"\x12\x9a" * 16,
            checks=(*dict.fromkeys(one.id for one in ALL_CHECKS), "L99"),
            version="1.2.3",
            actor="ada",
            seconds=2.3,
        ),
    ),
    runs=(
        PastRun(
            number=1,
            started=NOON,
            ended=NOON + 100,
            relay=_RELAY,
            actor="ada",
            stopped="paused",
            alive=False,
        ),
        PastRun(
            number=2,
            started=NOON + 200,
            ended=None,
            relay=_RELAY,
            actor="bob",
            stopped="",
            alive=True,
        ),
    ),
    sessions=(
        Sessions(_RELAY, "TLS 1.3, certificate of mail.example.org checked", 3),
        Sessions("mx:example.net", "", 1),
    ),
    switches=(
        Switch(NOON + 50, _RELAY, "mx:", "", "connection refused"),
        Switch(NOON + 90, "mx:", "", "google", "421 4.7.28 unusual rate"),
    ),
)
"""A campaign in which everything happened that can be told."""
