import os

from hypothesis import given
from hypothesis import strategies as st

from safesend.intake.scratch import Scratch


@given(st.lists(st.binary(max_size=5_000), max_size=12), st.integers(0, 40_000))
def test_what_was_appended_is_read(pieces, place):
    """
    In order, from any place, by any number of readers.
    """
    scratch = Scratch()
    for piece in pieces:
        scratch.append(piece)
    whole = b"".join(pieces)

    assert scratch.reader().read() == whole
    assert scratch.reader(place).read() == whole[place:]
    assert scratch.read_at(place, 7) == whole[place : place + 7]


def test_a_reader_sees_what_comes_later():
    """
    Appending goes on while others read.
    """
    scratch = Scratch()
    scratch.append(b"ab")
    reader = scratch.reader()

    assert reader.read(2) == b"ab"
    scratch.append(b"cd")
    assert reader.read(2) == b"cd"


def test_it_is_closed_with_its_last_user():
    """
    No handle stays behind.
    """
    scratch = Scratch()
    handle = scratch._handle
    same = os.fstat(handle).st_ino
    del scratch

    try:
        assert os.fstat(handle).st_ino != same
    except OSError as error:
        assert error.errno == 9  # noqa: PT017
