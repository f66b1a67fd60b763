import pytest

from checks import worlds
from safesend.checks.whereabouts import whereabouts


@pytest.mark.parametrize("place", ["", "mail inside, header To"])
def test_a_header_is_one_place_raw_and_decoded(place):
    """
    Whoever is named in both is named once.
    """
    raw = worlds.header("To", "x", place=place)
    decoded = worlds.header("To", "x", place=f"{place}, decoded".lstrip(", "))

    assert whereabouts(raw) == whereabouts(decoded) == ("header To", place)


def test_lines_of_one_place_belong_together():
    """
    Rows of a sheet are one place, and two sheets are two.
    """
    first, second = worlds.row_of_sheet("x", line=1), worlds.row_of_sheet("y", line=2)
    other = worlds.row_of_sheet("x", place="hidden sheet 'raw'")

    assert whereabouts(first) == whereabouts(second)
    assert whereabouts(first) != whereabouts(other)
