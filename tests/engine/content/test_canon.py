"""engine/content/canon.py: one spelling of every value, and no other is read."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.engine.content.canon import Named, fits, read, written
from safesend.errors import LedgerError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def shape_of(value):
    """The shape that a value has."""
    match value:
        case dict():
            return {name: shape_of(one) for name, one in value.items()}
        case list():
            return [tuple(shape_of(one) for one in value)]
    return type(value)


@given(VALUES)
def test_what_is_written_is_read(value):
    """
    Types as well: a whole number stays one, and halves of characters stay halves.
    """
    octets = written(value)
    found = read(octets, shape_of(value))
    assert (found, written(found)) == (value, octets)


@given(st.binary())
def test_whatever_else_is_there_is_refused(octets):
    """
    With an error of the ledger, and no other.
    """
    for hostile in (octets, b"safesend content 1\n" + octets):
        with pytest.raises(LedgerError):
            read(hostile, [{"never": [str]}])


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "it is none"),
        (pickle.dumps({"a": 1}), "it is none"),
        (b"safesend content x\n{}", "it is none"),
        (b"safesend content 2\n{}", "another version"),
        (b"safesend content 1\n", "damaged"),
        (b'safesend content 1\n{"a":1,"a":1}', "damaged"),
        (b'safesend content 1\n{"a": 1}', "damaged"),
        (b'safesend content 1\n{"a":1}\n', "damaged"),
        (b'safesend content 1\n{"a":NaN}', "damaged"),
        (b'safesend content 1\n{"a":1e400}', "damaged"),
        (b'safesend content 1\n{"a":\xff}', "damaged"),
        (b"safesend content 1\n" + b"[" * 100_000, "damaged"),
        (b'safesend content 1\n{"a":' + b"9" * 5000 + b"}", "damaged"),
        (b'safesend content 1\n{"a":true}', "not what it should be"),
        (b'safesend content 1\n{"a":1,"b":1}', "not what it should be"),
        (b"safesend content 1\n{}", "not what it should be"),
        (b"safesend content 1\n" + b" " * 2**26, "larger"),
    ],
)
def test_hostile_octets_are_refused_in_words(octets, words):
    """
    Another format, another version, another spelling, another shape.
    """
    with pytest.raises(LedgerError, match=words):
        read(octets, {"a": int})


def test_what_has_no_spelling_is_not_written():
    """
    Neither a number that is none, nor what JSON does not have.
    """
    with pytest.raises(ValueError, match="JSON"):
        written(float("nan"))
    with pytest.raises(TypeError):
        written({"a": b"octets"})


@pytest.mark.parametrize(
    ("value", "shape", "whether"),
    [
        ("a", str, True),
        (True, int, False),
        (1, float, False),
        (None, (str, type(None)), True),
        (1, (str, type(None)), False),
        ([], [str], True),
        (["a", 1], [str], False),
        ("ab", [str], False),
        ({"x": 1}, Named(int), True),
        ({"x": "1"}, Named(int), False),
        ([1], Named(int), False),
        ({"a": {"b": [1]}}, {"a": {"b": [int]}}, True),
        ({"a": {}}, {"a": {"b": [int]}}, False),
        ([], {"a": int}, False),
    ],
)
def test_a_shape_is_kept_to_the_letter(value, shape, whether):
    """
    No more names, no fewer, and no kind of number for another.
    """
    assert fits(value, shape) is whether
