"""Workbooks: every cell has its place, and what is hidden is told."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation

from checks.documents.packages import (
    EVE,
    edited,
    hidden_notes,
    package,
    pieces,
    places,
    workbook,
)
from safesend.checks.documents.files import read_file
from safesend.checks.piece import Kind, NoteKind, Piece

_STYLED = 's="1"'
_UNSHOWN = (
    '<numFmts><numFmt numFmtId="164" formatCode=";;;"/></numFmts>'
    '<cellXfs><xf/><xf numFmtId="164"/></cellXfs>'
)
_WHITE = (
    '<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts><fills><fill>'
    '<patternFill patternType="none"/></fill></fills>'
    '<cellXfs><xf/><xf fontId="1" fillId="0"/></cellXfs>'
)


def _made(change: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    book.active.append(["Hall", 12])
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(*rows: str, before: str = "", after: str = "") -> bytes:
    return workbook(f"{before}<sheetData>{''.join(rows)}</sheetData>{after}")


def _row(text: str, attributes: str = "", cell: str = "") -> str:
    inside = f'<c r="B7" t="inlineStr" {cell}><is><t>{text}</t></is></c>'
    return f'<row r="7" {attributes}>{inside}</row>'


def test_a_cell_is_named_as_a_person_looks_for_it() -> None:
    """Sheet, column and row."""

    def change(book: Any) -> None:
        book.active["B7"] = EVE

    assert places(_made(change)) == ["sheet 'Prices', cell B7"]


def test_a_row_is_one_piece_with_its_columns() -> None:
    """Cells stand between tabs; a tab or line end in one is a space."""

    def change(book: Any) -> None:
        book.active.append(["a\nb", None, "c\td"])

    [row] = [piece for piece in pieces(_made(change)) if piece.line == 2]
    assert (row.text, row.columns) == ("a b\tc d", ("A", "C"))


def test_numbers_and_dates_are_read_as_they_are_shown() -> None:
    """An account number is found, and so is a birthday."""

    def change(book: Any) -> None:
        book.active.append([12345678901, dt.date(1980, 5, 17), True, 4.1])

    [row] = [piece for piece in pieces(_made(change)) if piece.line == 2]
    assert row.text == "12345678901\t1980-05-17\tTRUE\t4.1"


def test_runs_of_one_cell_are_joined() -> None:
    """Rich text cuts an address anywhere; a phonetic guide is read after it."""
    inside = (
        "<is><r><t>eve@exa</t></r><r><rPr><b/></rPr><t>mple.net</t></r>"
        "<rPh sb='0' eb='1'><t>guide</t></rPh></is>"
    )
    content = _rows(f'<row><c t="inlineStr">{inside}</c></row>')
    assert places(content) == ["sheet 'Prices', cell A1"]
    assert places(content, f"{EVE} guide") == ["sheet 'Prices', cell A1"]


def test_a_formula_is_read_beside_its_value() -> None:
    """What stands in it is markup; what it gave is text."""
    cell = f'<c r="C3" t="str"><f>"{EVE}"</f><v>value</v></c>'
    content = _rows(f'<row r="3">{cell}</row>')
    assert places(content) == ["formulas of sheet 'Prices', cell C3"]
    assert places(content, "value") == ["sheet 'Prices', cell C3"]


@pytest.mark.parametrize(
    ("state", "place", "what"),
    [
        ("hidden", "hidden sheet", "hidden"),
        (
            "veryHidden",
            "very hidden sheet",
            "hidden so that Excel does not offer to show it",
        ),
    ],
)
def test_a_hidden_sheet_is_told(state: str, place: str, what: str) -> None:
    """With the number of its rows, whoever is named in it."""

    def change(book: Any) -> None:
        book.create_sheet("raw").append([EVE])
        book["raw"].sheet_state = state
        book["raw"].append(["x"])

    content = _made(change)
    assert places(content) == [f"{place} 'raw', cell A1"]
    assert hidden_notes(content) == [f"the sheet 'raw' is {what} (2 rows)"]
    assert all(p.hidden for p in pieces(content) if "'raw'" in p.place)


def test_an_empty_hidden_sheet_is_nothing() -> None:
    """There is nothing to see in it."""

    def change(book: Any) -> None:
        book.create_sheet("raw").sheet_state = "hidden"

    assert hidden_notes(_made(change)) == []


@pytest.mark.parametrize(
    "attributes", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"']
)
def test_a_hidden_row_is_told(attributes: str) -> None:
    """By a mark (a filter sets the same), or as a row without height."""
    content = _rows(_row(EVE, attributes))
    assert places(content) == ["hidden rows of sheet 'Prices', cell B7"]
    assert hidden_notes(content) == ["1 row of sheet 'Prices' is hidden"]


def test_several_hidden_rows_are_counted() -> None:
    """One note for all of a sheet; rows without text do not count."""
    rows = [_row(EVE, 'hidden="1"')] * 3 + ['<row hidden="1"/>']
    assert hidden_notes(_rows(*rows)) == ["3 rows of sheet 'Prices' are hidden"]


@pytest.mark.parametrize("attributes", ['hidden="1"', 'width="0" customWidth="1"'])
def test_a_hidden_column_is_told(attributes: str) -> None:
    """By a mark, or as a column without width."""
    columns = f'<cols><col min="2" max="16384" {attributes}/></cols>'
    content = _rows(_row(EVE), before=columns)
    assert places(content) == ["hidden columns of sheet 'Prices', cell B7"]
    assert hidden_notes(content) == ["column B of sheet 'Prices' is hidden"]


def test_hidden_columns_without_text_are_nothing() -> None:
    """Everything to the right of a table is often hidden."""
    columns = '<cols><col min="3" max="16384" hidden="1"/></cols>'
    assert hidden_notes(_rows(_row(EVE), before=columns)) == []


def test_many_hidden_columns_are_counted_in_the_end() -> None:
    """Twenty are named, the rest is a number."""
    cells = "".join(f'<c r="{chr(65 + n)}1"><v>1</v></c>' for n in range(23))
    columns = '<cols><col min="1" max="30" hidden="1"/></cols>'
    notes = hidden_notes(_rows(f"<row>{cells}</row>", before=columns))
    assert (len(notes), notes[-1]) == (
        21,
        "3 more columns of sheet 'Prices' are hidden",
    )


@pytest.mark.parametrize("style", [_UNSHOWN, _WHITE])
def test_invisible_cells_are_told(style: str) -> None:
    """A format that shows nothing, or white on white."""
    styles = {"xl/styles.xml": f"<styleSheet>{style}</styleSheet>"}
    row = f"<sheetData>{_row(EVE, cell=_STYLED)}</sheetData>"
    content = workbook(row, more=dict(styles))
    assert places(content) == ["invisible cells of sheet 'Prices', cell B7"]
    assert hidden_notes(content) == ["1 cell of sheet 'Prices' is made invisible"]


def test_white_on_a_colour_is_no_secret() -> None:
    """The heading of many a table."""
    style = (
        '<fonts><font><color rgb="FFFFFFFF"/></font></fonts>'
        '<fills><fill><patternFill patternType="solid"/></fill></fills>'
        '<cellXfs><xf/><xf fontId="0" fillId="0"/></cellXfs>'
    )
    styles = {"xl/styles.xml": f"<styleSheet>{style}</styleSheet>"}
    row = f"<sheetData>{_row(EVE, cell=_STYLED)}</sheetData>"
    assert hidden_notes(workbook(row, more=dict(styles))) == []


def test_strings_of_deleted_cells_are_told() -> None:
    """They stay in the table of strings until somebody tidies up."""
    strings = f"<sst><si><t>used</t></si><si><t>{EVE}</t></si><si><t> </t></si></sst>"
    rows = '<sheetData><row><c t="s"><v>0</v></c></row></sheetData>'
    content = workbook(rows, more={"xl/sharedStrings.xml": strings})
    assert places(content) == ["text of deleted cells"]
    assert hidden_notes(content) == ["1 text of deleted cells is still in it"]


def test_several_leftovers_are_counted() -> None:
    """In the plural."""
    strings = f"<sst><si><t>{EVE}</t></si><si><t>x</t></si></sst>"
    content = workbook("<sheetData/>", more={"xl/sharedStrings.xml": strings})
    assert hidden_notes(content) == ["2 texts of deleted cells are still in it"]


def test_a_string_that_is_not_there_is_empty() -> None:
    """A cell may point beyond the table of strings."""
    rows = '<row><c t="s"><v>7</v></c><c t="s"><v>-1</v></c><c t="s"><v>x</v></c></row>'
    assert [p for p in pieces(_rows(rows)) if p.line] == []


def test_a_hidden_name_is_told() -> None:
    """Except for those that Excel hides by itself."""
    names = (
        f'<definedName name="who" hidden="1">"{EVE}"</definedName>'
        '<definedName name="_xlnm._FilterDatabase" hidden="1">A1:B2</definedName>'
        '<definedName name="_xlnm.Print_Area">A1:B2</definedName>'
        '<definedName name="seen">Prices!A1</definedName>'
    )
    content = edited(
        workbook("<sheetData/>"),
        {
            "xl/workbook.xml": "<workbook><workbookPr date1904='1'/><definedNames>"
            f"{names}</definedNames></workbook>"
        },
    )
    assert places(content) == ["defined name 'who'"]
    assert hidden_notes(content) == ["the defined name 'who' is hidden"]


def test_codes_of_a_page_header_are_no_text() -> None:
    """`&C` centres what follows; `&&` is one &."""
    header = (
        "<headerFooter><oddHeader>&amp;L&amp;P&amp;CA &amp;&amp; B "
        f'&amp;"Arial,Bold"&amp;12{EVE}&amp;K00FF00 end</oddHeader></headerFooter>'
    )
    content = _rows(after=header)
    where = "page header or footer of sheet 'Prices'"
    assert (places(content), places(content, "A & B ")) == ([where], [where])
    [piece] = [p for p in pieces(content) if EVE in p.text]
    assert piece.text.split() == ["A", "&", "B", EVE, "end"]


def test_lists_of_allowed_values_are_read() -> None:
    """The values stand in the file, shown or not."""

    def change(book: Any) -> None:
        check = DataValidation(type="list", formula1=f'"{EVE},b"')
        book.active.add_data_validation(check)
        check.add("A5")

    assert places(_made(change)) == ["list of allowed values of sheet 'Prices'"]


def test_links_lead_to_their_sheet() -> None:
    """The target stands in the relations of the sheet."""

    def change(book: Any) -> None:
        book.active["A5"] = "write"
        book.active["A5"].hyperlink = f"mailto:{EVE}"

    content = _made(change)
    assert places(content) == ["link in sheet 'Prices'"]
    assert [p.kind for p in pieces(content) if EVE in p.text] == [Kind.LINK]


def test_what_a_cell_should_not_hold_is_read_all_the_same() -> None:
    """Unknown attributes and elements of a cell."""
    odd = f'<c r="A1" odd="{EVE}"><v>1</v><x>other@example.net</x></c>'
    content = _rows(f"<row>{odd}</row>")
    where = ["formulas of sheet 'Prices', cell A1"]
    assert (places(content), places(content, "other@")) == (where, where)


def test_columns_that_overlap_are_damage() -> None:
    """So that a small file cannot keep us busy."""
    columns = '<col min="1" max="16384" hidden="1"/>' * 2
    content = _rows(before=f"<cols>{columns}</cols>")
    assert hidden_notes(content, NoteKind.UNREADABLE) == ["it is damaged"]


def test_a_sheet_that_no_workbook_knows_is_read() -> None:
    """Nothing in the package slips through."""
    row = f"<worksheet><sheetData>{_row(EVE)}</sheetData></worksheet>"
    content = package({"xl/lost.xml": row, "xl/a.xml": "<workbook/>"})
    assert places(content) == ["sheet 'xl/lost.xml', cell B7"]


def test_strings_that_repeat_without_end_are_refused() -> None:
    """A long string that every cell shows costs what it says each time."""
    strings = f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>"
    cells = '<c t="s"><v>0</v></c>' * 1_000
    content = workbook(
        f"<sheetData><row>{cells}</row></sheetData>",
        more={"xl/sharedStrings.xml": strings, "noise.bin": bytes(range(256))},
    )
    [note] = hidden_notes(content, NoteKind.UNREADABLE)
    assert note.startswith(("it holds more", "it swells"))


def test_two_hundred_thousand_rows_are_read_one_by_one() -> None:
    """Rows come out while the sheet is read, and are not kept."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n * 7919}</v></c></row>'
        for n in range(1, 50_001)
    )
    content = _rows(rows, _row(EVE))
    count = sum(1 for p in read_file("a.xlsx", content) if isinstance(p, Piece))
    assert count > 50_000
