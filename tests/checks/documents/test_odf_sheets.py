"""Tables of an OpenDocument spreadsheet."""

from __future__ import annotations

import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from checks.documents.odf import flat
from checks.documents.packages import EVE, hidden_notes, pieces, places


def _cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def _row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def _table(
    *inside: str, attributes: str = "", styles: str = "", more: str = ""
) -> bytes:
    table = (
        f'<table:table table:name="Prices" {attributes}>{"".join(inside)}</table:table>'
    )
    return flat("spreadsheet", table + more, styles=styles)


_HIDES = (
    '<style:style style:name="off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)


def test_a_cell_has_its_place() -> None:
    """Behind rows and columns that stand for many."""
    content = _table(
        _row(_cell("x"), attributes='table:number-rows-repeated="5"'),
        _row(_cell("y", 'table:number-columns-repeated="2"'), _cell(EVE)),
    )
    assert places(content) == ["sheet 'Prices', cell C6"]


def test_a_million_rows_that_are_alike_are_one() -> None:
    """Their number is written down, and so is that of columns."""
    content = _table(
        _row(
            _cell(EVE, 'table:number-columns-repeated="16384"'),
            attributes='table:number-rows-repeated="1048576"',
        )
    )
    assert places(content) == ["sheet 'Prices', cell A1"]


def test_what_odfpy_writes_is_read() -> None:
    """A library of its own."""
    document = OpenDocumentSpreadsheet()
    table, row, cell = Table(name="Prices"), TableRow(), TableCell()
    cell.addElement(P(text=EVE))
    row.addElement(cell)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    from io import BytesIO

    out = BytesIO()
    document.save(out)
    assert places(out.getvalue()) == ["sheet 'Prices', cell A1"]
    assert hidden_notes(out.getvalue()) == []


def test_paragraphs_of_a_cell_are_one_cell() -> None:
    """Runs are joined, lines are not."""
    cell = (
        "<table:table-cell><text:p>eve@<text:span>example.net</text:span></text:p>"
        "<text:p>two</text:p></table:table-cell>"
    )
    [row] = [p for p in pieces(_table(_row(cell))) if p.line]
    assert row.text == f"{EVE} two"


def test_values_behind_a_cell_are_read() -> None:
    """The number that is shown in short, the formula that made it."""
    attributes = 'office:value="12345678901" table:formula="of:=[.B7]"'
    content = _table(_row(_cell("1.2E10", attributes)))
    [row] = [p for p in pieces(content) if p.place.startswith("formulas")]
    assert row.text == "of:=[.B7] 12345678901"


@pytest.mark.parametrize("how", ["style", "attribute"])
def test_a_hidden_sheet_is_told(how: str) -> None:
    """With the number of its rows; an empty one is nothing."""
    said = 'table:style-name="off"' if how == "style" else 'table:display="false"'
    content = _table(_row(_cell(EVE)), attributes=said, styles=_HIDES)
    assert places(content) == ["hidden sheet 'Prices', cell A1"]
    assert hidden_notes(content) == ["the sheet 'Prices' is hidden (1 row)"]
    assert hidden_notes(_table(_row(), attributes=said, styles=_HIDES)) == []


@pytest.mark.parametrize("how", ["collapse", "filter", "group"])
def test_hidden_rows_are_told(how: str) -> None:
    """Hidden, filtered out, or folded up."""
    row = _row(_cell(EVE), attributes=f'table:visibility="{how}"')
    if how == "group":
        row = (
            '<table:table-row-group table:display="false">'
            f"{_row(_cell(EVE))}</table:table-row-group>"
        )
    content = _table(row)
    assert places(content) == ["hidden rows of sheet 'Prices', cell A1"]
    assert hidden_notes(content) == ["1 row of sheet 'Prices' is hidden"]


@pytest.mark.parametrize("how", ["collapse", "group"])
def test_hidden_columns_are_told(how: str) -> None:
    """In a group that is folded up as well."""
    column = "<table:table-column {}/>"
    hidden = column.format(f'table:visibility="{how}"')
    if how == "group":
        hidden = (
            '<table:table-column-group table:display="false">'
            f"{column.format('')}</table:table-column-group>"
        )
    content = _table(column.format(""), hidden, _row(_cell("x"), _cell(EVE)))
    assert places(content) == ["hidden columns of sheet 'Prices', cell B1"]
    assert hidden_notes(content) == ["column B of sheet 'Prices' is hidden"]


def test_copies_of_another_file_are_told() -> None:
    """LibreOffice keeps the cells to which a formula refers."""
    content = _table(_row(_cell(EVE)), attributes='table:style-name="ta_extref"')
    assert hidden_notes(content) == ["it keeps copies of cells of another file"]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        (
            (
                f'<table:content-validations><table:content-validation a="{EVE}"/>'
                "</table:content-validations>"
            ),
            "list of allowed values",
        ),
        (
            (
                f'<table:named-expressions><table:named-range a="{EVE}"/>'
                "</table:named-expressions>"
            ),
            "defined name",
        ),
        (
            (
                "<table:database-ranges><table:database-range><table:filter "
                f'table:value="{EVE}"/></table:database-range></table:database-ranges>'
            ),
            "filter or sort of a range",
        ),
        (
            (
                f'<table:data-pilot-tables><table:data-pilot-table a="{EVE}"/>'
                "</table:data-pilot-tables>"
            ),
            "pivot table",
        ),
        (
            (
                "<table:tracked-changes><table:cell-content-change><table:previous>"
                f"<table:change-track-table-cell><text:p>{EVE}</text:p>"
                "</table:change-track-table-cell></table:previous>"
                "</table:cell-content-change></table:tracked-changes>"
            ),
            "deleted text",
        ),
        (
            (
                f"<table:tracked-changes><table:table-row><text:p>{EVE}</text:p>"
                "</table:table-row></table:tracked-changes>"
            ),
            "deleted text",
        ),
    ],
)
def test_what_stands_beside_the_tables_is_read(more: str, place: str) -> None:
    """Each in its place."""
    assert places(_table(more=more)) == [place]


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        (f"<table:shapes><x><text:p>{EVE}</text:p></x></table:shapes>", "drawing of "),
        (_row(f'<table:table-cell odd="{EVE}"/>'), "cells of "),
        (
            _row(f"<table:table-cell><x><text:p>{EVE}</text:p></x></table:table-cell>"),
            "",
        ),
        (_row(f'<table:table-cell><x xlink:href="{EVE}:1"/></table:table-cell>'), "c"),
    ],
)
def test_what_stands_on_a_sheet_is_read(inside: str, place: str) -> None:
    """Drawings, attributes, links."""
    assert places(_table(inside))[0].startswith(f"{place}")
    assert "sheet 'Prices'" in places(_table(inside))[0]


def test_a_table_in_a_table_is_read() -> None:
    """It belongs to the sheet."""
    inner = f"<table:table><x>{_row(_cell(EVE))}</x></table:table>"
    cell = f"<table:table-cell>{inner}</table:table-cell>"
    assert "sheet 'Prices'" in places(_table(_row(cell)))[0]


def test_a_row_without_a_table_is_read() -> None:
    """Nothing slips through."""
    content = flat("spreadsheet", f"<x>{_row(_cell(EVE))}</x>")
    assert places(content) != []
