"""Office Open XML: every part of the package is read, whatever it calls itself."""

from __future__ import annotations

import contextlib
import io

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.packages import EVE, edited, hidden_notes, package, pieces, places
from checks.planting.office import OfficeFile
from safesend.checks.documents import ooxml
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File
from safesend.checks.piece import Kind, NoteKind


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Hall", 12])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_WORKBOOK = _workbook()


@pytest.mark.parametrize(
    ("name", "xml", "place"),
    [
        ("docProps/core.xml", "<coreProperties><creator>{}</creator></coreProperties>",
         "document property 'creator'"),
        ("docProps/custom.xml", ("<Properties><property name='who'><lpwstr>{}</lpwstr>"
         "</property></Properties>"), "document property 'who'"),
        ("xl/charts/chart1.xml", "<chartSpace><v>{}</v></chartSpace>", "chart"),
        ("xl/connections.xml", "<connections><c s='{}'/></connections>",
         "data connection"),
        ("xl/queryTables/q.xml", "<queryTable n='{}'/>", "query table"),
        ("xl/tables/t.xml", "<table><tableColumn name='{}'/></table>", "table"),
        ("xl/drawings/d.vml", "<xml><textbox><div>{}</div></textbox></xml>",
         "part 'xl/drawings/d.vml'"),
        ("ppt/diagrams/d.xml", "<dataModel><p><r><t>{}</t></r></p></dataModel>",
         "diagram"),
        ("word/recipients.xml", "<recipients><r v='{}'/></recipients>",
         "recipients of a mail merge"),
        ("customXml/item1.xml", "<own><text>{}</text></own>",
         "part 'customXml/item1.xml'"),
        ("odd/late.xml", f"<!--{'x' * 5_000}--><late>{{}}</late>",
         "part 'odd/late.xml'"),
        ("xl/sharedStrings.xml", "<sst><odd a='{}'/></sst>", "texts of cells"),
        ("list.csv", "{}", "embedded file 'list.csv', cell A1"),
    ],
)  # fmt: skip
def test_every_part_has_its_place(name: str, xml: str, place: str) -> None:
    """Known ones by what they are, others by their name."""
    assert places(edited(_WORKBOOK, {name: xml.format(EVE)})) == [place]


def test_links_to_other_files_are_told() -> None:
    """They name folders and servers."""
    rels = (
        '<Relationships><Relationship Id="x" Type="t/externalLinkPath" '
        'TargetMode="External" Target="file:///C:/Users/eve/list.xlsx"/>'
        "</Relationships>"
    )
    content = edited(_WORKBOOK, {"xl/externalLinks/_rels/e.xml.rels": rels})
    [link] = [p for p in pieces(content) if "C:/Users" in p.text]
    assert (link.kind, link.place) == (Kind.LINK, "link")


def test_macros_are_told() -> None:
    """As a note; that their format is strange is not worth another."""
    content = edited(_WORKBOOK, {"xl/vbaProject.bin": b"\1\2\3 eve@example.net \4"})
    assert hidden_notes(content) == ["macros are in it"]
    assert hidden_notes(content, NoteKind.UNKNOWN) == []


def test_a_data_model_is_told() -> None:
    """It is a compressed copy of the rows behind a pivot table."""
    content = edited(_WORKBOOK, {"xl/model/item.data": b"\1\2\3" * 50})
    assert hidden_notes(content) == [
        "it holds a data model, which is a copy of its source data"
    ]


def test_printer_settings_raise_no_doubt() -> None:
    """Excel puts them into every workbook."""
    settings = {"xl/printerSettings/printerSettings1.bin": b"\0\1\2" * 50}
    content = edited(_WORKBOOK, dict(settings))
    assert hidden_notes(content, NoteKind.UNKNOWN) == []


def test_a_binary_workbook_is_unreadable() -> None:
    """There is a way out."""
    content = package({"xl/workbook.bin": b"\x83\1"})
    told = "it is a binary workbook (.xlsb); save it as .xlsx"
    assert hidden_notes(content, NoteKind.UNREADABLE)[:1] == [told]


def test_damaged_relations_are_noted() -> None:
    """The document is read as far as it goes."""
    content = edited(_WORKBOOK, {"xl/worksheets/_rels/sheet1.xml.rels": "<a><"})
    assert hidden_notes(content, NoteKind.UNREADABLE) == ["it is damaged"]
    assert places(content, "Hall") == ["sheet 'Sheet', cell A1"]


def test_ordinary_workbooks_hide_nothing() -> None:
    """Of two libraries, with a filter, a print area, a chart, frozen panes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Prices")
    sheet.write_row(0, 0, ["What", "Price"])
    sheet.write_row(1, 0, ["Hall", 120])
    sheet.autofilter(0, 0, 1, 1)
    sheet.print_area(0, 0, 1, 1)
    sheet.freeze_panes(1, 0)
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"values": "=Prices!$B$2:$B$2"})
    sheet.insert_chart("D2", chart)
    sheet.insert_textbox("D9", "A text box")
    book.close()
    for content in (_WORKBOOK, out.getvalue()):
        assert hidden_notes(content) == []
        assert hidden_notes(content, NoteKind.UNKNOWN) == []
        assert hidden_notes(content, NoteKind.UNREADABLE) == []


@pytest.mark.parametrize(
    ("source", "kind", "told"),
    [
        (
            "sheets",
            "xlsx",
            {
                "2 rows of sheet 'Prices' are hidden",
                "column C of sheet 'Prices' is hidden",
                "the sheet 'raw' is hidden (1 row)",
                "a comment is in it",
            },
        ),
        (
            "letter",
            "docx",
            {
                "tracked changes are still in it (1 deleted, 1 inserted)",
                "a paragraph of it holds hidden text",
                "a comment is in it",
            },
        ),
        (
            "slides",
            "pptx",
            {"speaker notes are in it", "slide 2 is hidden", "a comment is in it"},
        ),
    ],
)
def test_what_libreoffice_hides_is_told(
    source: str, kind: str, told: set[str], office_file: OfficeFile
) -> None:
    """In the words of those who look for it."""
    assert set(hidden_notes(office_file(source, kind).read_bytes())) == told


@given(
    st.integers(0, len(_WORKBOOK) - 1),
    st.integers(0, 40),
    st.binary(max_size=40),
)
def test_damage_is_unreadable_at_worst(at: int, cut: int, put: bytes) -> None:
    """Whatever octets are lost or changed."""
    content = _WORKBOOK[:at] + put + _WORKBOOK[at + cut :]
    with contextlib.suppress(Unreadable):
        list(ooxml.read(File("a.xlsx", content)))


_SHEET = (
    b'<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData>'
    b'<row r="1" ht="0"><c r="A1" s="1" t="s"><v>0</v></c></row></sheetData>'
    b"</worksheet>"
)


@given(
    st.integers(0, len(_SHEET) - 1),
    st.integers(0, 30),
    st.sampled_from(
        [b'"-1"', b'"9' + b"9" * 30 + b'"', '"²"'.encode(), b"<a>", b"nan"]
    ),
)
def test_damage_in_a_sheet_is_unreadable_at_worst(
    at: int, cut: int, put: bytes
) -> None:
    """Attributes and tags that make no sense."""
    sheet = _SHEET[:at] + put + _SHEET[at + cut :]
    with contextlib.suppress(Unreadable):
        list(ooxml.read(File("a.xlsx", package({"xl/worksheets/sheet1.xml": sheet}))))
