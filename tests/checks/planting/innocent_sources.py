"""Flat OpenDocument sources of documents that name nobody but their sender."""

from __future__ import annotations

from checks.planting.sources import flat_document

__all__ = ["FLYER", "PRICES", "TALK"]

_META = """<office:meta><meta:generator>LibreOffice</meta:generator>
<dc:title>Spring at the club</dc:title><dc:subject>Prices</dc:subject>
<meta:initial-creator>Karin Berg</meta:initial-creator>
<dc:creator>Karin Berg</dc:creator>
<meta:creation-date>2026-03-01T10:00:00</meta:creation-date>
<dc:date>2026-03-02T10:00:00</dc:date><meta:editing-cycles>3</meta:editing-cycles>
<meta:keyword>club</meta:keyword></office:meta>"""

_STYLES = """
<style:page-layout style:name="pm"><style:page-layout-properties/>
<style:header-style/><style:footer-style/></style:page-layout>
<style:style style:name="b" style:family="text">
<style:text-properties fo:font-weight="bold" fo:color="#003366"/></style:style>
<style:style style:name="on" style:family="table" style:master-page-name="Default">
<style:table-properties table:display="true"/></style:style>
<style:style style:name="vis" style:family="drawing-page"/>
<style:style style:name="gr" style:family="graphic"/>
"""


def _page(name: str) -> str:
    return (
        f'<office:master-styles><style:master-page style:name="{name}" '
        'style:page-layout-name="pm"><style:header><text:p>Rowing Club</text:p>'
        "</style:header><style:footer><text:p>office@rowing-club.example - page "
        "<text:page-number>1</text:page-number></text:p></style:footer>"
        "</style:master-page></office:master-styles>"
    )


def _cells(*texts: str) -> str:
    return "".join(
        f'<table:table-cell office:value-type="float" office:value="{text}">'
        f"<text:p>{text}</text:p></table:table-cell>"
        if text.replace(".", "").isdigit()
        else f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
        "</table:table-cell>"
        for text in texts
    )


_ROWS = "".join(
    f"<table:table-row>{_cells(*row)}</table:table-row>"
    for row in (
        ("What", "Price @ day", "Sizes"),
        ("Single", "12.50", "S@M@L"),
        ("Double", "18.00", "M"),
        ("Coach", "45.00", "office@rowing-club.example"),
        ("Locker", "0.5", "logo@2x.png"),
    )
)

PRICES = flat_document(
    "spreadsheet",
    _STYLES,
    f"""<office:spreadsheet>
<table:table table:name="Prices" table:style-name="on"
 table:print-ranges="Prices.A1:Prices.C9"><table:table-column
 table:number-columns-repeated="3"/>{_ROWS}
<table:table-row><table:table-cell office:value-type="string"><text:p>Sum</text:p>
</table:table-cell><table:table-cell table:formula="of:=SUM([.B2:.B5])"
 office:value-type="float" office:value="76"><text:p>76</text:p></table:table-cell>
</table:table-row></table:table>
<table:table table:name="Terms" table:style-name="on"><table:table-column/>
<table:table-row>{_cells("Pay within 14 days.")}</table:table-row></table:table>
<table:named-expressions><table:named-range table:name="all"
 table:base-cell-address="$Prices.$A$1" table:cell-range-address="$Prices.$A$1:.$C$6"/>
</table:named-expressions>
<table:database-ranges><table:database-range table:name="__Anonymous_Sheet_DB__0"
 table:target-range-address="Prices.A1:Prices.C6" table:display-filter-buttons="true"/>
</table:database-ranges></office:spreadsheet>""",
    _page("Default"),
    _META,
)

FLYER = flat_document(
    "text",
    _STYLES,
    f"""<office:text><text:h text:outline-level="1">Open again</text:h>
<text:p>The <text:span text:style-name="b">boathouse</text:span> opens on Monday @ 7
 p.m.<text:note text:id="f1" text:note-class="footnote"><text:note-citation>1
</text:note-citation><text:note-body><text:p>Not on holidays.</text:p></text:note-body>
</text:note> Write to <text:a xlink:type="simple"
 xlink:href="mailto:office@rowing-club.example">office@rowing-club.example</text:a>
 or to <text:span text:style-name="b">boats</text:span>@rowing-club.example.</text:p>
<text:p>Follow @rowingclub.</text:p>
<table:table table:name="t"><table:table-column table:number-columns-repeated="3"/>
{_ROWS}</table:table></office:text>""",
    _page("Standard"),
    _META,
)


def _box(text: str) -> str:
    return (
        '<draw:frame draw:style-name="gr" svg:width="20cm" svg:height="2cm" '
        f'svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>{text}</text:p>'
        "</draw:text-box></draw:frame>"
    )


TALK = flat_document(
    "presentation",
    _STYLES,
    f"""<office:presentation>
<draw:page draw:name="page1" draw:master-page-name="Default" draw:style-name="vis">
{_box("Spring at the club")}{_box("office@rowing-club.example")}
<presentation:notes><draw:page-thumbnail svg:width="14cm" svg:height="10cm" svg:x="3cm"
 svg:y="2cm" draw:page-number="1" presentation:class="page"/>
<draw:frame presentation:class="notes" presentation:placeholder="true" svg:width="15cm"
 svg:height="10cm" svg:x="2cm" svg:y="13cm"><draw:text-box/></draw:frame>
</presentation:notes></draw:page>
<draw:page draw:name="page2" draw:master-page-name="Default" draw:style-name="vis">
{_box("Prices @ boathouse")}</draw:page></office:presentation>""",
    _page("Default"),
    _META,
)
