"""ledger/hindsight.py: what follows from what was heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import (
    RowNews,
    RowSeen,
    fate_of,
    is_settled_by,
    only_new,
)
from safesend.ledger.values import State

_WORDS = st.builds(Word, st.sampled_from(Heard), st.floats(0, 9))


@given(st.lists(_WORDS, min_size=1), st.randoms())
def test_what_becomes_of_a_row_is_the_same_in_any_order(words, random):
    """
    A rejection wins; all else says that the relay took it.
    """
    state, reply = fate_of(words)
    random.shuffle(words)

    assert fate_of(words)[0] is state
    rejected = any(word.heard is Heard.REJECTED for word in words)
    assert state is (State.REFUSED if rejected else State.ACCEPTED)
    assert reply.code == (554 if rejected else 250)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("heard", Heard)
def test_only_an_open_row_is_settled(state, heard):
    """
    But for one that was accepted and is then thrown away.
    """
    open_ = state in {State.WAITING, State.IN_DOUBT}
    rejected = state is State.ACCEPTED and heard is Heard.REJECTED
    assert is_settled_by(state, heard) == (open_ or rejected)


def test_what_is_known_is_nothing_new():
    """
    Nor is a row that is not there, or that the relay has what it is known to have.
    """
    seen = {
        1: RowSeen(State.ACCEPTED, b"", frozenset({Heard.BOUNCED})),
        2: RowSeen(State.SENDING, b""),
    }
    news = [
        RowNews(row, Word(heard, 1.0))
        for row in (1, 2, 3)
        for heard in (Heard.TAKEN, Heard.BOUNCED, Heard.BOUNCED)
    ]
    found = [(one.row, one.word.heard) for one in only_new(news, seen)]
    assert found == [(2, Heard.TAKEN), (2, Heard.BOUNCED)]
