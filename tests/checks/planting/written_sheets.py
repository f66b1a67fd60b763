"""Places of workbooks that openpyxl and XlsxWriter write."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from checks.planting.package import Change, saved, with_member
from checks.planting.spot import Spot

__all__ = ["SHEETS", "second_sheet", "workbook"]


def workbook(change: Change) -> Callable[[str], bytes]:
    """A price list, changed by a function of workbook and text."""

    def make(text: str) -> bytes:
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        sheet.title = "Prices"
        sheet.append(["What", "Price"])
        sheet.append(["Hall", 120])
        change(book, text)
        return saved(book)

    return make


def _cell(book: Any, text: str) -> None:
    book["Prices"]["B7"] = text


def second_sheet(state: str) -> Change:
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
    "second sheet": (second_sheet("visible"), ("raw", "B2")),
    "hidden sheet": (second_sheet("hidden"), ("raw", "B2")),
    "very hidden sheet": (second_sheet("veryHidden"), ("raw", "B2")),
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
    plain = workbook(lambda book, text: None)
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
    plain = workbook(lambda book, text: None)("")
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


SHEETS = [
    *(
        Spot(f"xlsx {name}", workbook(change), place, "a.xlsx")
        for name, (change, place) in _XLSX.items()
    ),
    *(
        Spot(f"xlsx {name}", _xlsx_member(*member), (), "a.xlsx", ascii_only=True)
        for name, member in _XLSX_MEMBERS.items()
    ),
    Spot("xlsx member name", _member_name, (), "a.xlsx", ascii_only=True),
    Spot("xlsx called csv", workbook(_cell), ("B7",), "a.csv"),
    *(
        Spot(f"xlsxwriter {name}", _xlsxwriter(change), (), "a.xlsx")
        for name, change in _XLSXWRITER.items()
    ),
]
