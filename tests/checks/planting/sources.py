"""Flat OpenDocument sources, from which LibreOffice writes its files.

Each place of a document holds an address of its own, `planted("hidden sheet")`, so that
one file of one conversion answers for all its places.
"""

from __future__ import annotations

import re

__all__ = ["LETTER", "SHEETS", "SLIDES", "flat_document", "planted", "planted_in"]

_PLANTED = re.compile(r"[a-z.]+@planted\.example")


def planted(place: str) -> str:
    """The address that stands at a place: "hidden.sheet@planted.example"."""
    return f"{place.replace(' ', '.')}@planted.example"


def planted_in(source: str) -> frozenset[str]:
    """The addresses of a source, those that tags split in the middle among them."""
    bare = re.sub(r"</?text:span[^>]*>", "", source)
    return frozenset(_PLANTED.findall(bare))


_SPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "presentation": "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xlink": "http://www.w3.org/1999/xlink",
        "of": "urn:oasis:names:tc:opendocument:xmlns:of:1.2",
    }.items()
)

_META = f"""<office:meta>
<dc:title>{planted("title")}</dc:title>
<dc:subject>{planted("subject")}</dc:subject>
<dc:description>{planted("description")}</dc:description>
<meta:initial-creator>{planted("initial creator")}</meta:initial-creator>
<dc:creator>{planted("creator")}</dc:creator>
<meta:keyword>{planted("keyword")}</meta:keyword>
<meta:user-defined meta:name="Who">{planted("own property")}</meta:user-defined>
</office:meta>"""


def flat_document(
    kind: str, styles: str, body: str, page: str = "", meta: str = _META
) -> str:
    """A flat OpenDocument file: "text", "spreadsheet" or "presentation"."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {_SPACES} '
        f'office:version="1.3" '
        f'office:mimetype="application/vnd.oasis.opendocument.{kind}">\n'
        f"{meta}\n{page}<office:automatic-styles>{styles}</office:automatic-styles>\n"
        f"<office:body>{body}</office:body></office:document>\n"
    )


def _cell(text: str, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string">{more}'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def _row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def _note(place: str) -> str:
    return (
        f"<office:annotation><dc:creator>{planted(place + ' author')}</dc:creator>"
        f"<dc:date>2026-11-24T08:00:00</dc:date><text:p>{planted(place)}</text:p>"
        "</office:annotation>"
    )


def _link(address: str) -> str:
    return f'<text:a xlink:type="simple" xlink:href="mailto:{address}">write</text:a>'


def _split(place: str) -> str:
    """The address in three runs, the middle one bold."""
    address = planted(place)
    bold = f'<text:span text:style-name="bold">{address[7:12]}</text:span>'
    return address[:7] + bold + address[12:]


_COLLAPSED = 'table:visibility="collapse"'

_PAGE = f"""<office:styles>
<style:style style:name="Default" style:family="table-cell"/></office:styles>
<office:master-styles><style:master-page style:name="Default"
 style:page-layout-name="pm"><style:header><text:p>{planted("page header")}</text:p>
</style:header><style:footer><text:p>{planted("page footer")}</text:p></style:footer>
</style:master-page></office:master-styles>"""

_SHEET_STYLES = """
<style:page-layout style:name="pm"><style:page-layout-properties/>
<style:header-style/><style:footer-style/></style:page-layout>
<style:style style:name="off" style:family="table">
<style:table-properties table:display="false"/></style:style>
<style:style style:name="on" style:family="table" style:master-page-name="Default">
<style:table-properties table:display="true"/></style:style>
"""

_VALIDATION = f"""<table:content-validations><table:content-validation table:name="v1"
 table:condition='of:cell-content-is-in-list("{planted("allowed value")}";"b")'
 table:base-cell-address="Prices.A9"><table:help-message table:display="true"
 table:title="t"><text:p>{planted("help message")}</text:p></table:help-message>
</table:content-validation></table:content-validations>"""

_FORMULA = f"""<table:table-cell office:value-type="string"
 table:formula='of:=CONCATENATE("{planted("formula")}";"")'>
<text:p>{planted("formula")}</text:p></table:table-cell>"""

_SHEET_ROWS = "\n".join(
    [
        _row(_cell("Hall"), _cell(planted("cell")), _cell(planted("hidden column"))),
        _row(_cell(planted("hidden row")), attributes=_COLLAPSED),
        _row(_cell(planted("filtered row")), attributes='table:visibility="filter"'),
        _row(_cell("with a note", _note("annotation"))),
        _row(_cell(_link(planted("link")))),
        _row(_FORMULA),
        _row('<table:table-cell table:content-validation-name="v1"/>'),
        _row(_cell(_split("split cell"))),
    ]
)

SHEETS = flat_document(
    "spreadsheet",
    _SHEET_STYLES,
    f"""<office:spreadsheet>{_VALIDATION}
<table:table table:name="Prices" table:style-name="on">
<table:table-column table:number-columns-repeated="2"/>
<table:table-column {_COLLAPSED}/><table:table-column/>
{_SHEET_ROWS}
</table:table>
<table:table table:name="raw" table:style-name="off"><table:table-column/>
{_row(_cell(planted("hidden sheet")))}</table:table>
<table:table table:name="{planted("sheet name")}"><table:table-column/>
{_row(_cell("x"))}</table:table>
<table:named-expressions>
<table:named-expression table:name="who" table:base-cell-address="$Prices.$A$1"
 table:expression='"{planted("named expression")}"'/>
</table:named-expressions>
</office:spreadsheet>""",
    _PAGE,
)

_LETTER_STYLES = """
<style:page-layout style:name="pm"><style:page-layout-properties/>
<style:header-style/><style:footer-style/></style:page-layout>
<style:style style:name="hid" style:family="text">
<style:text-properties text:display="none"/></style:style>
<style:style style:name="white" style:family="text">
<style:text-properties fo:color="#ffffff" fo:font-size="1pt"/></style:style>
<style:style style:name="bold" style:family="text">
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="fr" style:family="graphic"/>
"""

_LETTER_PAGE = f"""<office:master-styles><style:master-page style:name="Standard"
 style:page-layout-name="pm"><style:header><text:p>{planted("page header")}</text:p>
</style:header><style:footer><text:p>{planted("page footer")}</text:p></style:footer>
</style:master-page></office:master-styles>"""


def _change(number: int, kind: str, place: str, inside: str = "") -> str:
    return (
        f'<text:changed-region text:id="c{number}"><text:{kind}><office:change-info>'
        f"<dc:creator>{planted(place)}</dc:creator><dc:date>2026-11-24T08:00:00"
        f"</dc:date></office:change-info>{inside}</text:{kind}></text:changed-region>"
    )


_CHANGES = (
    "<text:tracked-changes>"
    + _change(
        1, "deletion", "deleted by", f"<text:p>{planted('deleted text')}</text:p>"
    )
    + _change(2, "insertion", "inserted by")
    + "</text:tracked-changes>"
)


def _note_of(kind: str, place: str) -> str:
    return (
        f'<text:note text:id="{kind}" text:note-class="{kind}"><text:note-citation>1'
        f"</text:note-citation><text:note-body><text:p>{planted(place)}</text:p>"
        "</text:note-body></text:note>"
    )


_TEXT_BOX = f"""<draw:frame draw:name="f" text:anchor-type="paragraph" svg:width="5cm"
 draw:style-name="fr"><draw:text-box fo:min-height="1cm">
<text:p>{planted("text box")}</text:p></draw:text-box>
<svg:title>{planted("frame title")}</svg:title>
<svg:desc>{planted("frame description")}</svg:desc></draw:frame>"""

_INSERTED = f"""<text:change-start text:change-id="c2"/>{planted("inserted text")}
<text:change-end text:change-id="c2"/>"""

_PLACEHOLDER = f"""<text:placeholder text:placeholder-type="text"
 text:description="d">&lt;{planted("placeholder")}&gt;</text:placeholder>"""


def _styled(style: str, place: str) -> str:
    return f'<text:span text:style-name="{style}">{planted(place)}</text:span>'


_PARAGRAPHS = (
    f"Hello {planted('paragraph')}, the hall is open.",
    f"Hello {_split('split spans')} again.",
    f"Foot{_note_of('footnote', 'footnote')} and end{_note_of('endnote', 'endnote')}.",
    f"Here {_note('annotation')} is a note.",
    f"{_styled('hid', 'hidden text')}.",
    f"{_styled('white', 'white text')}.",
    f'Gone: <text:change text:change-id="c1"/>, new: {_INSERTED}.',
    _link(planted("link")),
    _PLACEHOLDER,
    f'<text:bookmark text:name="{planted("bookmark")}"/>x',
    _TEXT_BOX,
)

LETTER = flat_document(
    "text",
    _LETTER_STYLES,
    f"""<office:text>{_CHANGES}
<text:h text:outline-level="1">{planted("heading")}</text:h>
{"".join(f"<text:p>{inside}</text:p>" for inside in _PARAGRAPHS)}
<text:list><text:list-item><text:p>{planted("list item")}</text:p></text:list-item>
</text:list>
<table:table table:name="t"><table:table-column/>
{_row(_cell(planted("table cell")))}</table:table>
<text:section text:name="s" text:display="none">
<text:p>{planted("hidden section")}</text:p></text:section>
</office:text>""",
    _LETTER_PAGE,
)

_SLIDE_STYLES = """
<style:page-layout style:name="pm"><style:page-layout-properties
 fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout>
<style:style style:name="hid" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<style:style style:name="vis" style:family="drawing-page"/>
<style:style style:name="gr" style:family="graphic"/>
"""

_SLIDE_PAGE = """<office:master-styles><style:master-page style:name="Default"
 style:page-layout-name="pm"/></office:master-styles>"""


def _box(text: str, more: str = "") -> str:
    return (
        '<draw:frame draw:style-name="gr" svg:width="20cm" svg:height="2cm" '
        f'svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>{text}</text:p>'
        f"</draw:text-box>{more}</draw:frame>"
    )


def _notes(text: str) -> str:
    return (
        '<presentation:notes><draw:frame presentation:class="notes" '
        'svg:width="15cm" svg:height="10cm" svg:x="2cm" svg:y="12cm"><draw:text-box>'
        f"<text:p>{text}</text:p></draw:text-box></draw:frame></presentation:notes>"
    )


_SHAPE = f"""<svg:title>{planted("shape title")}</svg:title>
<svg:desc>{planted("shape description")}</svg:desc>"""

SLIDES = flat_document(
    "presentation",
    _SLIDE_STYLES,
    f"""<office:presentation>
<draw:page draw:name="page1" draw:master-page-name="Default" draw:style-name="vis">
{_box(planted("slide text"), _SHAPE)}
{_box(_link(planted("link")))}
{_note("annotation")}
{_notes(planted("speaker notes"))}
</draw:page>
<draw:page draw:name="page2" draw:master-page-name="Default" draw:style-name="hid">
{_box(planted("hidden slide"))}
</draw:page>
<draw:page draw:name="{planted("slide name")}" draw:master-page-name="Default"
 draw:style-name="vis">{_box("Bye")}</draw:page>
</office:presentation>""",
    _SLIDE_PAGE,
)
