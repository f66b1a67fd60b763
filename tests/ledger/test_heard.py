"""ledger/heard.py: what may be heard of a message."""

from __future__ import annotations

import json

from safesend.ledger.heard import HEARD, HEARD_CODES, Heard, Word, in_order, words_of


def test_every_word_has_a_number_of_its_own():
    """
    They stand in files, and are never used for anything else.
    """
    assert [HEARD_CODES[one] for one in Heard] == [1, 2, 3, 4, 5, 6]
    assert {HEARD[code]: code for code in HEARD} == HEARD_CODES


def test_words_are_told_in_order():
    """
    By date, and where that is the same as things happen.
    """
    words = [
        Word(Heard.COMPLAINED, 2.0),
        Word(Heard.DELIVERED, 1.0, 250, None, "ok"),
        Word(Heard.TAKEN, 1.0),
    ]
    assert in_order(words) == (words[2], words[1], words[0])
    rows = [[HEARD_CODES[w.heard], w.at, w.code, w.enhanced, w.text] for w in words]
    assert words_of(json.dumps(rows)) == in_order(words)
    assert [*map(str, in_order(words))] == ["taken", "delivered: 250 ok", "complained"]
