"""Text documents: what Word shows, and what it keeps to itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest

from checks.documents.packages import EVE, edited, hidden_notes, package, pieces, places
from checks.linear import seconds
from safesend.checks.documents.files import read_file

_HALVES = "<w:r><w:t>eve@exa</w:t></w:r><w:r><w:t>mple.net</w:t></w:r>"


def _made(change: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    document.add_paragraph("Dear member")
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _body(inside: str, **more: str) -> bytes:
    body = f'<w:document xmlns:w="w"><w:body>{inside}</w:body></w:document>'
    parts: dict[str, str | bytes] = {"word/document.xml": body}
    for name, content in more.items():
        parts[f"word/{name}.xml"] = content
    return package(parts)


def _paragraph(inside: str) -> bytes:
    return _body(f"<w:p>{inside}</w:p>")


def test_runs_are_joined() -> None:
    """Word cuts an address into runs anywhere."""
    content = _made(lambda d: [d.add_paragraph("eve@exa").add_run("mple.net")])
    assert places(content) == ["text, paragraph 2"]


def test_breaks_and_tabs_separate_words() -> None:
    """What stands on two lines is not one word; a hyphen that holds is one."""
    inside = (
        "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t>"
        "<w:noBreakHyphen/><w:t>d</w:t></w:r>"
    )
    assert places(_paragraph(inside), "a\tb\nc-d") == ["text, paragraph 1"]


def test_tables_headers_and_properties_are_read() -> None:
    """Each in its place."""

    def change(document: Any) -> None:
        document.add_table(1, 1).cell(0, 0).text = "cell@example.net"
        header = document.sections[0].header
        header.paragraphs[0].text = "header@example.net"
        document.core_properties.author = "author@example.net"

    content = _made(change)
    assert places(content, "cell@example.net") == ["text, paragraph 2"]
    assert places(content, "header@example.net") == ["page header, paragraph 1"]
    assert places(content, "author@example.net") == ["document property 'creator'"]
    assert hidden_notes(content) == []


@pytest.mark.parametrize(
    ("part", "root", "place"),
    [
        ("footnotes", "footnotes", "footnotes"),
        ("endnotes", "endnotes", "endnotes"),
        ("footer1", "ftr", "page footer"),
        ("glossary", "glossaryDocument", "building blocks"),
    ],
)
def test_other_parts_with_text_are_named(part: str, root: str, place: str) -> None:
    """Paragraphs are counted in each."""
    xml = f'<w:{root} xmlns:w="w"><w:p>{_HALVES}</w:p></w:{root}>'
    assert places(_body("<w:p/>", **{part: xml})) == [f"{place}, paragraph 1"]


def test_a_text_box_is_apart_from_its_paragraph() -> None:
    """Its text does not run into what stands around it."""
    box = f"<w:pict><w:txbxContent><w:p>{_HALVES}</w:p></w:txbxContent></w:pict>"
    content = _paragraph(f"<w:r><w:t>be</w:t></w:r>{box}<w:r><w:t>fore</w:t></w:r>")
    assert EVE in [piece.text for piece in pieces(content)]
    assert "before" in [piece.text for piece in pieces(content)]


@pytest.mark.parametrize("vanish", ["<w:vanish/>", '<w:vanish w:val="1"/>'])
def test_hidden_text_is_told(vanish: str) -> None:
    """It is apart from what is shown."""
    run = f"<w:r><w:rPr>{vanish}</w:rPr><w:t>{EVE}</w:t></w:r>"
    content = _paragraph(f"<w:r><w:t>Hello</w:t></w:r>{run}")
    assert places(content)[0] == "hidden text in text, paragraph 1"
    assert hidden_notes(content) == ["a paragraph of it holds hidden text"]
    assert all(piece.hidden for piece in pieces(content) if EVE in piece.text)


def test_paragraphs_with_hidden_text_are_counted() -> None:
    """One note for all of a part."""
    run = f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>{EVE}</w:t></w:r>"
    notes = hidden_notes(_body(f"<w:p>{run}</w:p><w:p>{run}</w:p>"))
    assert notes == ["2 paragraphs of it hold hidden text"]


@pytest.mark.parametrize("off", ["0", "false", "off"])
def test_text_that_is_expressly_shown_is_not_hidden(off: str) -> None:
    """A run can switch off what its style says."""
    run = f'<w:r><w:rPr><w:vanish w:val="{off}"/></w:rPr><w:t>{EVE}</w:t></w:r>'
    assert hidden_notes(_paragraph(run)) == []


@pytest.mark.parametrize(
    ("style", "hidden"), [("base", True), ("child", True), ("plain", False)]
)
def test_a_style_can_hide_text(style: str, hidden: bool) -> None:
    """By itself, or because of the style that it is based on."""
    styles = (
        '<w:styles xmlns:w="w"><w:style w:styleId="base"><w:rPr><w:vanish/></w:rPr>'
        '</w:style><w:style w:styleId="child"><w:basedOn w:val="base"/></w:style>'
        '<w:style w:styleId="plain"><w:basedOn w:val="plain2"/><w:rPr><w:b/></w:rPr>'
        '</w:style><w:style w:styleId="plain2"><w:basedOn w:val="plain"/></w:style>'
        "</w:styles>"
    )
    for properties in (
        f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{EVE}</w:t></w:r>',
        f'<w:r><w:rPr><w:rStyle w:val="{style}"/></w:rPr><w:t>{EVE}</w:t></w:r>',
    ):
        content = _body(f"<w:p>{properties}</w:p>", styles=styles)
        assert bool(hidden_notes(content)) is hidden


def test_deleted_text_is_told() -> None:
    """With who deleted it, and how the text was before."""
    inside = (
        "<w:r><w:t>Hello </w:t></w:r>"
        '<w:del w:author="mallory@example.org"><w:r>'
        f"<w:delText>{EVE}</w:delText></w:r></w:del>"
        '<w:ins w:author="mallory@example.org"><w:r><w:t>all</w:t></w:r></w:ins>'
    )
    content = _paragraph(inside)
    texts = {piece.place: piece.text for piece in pieces(content)}
    assert texts["text, paragraph 1"] == "Hello all"
    assert texts["deleted text in text, paragraph 1"] == EVE
    assert texts["earlier text of text, paragraph 1"] == f"Hello {EVE}"
    assert texts["author of a tracked change"] == "mallory@example.org"
    told = "tracked changes are still in it (1 deleted, 1 inserted)"
    assert hidden_notes(content) == [told]


def test_changes_of_format_are_told() -> None:
    """They name who made them."""
    change = '<w:rPr><w:rPrChange w:author="Mallory"/></w:rPr>'
    content = _paragraph(f"<w:r>{change}<w:t>x</w:t></w:r>")
    assert hidden_notes(content) == ["tracked changes are still in it (1 changed)"]
    assert places(content, "Mallory")[0] == "author of a tracked change"


def test_a_field_is_read_as_one() -> None:
    """Its code may be cut into runs as well."""
    code = (
        '<w:r><w:instrText>HYPERLINK "mailto:eve@exa</w:instrText></w:r>'
        '<w:r><w:instrText>mple.net"</w:instrText></w:r>'
    )
    content = _paragraph(code)
    assert places(content) == ["field in text, paragraph 1"]
    assert hidden_notes(content) == []


def test_what_attributes_say_is_read_once() -> None:
    """Alternative texts, names of bookmarks, tags of fields for forms."""
    inside = f'<w:p><w:bookmarkStart w:name="{EVE}"/></w:p>' * 3
    assert places(_body(inside)) == ["text, paragraph 1"]


def test_a_mail_merge_is_told() -> None:
    """The document still knows where its list is."""
    settings = (
        '<w:settings xmlns:w="w"><w:mailMerge><w:query w:val="SELECT * FROM members"/>'
        f'<w:connectString w:val="{EVE}"/></w:mailMerge>'
        '<w:docVars><w:docVar w:name="x" w:val="variable@example.net"/></w:docVars>'
        '<w:rsids><w:rsid w:val="00A12B34"/></w:rsids></w:settings>'
    )
    content = _body("<w:p/>", settings=settings)
    assert places(content) == ["mail merge settings"]
    assert places(content, "variable@example.net") == ["document variable"]
    assert places(content, "00A12B34") == []
    assert hidden_notes(content) == ["it is still tied to the list of a mail merge"]


def test_an_ordinary_document_hides_nothing() -> None:
    """Neither do its template, styles and theme."""

    def change(document: Any) -> None:
        document.add_heading("Prices", 1)
        document.add_paragraph("one", style="List Bullet")
        document.add_page_break()

    assert hidden_notes(_made(change)) == []


def test_a_damaged_part_does_not_stop_the_others() -> None:
    """The rest of the document is still searched."""
    content = edited(_made(lambda d: None), {"word/styles.xml": "<styles><"})
    assert places(content, "Dear member") == ["text, paragraph 1"]


def test_styles_in_a_long_chain_are_followed_in_linear_time() -> None:
    """Ten times as many styles take about ten times as long."""

    def took(count: int) -> float:
        chain = "".join(
            f'<style styleId="s{n}"><basedOn val="s{n + 1}"/></style>'
            for n in range(count)
        )
        content = package({"word/styles.xml": f"<styles>{chain}</styles>"})
        return seconds(lambda: list(read_file("a.docx", content)), 2)

    took(100)
    assert took(20_000) < 40 * max(took(2_000), 0.005)
