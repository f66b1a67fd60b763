"""engine/stop.py: a word to whoever sends."""

from __future__ import annotations

from safesend.engine.stop import Stop


def test_it_is_heard_by_who_listens():
    """The first reason stays; who listens later hears it when they begin."""
    stop, heard = Stop(), []
    with stop.heard_by(heard.append):
        assert heard == []
        stop.ask("tea")
        stop.ask("lunch")
    assert heard == ["tea", "tea"]
    with stop.heard_by(heard.append):
        pass
    assert (stop.reason, heard) == ("tea", ["tea"] * 3)


def test_who_went_away_hears_nothing():
    """And one word may be passed on by another."""
    stop, inner, heard = Stop(), Stop(), []
    with stop.heard_by(heard.append):
        pass
    with stop.heard_by(inner.ask):
        stop.ask("tea")
    assert (heard, inner.reason) == ([], "tea")
