"""cli/limits.py: what limits the pace, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from safesend.cli.limits import brief, pace, whole
from safesend.engine.bottleneck import Kind, Limit

NOW = 1_750_000_000.0
ANSWERS = (
    "the server's answers: all 8 connections are busy (more --lanes may help, if it"
    " bears them)"
)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(50, "50/s"), (1, "1/s"), (0.5, "30/min"), (1 / 60, "1/min"), (0.01, "36/h")],
)
def test_a_rate_is_told_in_the_unit_in_which_it_reads_well(rate, words):
    """Seconds, minutes or hours."""
    assert pace(rate) == words


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(kind="rate", rate=50), "the rate that is set, 50/s"),
        (
            Limit(kind="rate", provider="google", rate=0.1),
            "the rate that is set to google, 6/min",
        ),
        (
            Limit(kind="eased", rate=2, reply="450 a@b.example slow"),
            "the server said that mail comes too fast, now 2/s: 450 …@b.example slow",
        ),
        (
            Limit(kind="connections", number=1, reply="421 too many"),
            "the server bears only 1 connection at a time: 421 too many",
        ),
        (
            Limit(kind="connections", number=2),
            "the 2 connections that are open; more follow while the server keeps up",
        ),
        (
            Limit(kind="lanes", number=8),
            ANSWERS,
        ),
        (Limit(kind="reaching", reply="refused"), "the server is not reached: refused"),
    ],
)
def test_each_limit_is_a_phrase(limit, words):
    """With its figures and the masked reply that asked for it."""
    assert whole(limit, NOW) == words


@pytest.mark.parametrize("kind", ["hours", "pause", "date"])
def test_what_ends_at_a_date_says_so(kind):
    """And how far away that is."""
    words = whole(Limit(kind=kind, provider="google", until=NOW + 600), NOW)
    assert "until" in words
    assert "(in 10 min)" in words


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_kind_is_without_words(kind):
    """Whatever else is known of it; the short form may be none."""
    assert whole(Limit(kind=kind), NOW)
    assert len(brief(Limit(kind=kind))) < 30


def test_nothing_is_no_words():
    """Where nothing limits the pace."""
    assert brief(None) == ""
    assert brief(Limit(kind="rate", rate=5)) == "as set"
