"""Files that name nobody but their sender, written by the libraries programs use."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from checks.planting.archives import zipped

__all__ = ["FILES"]

_ROWS = (
    ("What", "Price @ day", "Article"),
    ("Single", 12.5, "S@M"),
    ("Double", 18, "4006381333931"),
    ("Locker", 0.5, "logo@2x.png"),
    ("Coach", 45, "office@rowing-club.example"),
)


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _openpyxl() -> bytes:
    """A price list with what price lists have: a filter, frozen rows, a print area."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in _ROWS:
        sheet.append(row)
    sheet["A1"].font = Font(bold=True)
    sheet["B6"] = "=SUM(B2:B5)"
    sheet.auto_filter.ref = "A1:C5"
    sheet.freeze_panes = "A2"
    sheet.print_area = "A1:C6"
    sheet.column_dimensions["A"].width = 30
    sheet.row_dimensions[1].height = 20
    rule = DataValidation(type="list", formula1='"yes,no"')
    rule.add("D2:D9")
    sheet.add_data_validation(rule)
    sheet.oddFooter.center.text = "Page &P of &N"
    book.create_sheet("Terms").append(["Pay within 14 days."])
    book.properties.creator = "Karin Berg"
    return _saved(book)


def _xlsxwriter() -> bytes:
    """A report with a chart, a table and a condition."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Prices")
    for number, row in enumerate(_ROWS):
        sheet.write_row(number, 0, row)
    sheet.add_table("E1:F4", {"columns": [{"header": "a"}, {"header": "b"}]})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Prices!$B$2:$B$5", "name": "Prices"})
    sheet.insert_chart("H2", chart)
    condition = {"type": "cell", "criteria": ">", "value": 20}
    sheet.conditional_format("B2:B5", {**condition, "format": book.add_format()})
    sheet.repeat_rows(0)
    book.set_properties({"author": "Karin Berg", "title": "Prices"})
    book.close()
    return out.getvalue()


def _docx() -> bytes:
    """A form to fill in, with a table, a heading, a footer."""
    import docx

    form = docx.Document()
    form.add_heading("Application", 1)
    paragraph = form.add_paragraph("Send it to ")
    paragraph.add_run("office@rowing-club.example").bold = True
    table = form.add_table(3, 2)
    for row, label in zip(table.rows, ("Name", "E-mail", "Phone"), strict=True):
        row.cells[0].text = label
        row.cells[1].text = "........................"
    form.add_page_break()
    form.sections[0].footer.paragraphs[0].text = "Rowing Club @ Uferweg 1"
    form.core_properties.author = "Karin Berg"
    return _saved(form)


def _pptx() -> bytes:
    """Two slides with a chart and notes that nobody wrote."""
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    show = pptx.Presentation()
    for title in ("The year", "Thank you @ all"):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = title
    data = CategoryChartData()
    data.categories = ["spring", "summer"]
    data.add_series("visits", (10, 20))
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED
    show.slides[0].shapes.add_chart(kind, 0, 900000, 3000000, 2000000, data)
    return _saved(show)


def _pdf() -> bytes:
    """A flyer with a link to the sender's own address."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    words = (
        "The boathouse opens on Monday @ 7 p.m. Write to "
        '<a href="mailto:office@rowing-club.example">office@rowing-club.example</a>.'
    )
    document = SimpleDocTemplate(out, title="Open again", author="Rowing Club")
    document.build([Paragraph(words, style)] * 3)
    return out.getvalue()


def _picture(kind: str, **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        from PIL import Image

        out = io.BytesIO()
        picture = Image.effect_noise((64, 48), 80).convert("RGB")
        picture.save(out, kind, **options)
        return out.getvalue()

    return make


def _photo() -> bytes:
    """A JPEG with the EXIF of a camera."""
    import piexif

    block = piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: b"Camera@Works",
                piexif.ImageIFD.Model: b"X-100 Mark II",
                piexif.ImageIFD.Software: b"Editor 24.1",
                piexif.ImageIFD.DateTime: b"2026:11:24 08:00:00",
            },
            "Exif": {piexif.ExifIFD.LensModel: b"23mm F2"},
        }
    )
    return _picture("JPEG", exif=block)()


def _zip() -> bytes:
    return zipped("docs/readme.txt", b"Prices are @ day. office@rowing-club.example\n")


FILES: dict[str, Callable[[], bytes]] = {
    "prices.xlsx": _openpyxl,
    "report.xlsx": _xlsxwriter,
    "form.docx": _docx,
    "talk.pptx": _pptx,
    "flyer.pdf": _pdf,
    "logo@2x.png": _picture("PNG"),
    "photo.jpg": _photo,
    "banner.gif": _picture("GIF"),
    "photo.webp": _picture("WEBP"),
    "scan.tiff": _picture("TIFF"),
    "docs.zip": _zip,
    "prices.csv": lambda: "What;Preis @ Tag\r\nEiner;12,50\r\n".encode("cp1252"),
    "prices.tsv": lambda: "What\tPrice\nSingle\t12.50\n".encode("utf-16"),
    "readme.txt": lambda: b"npm i left-pad@1.3.0 && ssh git@git.build.example\n",
    "settings.json": lambda: b'{"@context": "https://schema.example", "@id": 1}',
    "feed.xml": lambda: b'<?xml version="1.0"?><a b="x@y"><c>12 @ 3</c></a>',
    "page.html": lambda: b"<html><style>@media print{a{b:c}}</style><p>hi</p></html>",
    "empty.txt": bytes,
}
"""By file name."""
