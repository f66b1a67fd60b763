"""Words put together from letters by where they stand."""

from __future__ import annotations

import math
import random

import pytest

from checks.linear import seconds
from safesend.checks.documents.pdf_layout import Chunk, scattered

UNIT = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
ADDRESS = "willi.mm@wide-gap.example"


def letters(text, *, x=72.0, y=700.0, size=12.0, turn=0.0, width=0.55):
    """Each letter of a text at its place, all of the same width."""
    cos, sin = math.cos(turn), math.sin(turn)
    for letter in text:
        matrix = [cos, sin, -sin, cos, x, y]
        if letter != " ":
            yield Chunk.of(letter, UNIT, matrix, size)
        x, y = x + cos * width * size, y + sin * width * size


@pytest.mark.parametrize("turn", [0.0, math.pi / 2, math.pi, -math.pi / 2, 0.3])
@pytest.mark.parametrize("width", [0.5, 0.6, 0.66])
def test_letters_on_a_base_line_are_a_word(turn, width) -> None:
    """In any direction, and in fonts of the usual widths."""
    assert list(scattered(letters(ADDRESS, turn=turn, width=width))) == [ADDRESS]


def test_the_order_of_drawing_does_not_matter() -> None:
    """A reader sees places, not the order of drawing."""
    chunks = [*letters(ADDRESS), *letters("above it", y=714), *letters("under", y=686)]
    random.Random(5).shuffle(chunks)
    assert list(scattered(chunks)) == [ADDRESS]


def test_letters_drawn_twice_are_read_once() -> None:
    """Some programs make letters bold by drawing them again beside themselves."""
    twice = [*letters(ADDRESS), *letters(ADDRESS, x=72.4)]
    assert list(scattered(twice)) == [ADDRESS]


def test_a_gap_ends_a_word() -> None:
    """What stands beside an address is no part of it."""
    found = list(scattered(letters(f"write to  {ADDRESS}  or phone")))
    assert found == [ADDRESS]


def test_two_columns_are_not_one_word() -> None:
    """Words far from each other on a base line stay apart."""
    chunks = [*letters("left@side.example"), *letters(ADDRESS, x=400)]
    assert list(scattered(chunks)) == ["left@side.example", ADDRESS]


def test_chunks_beside_each_other_are_two_words() -> None:
    """Two frames of a slide are not one word, though nothing is between them."""
    first = Chunk.of("the club", UNIT, [1, 0, 0, 1, 72, 700], 44.0)
    second = Chunk.of(ADDRESS, UNIT, [1, 0, 0, 1, 300, 660], 32.0)
    assert list(scattered([first, second])) == [ADDRESS]


def test_a_chunk_close_to_its_neighbours_is_no_word() -> None:
    """Widths are guesses: what may belong to the chunk before is not taken from it."""
    first = Chunk.of("write to bo", UNIT, [1, 0, 0, 1, 72, 700], 12.0)
    x = 72 + first.width + 6
    second = Chunk.of("ats@example.net", UNIT, [1, 0, 0, 1, x, 700], 12.0)
    third = Chunk.of("far@example.net", UNIT, [1, 0, 0, 1, x + 300, 700], 12.0)
    assert list(scattered([first, second, third])) == ["far@example.net"]


def test_what_is_drawn_over_another_text_is_a_word() -> None:
    """Two frames at one place are two texts, each as it would be alone."""
    place = [1, 0, 0, 1, 72, 700]
    first = Chunk.of("Spring at the club", UNIT, place, 18.0)
    assert list(scattered([first, Chunk.of(ADDRESS, UNIT, place, 18.0)])) == [ADDRESS]


def test_an_address_in_two_chunks_is_whole() -> None:
    """A change of the font within a word does not split it."""
    first = Chunk.of("write to eve@", UNIT, [1, 0, 0, 1, 72, 700], 12.0)
    second = Chunk.of("example.net", UNIT, [1, 0, 0, 1, 72 + first.width, 700], 12.0)
    assert list(scattered([first, second])) == ["eve@example.net"]


def test_a_flat_matrix_does_no_harm() -> None:
    """A text of no height is somewhere all the same."""
    assert list(scattered([Chunk.of("a@b", UNIT, [0.0] * 6, 0.0)] * 3)) == ["a@b"]


def test_many_letters_take_linear_time() -> None:
    """A page of a hundred thousand letters is sorted, not compared pair by pair."""
    times = []
    for count in (20_000, 80_000):
        chunks = list(letters("@" * count, width=0.01))
        times.append(seconds(lambda: list(scattered(chunks)), 2))  # noqa: B023
    assert times[1] < 12 * times[0] + 0.1
