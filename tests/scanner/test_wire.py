"""Frames between safesend and the process that reads files."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.piece import Kind, Note, NoteKind, Piece
from safesend.scanner.wire import (
    HEAD,
    BadFrame,
    as_batch,
    as_frame,
    as_head,
    batches,
    body_length,
    from_batch,
)

TEXTS = st.text(max_size=30)
PIECES = st.builds(
    Piece,
    unit=TEXTS,
    place=st.sampled_from(["", "page 1", "sheet 'a'"]),
    text=TEXTS,
    kind=st.sampled_from(Kind),
    hidden=st.booleans(),
    line=st.integers(0, 1 << 30),
    columns=st.lists(st.text(max_size=3), max_size=2).map(tuple),
)
NOTES = st.builds(
    Note, unit=TEXTS, place=TEXTS, kind=st.sampled_from(NoteKind), what=TEXTS
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ROW = ["piece", "", "", "text", "text", False, 1, []]


@given(st.lists(PIECES | NOTES))
def test_what_goes_in_comes_out(found) -> None:
    """An answer is read as it was written, whatever stands in the texts."""
    read = [one for body in batches(found) for one in from_batch(body)]
    assert read == found


@given(st.binary(max_size=100))
def test_octets_are_an_answer_or_a_bad_frame(body) -> None:
    """No octets make the reading of an answer fail in another way."""
    with contextlib.suppress(BadFrame):
        from_batch(body)


@given(JSON)
def test_json_of_another_shape_is_a_bad_frame(value) -> None:
    """Only lists of pieces and notes are answers."""
    body = json.dumps(value).encode()
    if value == []:
        assert from_batch(body) == []
    else:
        with pytest.raises(BadFrame):
            from_batch(body)


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, "peace"),
        (1, None),
        (2, 5),
        (3, ["a"]),
        (4, "whisper"),
        (5, 1),
        (6, -1),
        (6, 1 << 50),
        (6, 1.5),
        (7, "ab"),
        (7, [1]),
        (7, {}),
    ],
)
def test_a_field_of_another_type_is_a_bad_frame(index, value) -> None:
    """Every field of a piece has its own type and its bounds."""
    row = [*ROW]
    row[index] = value
    assert from_batch(json.dumps([ROW]).encode())
    with pytest.raises(BadFrame):
        from_batch(json.dumps([row]).encode())


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[" + b"9" * 10_000 + b"]", b"\xff"])
def test_json_that_breaks_parsers_is_a_bad_frame(body) -> None:
    """Deep nesting and long numbers end as any other bad frame."""
    with pytest.raises(BadFrame):
        from_batch(body)


def test_a_table_names_its_columns_once() -> None:
    """Rows of the same table do not repeat their place and columns."""
    columns = tuple(f"a long name of column {number}" for number in range(20))
    rows = [Piece(place="sheet 'a'", text="x", columns=columns) for _ in range(100)]
    body = as_batch(rows)
    assert len(body) < 6000
    assert from_batch(body) == rows


def test_large_answers_come_in_several_batches() -> None:
    """A batch holds about a hundred thousand characters or a thousand pieces."""
    assert len(list(batches([Piece(text="a" * 50_000)] * 9))) == 3
    assert len(list(batches([Piece(text="a")] * 2500))) == 3
    assert list(batches([])) == []


def test_frames_have_their_length_before_them() -> None:
    """The length is of four octets, and no body above the limit is believed."""
    frame = as_frame(b"hello")
    assert frame == b"\0\0\0\5hello"
    assert body_length(frame[:HEAD], 5) == 5
    with pytest.raises(BadFrame):
        body_length(frame[:HEAD], 4)


@pytest.mark.parametrize("length", [1 << 32, -1])
def test_what_no_head_can_say_is_a_bad_frame(length) -> None:
    """Four octets say no more than four gigabytes."""
    with pytest.raises(BadFrame):
        as_head(length)
