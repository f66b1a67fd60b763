"""Office files written by the libraries that programs use to write them.

openpyxl, XlsxWriter, python-docx, python-pptx and odfpy; what they cannot make is a
member of the archive, added or changed with `zipfile`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checks.planting.package import Change, saved, with_member
from checks.planting.spot import Spot, named
from checks.planting.written_sheets import SHEETS, second_sheet, workbook

__all__ = ["WRITTEN"]


def _docx(change: Change) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        import docx

        document = docx.Document()
        document.add_paragraph("The hall is open again.")
        change(document, text)
        return saved(document)

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
    book = workbook(second_sheet("veryHidden"))(text)
    return with_member(plain, "word/embeddings/Microsoft_Excel_Sheet1.xlsx", book)


# python-pptx -------------------------------------------------------------------------


def _pptx(change: Change) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        import pptx

        show = pptx.Presentation()
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = "The hall is open"
        change(show, text)
        return saved(show)

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
    for letter in f" for {text}":
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
    return saved(book)


def _odfpy_text(text: str) -> bytes:
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    letter = OpenDocumentText()
    letter.text.addElement(P(text=f"for {text}"))
    return saved(letter)


WRITTEN = named(
    [
        *SHEETS,
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
