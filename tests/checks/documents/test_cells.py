"""Cells: what a value says as its format shows it."""

from __future__ import annotations

import pytest

from checks.documents.packages import package
from safesend.checks.documents.cells import (
    Formats,
    column_name,
    column_number,
    one_line,
    read_formats,
    shared_strings,
    whole,
)
from safesend.checks.documents.files import File
from safesend.checks.documents.package import Package, Part


def _part(xml: str) -> Part:
    file = File("a.xlsx", package({"a.xml": xml}))
    return next(p for p in Package.of(file).parts() if p.name == "a.xml")


def _formats(code: str, *, since_1904: bool = False) -> Formats:
    xml = (
        f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts>'
        "<fonts><font/></fonts><fills><fill><gradientFill/></fill></fills>"
        '<cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    return read_formats(_part(xml), since_1904=since_1904)


@pytest.mark.parametrize("number", [1, 26, 27, 28, 702, 703, 16_384])
def test_columns_have_letters(number: int) -> None:
    """There and back."""
    assert column_number(column_name(number)) == number


def test_columns_of_known_names() -> None:
    """As a spreadsheet shows them; what is no column is 0."""
    assert [column_name(n) for n in (1, 28, 16_384)] == ["A", "AB", "XFD"]
    assert [column_number(name) for name in ("", "é", "a", "$A")] == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12345678901", "12345678901"),
        ("1.2345678901E10", "12345678901"),
        ("1.2345678901e10", "12345678901"),
        ("4.0999999999999996", "4.1"),
        ("123456789012345678", "123456789012345680"),
        ("1E300", "1e+300"),
        ("0.1", "0.1"),
        ("EUR", "EUR"),
        ("1" * 50, "1" * 50),
        ("nan but longer", "nan but longer"),
        ("inf" + " " * 14, "inf"),
    ],
)
def test_numbers_are_written_out(value: str, shown: str) -> None:
    """As far as a program shows them."""
    assert Formats().shown(value, 0) == shown


@pytest.mark.parametrize("code", ["dd.mm.yyyy", "yyyy\\-mm\\-dd", "[$-407]d/ mmm"])
def test_dates_are_written_as_dates(code: str) -> None:
    """In the form that everybody understands."""
    assert _formats(code).shown("29358", 1) == "1980-05-17"


@pytest.mark.parametrize(
    "code", ["0.00", "General", "0 &quot;days&quot;", "[Red]0", "h:mm", "x" * 400]
)
def test_other_numbers_are_no_dates(code: str) -> None:
    """What is quoted does not count."""
    assert _formats(code).shown("29358", 1) == "29358"


def test_moments_have_a_time() -> None:
    """To the minute."""
    assert Formats(dates=frozenset({1})).shown("29358.5", 1) == "1980-05-17 12:00"


def test_the_other_epoch_is_known() -> None:
    """Workbooks of old Macs count from 1904."""
    assert _formats("d", since_1904=True).shown("27896", 2) == "1980-05-17"


@pytest.mark.parametrize("value", ["-1", "1E99", "nan", "x", "99999999"])
def test_no_date_is_no_date(value: str) -> None:
    """It is read as it stands."""
    assert Formats(dates=frozenset({1})).shown(value, 1) == value


def test_numbers_are_filled_up() -> None:
    """The format 00000 shows a post code."""
    assert _formats("00000").shown("1234", 1) == "01234"


def test_a_cell_is_one_line() -> None:
    """Tabs separate cells."""
    assert one_line("a\r\nb\tc") == "a  b c"


@pytest.mark.parametrize(
    ("text", "number"),
    [(None, -1), ("", -1), ("7", 7), ("-7", -1), ("²", -1), ("9" * 9, -1), ("٣", 3)],
)
def test_whole_numbers_are_bounded(text: str | None, number: int) -> None:
    """Whatever an attribute says."""
    assert whole(text) == number


def test_shared_strings_come_in_order() -> None:
    """With their runs joined."""
    xml = "<sst><si><t>a</t></si><si><r><t>b</t></r><r><t>c</t></r></si><odd/></sst>"
    assert list(shared_strings(_part(xml))) == ["a", "bc"]
