"""Office files written by the libraries that programs use to write them.

openpyxl, XlsxWriter, python-docx, python-pptx and odfpy; what they cannot make is a
member of the archive, added or changed with `zipfile`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from checks.planting.spot import Spot, named

__all__ = ["WRITTEN", "with_member"]


def with_member(package: bytes, name: str, content: bytes) -> bytes:
    """The package with one more (or another) member of this name."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            if member.filename != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# openpyxl ----------------------------------------------------------------------------

Change = Callable[[Any, str], object]


def _openpyxl(change: Change) -> Callable[[str], bytes]:
    """A price list, changed by a function of workbook and text."""

    def make(text: str) -> bytes:
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        sheet.title = "Prices"
        sheet.append(["What", "Price"])
        sheet.append(["Hall", 120])
        change(book, text)
        return _saved(book)

    return make


def _cell(book: Any, text: str) -> None:
    book["Prices"]["B7"] = text


def _second_sheet(state: str) -> Change:
    def change(book: Any, text: str) -> None:
        sheet = book.create_sheet("raw")
        sheet.append(["name", "mail"])
        sheet.append(["Eve", text])
        sheet.sheet_state = state

    return change


def _hidden_row(book: Any, text: str) -> None:
    book["Prices"]["A5"] = text
    book["Prices"].row_dimensions[5].hidden = True


def _hidden_column(book: Any, text: str) -> None:
    book["Prices"]["D1"] = text
    book["Prices"].column_dimensions["D"].hidden = True


def _comment(book: Any, text: str) -> None:
    from openpyxl.comments import Comment

    book["Prices"]["A1"].comment = Comment(f"ask {text}", "The Club")


def _comment_author(book: Any, text: str) -> None:
    from openpyxl.comments import Comment

    book["Prices"]["A1"].comment = Comment("ask", text)


def _defined_name(book: Any, text: str) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    book.defined_names["who"] = DefinedName("who", attr_text=f'"{text}"', hidden=True)


def _validation(book: Any, text: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="list", formula1=f'"{text},other"')
    rule.prompt, rule.error = "choose", "no"
    rule.add("A9")
    book["Prices"].add_data_validation(rule)


def _condition(book: Any, text: str) -> None:
    from openpyxl.formatting.rule import FormulaRule

    rule = FormulaRule(formula=[f'$A$1="{text}"'])
    book["Prices"].conditional_formatting.add("A1:A9", rule)


def _print_header(book: Any, text: str) -> None:
    book["Prices"].oddHeader.center.text = text


def _formula(book: Any, text: str) -> None:
    book["Prices"]["A9"] = f'=CONCATENATE("{text}","")'


def _linked_cell(book: Any, text: str) -> None:
    book["Prices"]["A9"] = "write"
    book["Prices"]["A9"].hyperlink = f"mailto:{text}"


def _property(name: str) -> Change:
    return lambda book, text: setattr(book.properties, name, text)


def _own_property(book: Any, text: str) -> None:
    from openpyxl.packaging.custom import StringProperty

    book.custom_doc_props.append(StringProperty(name="who", value=text))


def _white(book: Any, text: str) -> None:
    from openpyxl.styles import Font

    book["Prices"]["F40"] = text
    book["Prices"]["F40"].font = Font(color="FFFFFFFF")


def _invisible_format(book: Any, text: str) -> None:
    book["Prices"]["F40"] = text
    book["Prices"]["F40"].number_format = ";;;"


def _far_away(book: Any, text: str) -> None:
    book["Prices"]["XFD1048576"] = text


def _sheet_name(book: Any, text: str) -> None:
    book.create_sheet(text[:31])


_XLSX: dict[str, tuple[Change, tuple[str, ...]]] = {
    "cell": (_cell, ("B7",)),
    "second sheet": (_second_sheet("visible"), ("raw", "B2")),
    "hidden sheet": (_second_sheet("hidden"), ("raw", "B2")),
    "very hidden sheet": (_second_sheet("veryHidden"), ("raw", "B2")),
    "hidden row": (_hidden_row, ("A5",)),
    "hidden column": (_hidden_column, ("D1",)),
    "comment": (_comment, ()),
    "comment author": (_comment_author, ()),
    "defined name": (_defined_name, ()),
    "validation": (_validation, ()),
    "condition": (_condition, ()),
    "print header": (_print_header, ()),
    "formula": (_formula, ()),
    "link": (_linked_cell, ()),
    "creator": (_property("creator"), ()),
    "last editor": (_property("lastModifiedBy"), ()),
    "title": (_property("title"), ()),
    "keywords": (_property("keywords"), ()),
    "description": (_property("description"), ()),
    "own property": (_own_property, ()),
    "white": (_white, ("F40",)),
    "invisible format": (_invisible_format, ("F40",)),
    "far away": (_far_away, ()),
}


def _xlsx_member(name: str, form: str) -> Callable[[str], bytes]:
    before, _, after = form.partition("{}")
    plain = _openpyxl(lambda book, text: None)
    return lambda text: with_member(plain(""), name, (before + text + after).encode())


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PIVOT = (
    f'<pivotCacheDefinition xmlns="{_MAIN}"><cacheFields count="1"><cacheField '
    'name="mail"><sharedItems count="1"><s v="{}"/></sharedItems></cacheField>'
    "</cacheFields></pivotCacheDefinition>"
)
_EXTERNAL = (
    f'<externalLink xmlns="{_MAIN}"><externalBook><sheetDataSet><sheetData '
    'sheetId="0"><row r="1"><cell r="A1" t="str"><v>{}</v></cell></row></sheetData>'
    "</sheetDataSet></externalBook></externalLink>"
)
_SHARED = (
    f'<sst xmlns="{_MAIN}" count="1" uniqueCount="3"><si><t>What</t></si><si>'
    "<t>Price</t></si><si><r><t>Hall </t></r><r><t>{}</t></r></si></sst>"
)

_XLSX_MEMBERS = {
    "pivot cache": ("xl/pivotCache/pivotCacheDefinition1.xml", _PIVOT),
    "external link": ("xl/externalLinks/externalLink1.xml", _EXTERNAL),
    "shared string": ("xl/sharedStrings.xml", _SHARED),
    "custom xml": ("customXml/item1.xml", "<who>{}</who>"),
    "odd member": ("xl/who.dat", "who is {} then"),
    "member name": ("xl/{}.xml", "<x/>"),
    "thread": (
        "xl/threadedComments/threadedComment1.xml",
        (
            '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/'
            '2018/threadedcomments"><threadedComment ref="A1"><text>{}</text>'
            "</threadedComment></ThreadedComments>"
        ),
    ),
    "person": (
        "xl/persons/person.xml",
        (
            '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/'
            'threadedcomments"><person displayName="Eve" id="1" userId="{}"/>'
            "</personList>"
        ),
    ),
    "connection": (
        "xl/connections.xml",
        f'<connections xmlns="{_MAIN}"><connection id="1" name="{{}}"/></connections>',
    ),
}


def _member_name(text: str) -> bytes:
    plain = _openpyxl(lambda book, text: None)("")
    return with_member(plain, f"xl/{text}.xml", b"<x/>")


# XlsxWriter --------------------------------------------------------------------------


def _xlsxwriter(change: Callable[[Any, Any, str], object]) -> Callable[[str], bytes]:
    """A workbook of XlsxWriter, changed by a function of book, sheet and text."""

    def make(text: str) -> bytes:
        import xlsxwriter

        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False})
        sheet = book.add_worksheet("Prices")
        sheet.write(0, 0, "Hall")
        change(book, sheet, text)
        book.close()
        return out.getvalue()

    return make


def _rich(book: Any, sheet: Any, text: str) -> None:
    bold = book.add_format({"bold": True})
    sheet.write_rich_string(2, 1, "to ", bold, text[:5], text[5:], " now")


def _textbox(book: Any, sheet: Any, text: str) -> None:
    sheet.insert_textbox("C3", f"for {text}")


def _chart(book: Any, sheet: Any, text: str) -> None:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Prices!$A$1:$A$2", "name": text})
    sheet.insert_chart("C3", chart)


def _outlined(book: Any, sheet: Any, text: str) -> None:
    sheet.write(4, 0, text)
    sheet.set_row(4, None, None, {"level": 1, "hidden": True})


def _filtered(book: Any, sheet: Any, text: str) -> None:
    sheet.write(4, 0, text)
    sheet.autofilter("A1:A9")
    sheet.filter_column("A", "x == Hall")
    sheet.set_row(4, options={"hidden": True})


_XLSXWRITER = {
    "rich text": _rich,
    "text box": _textbox,
    "chart": _chart,
    "grouped row": _outlined,
    "filtered row": _filtered,
    "note": lambda book, sheet, text: sheet.write_comment("A1", text),
    "picture text": lambda book, sheet, text: sheet.insert_textbox(
        "C3", "x", {"description": text}
    ),
}


# python-docx -------------------------------------------------------------------------


def _docx(change: Change) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        import docx

        document = docx.Document()
        document.add_paragraph("The hall is open again.")
        change(document, text)
        return _saved(document)

    return make


def _runs(document: Any, text: str) -> None:
    paragraph = document.add_paragraph("for ")
    for number, letter in enumerate(text):
        paragraph.add_run(letter).bold = number % 2 == 0


def _docx_table(document: Any, text: str) -> None:
    document.add_table(1, 2).cell(0, 1).text = text


def _vanished(document: Any, text: str) -> None:
    document.add_paragraph().add_run(text).font.hidden = True


def _field(document: Any, text: str) -> None:
    from docx.oxml import OxmlElement

    run = document.add_paragraph().add_run()
    code = OxmlElement("w:instrText")
    code.text = f'HYPERLINK "mailto:{text}"'
    run._r.append(code)


def _deleted(document: Any, text: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    change, run, gone = (OxmlElement(name) for name in ("w:del", "w:r", "w:delText"))
    change.set(qn("w:author"), "The Club")
    gone.text = text
    run.append(gone)
    change.append(run)
    document.add_paragraph("changed")._p.append(change)


def _changed_by(document: Any, text: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    change = OxmlElement("w:ins")
    change.set(qn("w:author"), text)
    document.add_paragraph("changed")._p.append(change)


def _docx_link(document: Any, text: str) -> None:
    kind = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    )
    document.part.relate_to(f"mailto:{text}", kind, is_external=True)


_DOCX: dict[str, Change] = {
    "paragraph": lambda document, text: document.add_paragraph(f"for {text}"),
    "runs": _runs,
    "table": _docx_table,
    "header": lambda document, text: setattr(
        document.sections[0].header.paragraphs[0], "text", text
    ),
    "footer of the first page": lambda document, text: setattr(
        document.sections[0].first_page_footer.paragraphs[0], "text", text
    ),
    "hidden text": _vanished,
    "field": _field,
    "deleted text": _deleted,
    "changed by": _changed_by,
    "link": _docx_link,
    "author": lambda document, text: setattr(document.core_properties, "author", text),
    "comments": lambda document, text: setattr(
        document.core_properties, "comments", text
    ),
    "comment": lambda document, text: document.add_comment(
        document.paragraphs[0].runs, text=text, author="The Club"
    ),
    "comment author": lambda document, text: document.add_comment(
        document.paragraphs[0].runs, text="see", author=text
    ),
}

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DOCX_MEMBERS = {
    "mail merge source": (
        "word/settings.xml",
        (
            f'<w:settings xmlns:w="{_WORD}"><w:mailMerge><w:query '
            "w:val=\"SELECT * FROM x WHERE mail = '{}'\"/></w:mailMerge></w:settings>"
        ),
    ),
    "custom xml": ("customXml/item1.xml", "<who mail='{}'/>"),
    "people": (
        "word/people.xml",
        (
            '<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml">'
            '<w15:person w15:author="{}"/></w15:people>'
        ),
    ),
    "footnotes": (
        "word/footnotes.xml",
        (
            f'<w:footnotes xmlns:w="{_WORD}"><w:footnote w:id="2"><w:p><w:r>'
            "<w:t>{}</w:t></w:r></w:p></w:footnote></w:footnotes>"
        ),
    ),
    "embedded csv": ("word/embeddings/list.csv", "name;mail\nEve;{}\n"),
}


def _docx_member(name: str, form: str) -> Callable[[str], bytes]:
    before, _, after = form.partition("{}")
    plain = _docx(lambda document, text: None)
    return lambda text: with_member(plain(""), name, (before + text + after).encode())


def _embedded_workbook(text: str) -> bytes:
    plain = _docx(lambda document, text: None)("")
    workbook = _openpyxl(_second_sheet("veryHidden"))(text)
    return with_member(plain, "word/embeddings/Microsoft_Excel_Sheet1.xlsx", workbook)


# python-pptx -------------------------------------------------------------------------


def _pptx(change: Change) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        import pptx

        show = pptx.Presentation()
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = "The hall is open"
        change(show, text)
        return _saved(show)

    return make


def _slide_of(show: Any) -> Any:
    return show.slides[0]


def _speaker_notes(show: Any, text: str) -> None:
    _slide_of(show).notes_slide.notes_text_frame.text = text


def _hidden_slide(show: Any, text: str) -> None:
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = text
    slide._element.set("show", "0")


def _slide_table(show: Any, text: str) -> None:
    shape = _slide_of(show).shapes.add_table(1, 1, 0, 0, 900000, 900000)
    shape.table.cell(0, 0).text = text


def _slide_runs(show: Any, text: str) -> None:
    paragraph = _slide_of(show).shapes.title.text_frame.paragraphs[0]
    for letter in text:
        paragraph.add_run().text = letter


def _slide_chart(show: Any, text: str) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData()
    data.categories = [text, "other"]
    data.add_series("s", (1, 2))
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED
    _slide_of(show).shapes.add_chart(kind, 0, 0, 900000, 900000, data)


def _slide_link(show: Any, text: str) -> None:
    run = _slide_of(show).shapes.title.text_frame.paragraphs[0].add_run()
    run.text = "write"
    run.hyperlink.address = f"mailto:{text}"


def _shape_name(show: Any, text: str) -> None:
    _slide_of(show).shapes.title.name = text


_PPTX: dict[str, Change] = {
    "title": lambda show, text: setattr(_slide_of(show).shapes.title, "text", text),
    "runs": _slide_runs,
    "speaker notes": _speaker_notes,
    "hidden slide": _hidden_slide,
    "table": _slide_table,
    "chart": _slide_chart,
    "link": _slide_link,
    "shape name": _shape_name,
    "author": lambda show, text: setattr(show.core_properties, "author", text),
}


# odfpy -------------------------------------------------------------------------------


def _odfpy(text: str) -> bytes:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    table, row, cell = Table(name="Prices"), TableRow(), TableCell()
    cell.addElement(P(text=text))
    row.addElement(cell)
    table.addElement(row)
    book.spreadsheet.addElement(table)
    return _saved(book)


def _odfpy_text(text: str) -> bytes:
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    letter = OpenDocumentText()
    letter.text.addElement(P(text=f"for {text}"))
    return _saved(letter)


WRITTEN = named(
    [
        *(
            Spot(f"xlsx {name}", _openpyxl(change), place, "a.xlsx")
            for name, (change, place) in _XLSX.items()
        ),
        *(
            Spot(f"xlsx {name}", _xlsx_member(*member), (), "a.xlsx", ascii_only=True)
            for name, member in _XLSX_MEMBERS.items()
            if name != "member name"
        ),
        Spot("xlsx member name", _member_name, (), "a.xlsx", ascii_only=True),
        Spot("xlsx called csv", _openpyxl(_cell), ("B7",), "a.csv"),
        *(
            Spot(f"xlsxwriter {name}", _xlsxwriter(change), (), "a.xlsx")
            for name, change in _XLSXWRITER.items()
        ),
        *(Spot(f"docx {name}", _docx(c), (), "a.docx") for name, c in _DOCX.items()),
        *(
            Spot(f"docx {name}", _docx_member(*member), (), "a.docx", ascii_only=True)
            for name, member in _DOCX_MEMBERS.items()
        ),
        Spot("docx embedded workbook", _embedded_workbook, ("raw",), "a.docx"),
        *(Spot(f"pptx {name}", _pptx(c), (), "a.pptx") for name, c in _PPTX.items()),
        Spot("ods of odfpy", _odfpy, ("A1",), "a.ods"),
        Spot("odt of odfpy", _odfpy_text, (), "a.odt"),
    ]
)
"""Every place in office files that libraries write."""
