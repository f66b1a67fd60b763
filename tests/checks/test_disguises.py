import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.disguises import GUESSES, undone

ADA = "ada@example.org"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("ada%40example.org", "percent-encoded"),
        ("ada&#64;example.org", "as character references"),
        ("=?utf-8?q?ada=40example.org?=", "as an encoded word"),
        ("ada=40example.org", "in quoted-printable"),
        ("ada\\u0040example.org", "with backslash escapes"),
        ("ada\\40 example.org", "with backslash escapes"),
        ("ada+AEA-example.org", "in UTF-7"),
        ("ada [at] example.org", "spelt out"),
        ("gro.elpmaxe@ada", "written backwards"),
        ("nqn@rknzcyr.bet", "in ROT13"),
        ("b+ada=example.org@lists.example", "as a bounce address"),
        ("YWRhQGV4YW1wbGUub3Jn", "in base64"),
        ("616461406578616d706c652e6f7267", "in hexadecimal"),
        ("YWRhJTQwZXhhbXBsZS5vcmc=", "percent-encoded, in base64"),
        (
            "ada\uff05\uff14\uff10example.org",
            "percent-encoded, in full-width or styled letters",
        ),
        ("V1ZkU2FGRkhWalJaVnpGM1lrZFZkV0l6U200PQ==", "in base64"),
    ],
)
def test_every_disguise_has_a_name(text, how):
    """A clause for a person, the innermost first; one that repeats is said once."""
    assert how in [said for plain, _, said in undone(text) if ADA in plain]


def test_nothing_hides_four_deep():
    """Three are undone."""
    text = ADA
    for depth in range(1, 5):
        text = base64.b64encode(text.encode()).decode()
        found = any(ADA in plain for plain, _, _ in undone(text))
        assert found is (depth < 4)


def test_a_hidden_text_is_placed_where_the_outermost_stood():
    """In characters of the text that was given."""
    hidden = base64.b64encode(b"some words, then ada%40example.org").decode()
    places = {place for plain, place, _ in undone(f"cell\t{hidden}") if ADA in plain}

    assert places == {5}


def test_the_work_is_bounded():
    """Not all of a text that is made of disguises in disguises is undone."""
    text = ("%2525" * 50 + "&amp;amp;" * 30 + "\\\\u005c" * 30 + "\n") * 400
    size = sum(len(plain) for plain, _, _ in undone(text))

    assert size <= 50_000 + 12 * len(text)


def test_an_honest_text_hides_nothing():
    """No base64, no escapes, no address."""
    assert list(undone("Dear Ada, the meeting (at noon) is on 12 May 2026.")) == []


def test_guesses_are_disguises():
    """Their names are those that are given."""
    given_names = {
        how
        for text in (
            "ada [at] example.org",
            "gro.elpmaxe@ada",
            "nqn@rknzcyr.bet",
            "b=example.org@lists.example",
        )
        for _, _, how in undone(text)
    }
    assert given_names | {"written apart"} == GUESSES


@given(st.text("%40&#64;=?\\u+AEAYWRhQGV4@.a \t\n", max_size=80) | st.text())
def test_no_text_raises(text):
    """No text is given twice, and the offsets lie in the text."""
    found = list(undone(text))

    assert len({plain for plain, _, _ in found}) == len(found)
    assert all(0 <= place <= len(text) for _, place, _ in found)
