"""What of an OpenDocument file is read by itself, and what its styles hide."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from safesend.checks.documents.odf_blocks import Styles, body, in_spreadsheet, is_block


def _path(*names: str) -> list[Element]:
    return [Element(f"{{n}}{name}") for name in names]


_SHEET = ("document", "body", "spreadsheet")


@pytest.mark.parametrize(
    ("name", "inside", "block"),
    [
        ("p", ("document", "body", "text"), True),
        ("p", ("document", "body", "text", "table-row", "table-cell"), True),
        ("p", (*_SHEET, "table", "table-row", "table-cell"), False),
        ("p", (*_SHEET, "table", "shapes"), True),
        ("p", (*_SHEET, "tracked-changes", "table-cell"), True),
        ("p", ("document", "body", "text", "annotation"), False),
        ("title", ("document", "meta"), False),
        ("table-row", (*_SHEET, "table"), True),
        ("table-row", ("document", "body", "text", "table"), False),
        ("style", ("document",), True),
    ],
)
def test_paragraphs_of_cells_are_read_with_their_row(
    name: str, inside: tuple[str, ...], block: bool
) -> None:
    """Those of texts by themselves, those of comments with the comment."""
    assert is_block(name, _path(*inside)) is block


def test_the_body_says_what_a_document_is() -> None:
    """The third element from the root."""
    assert body(_path(*_SHEET)) == "spreadsheet"
    assert body(_path("document", "body")) == ""
    assert in_spreadsheet(_path(*_SHEET, "table"))


def test_a_style_hides_what_has_it() -> None:
    """And what is based on it; styles of other families have names of their own."""
    styles = Styles()
    for xml in (
        '<s name="a" family="table"><p display="false"/></s>',
        '<s name="b" family="table" parent-style-name="a"/>',
        '<s name="c" family="table"><p display="true"/></s>',
        '<s name="d" family="paragraph"><p display="none"/></s>',
        '<s name="e" family="drawing-page"><p visibility="hidden"/></s>',
    ):
        styles.add(fromstring(xml))
    assert styles.of("table") == {"a", "b"}
    assert styles.of("text") == {"d"}
    assert styles.of("drawing-page") == {"e"}
    assert styles.of("graphic") == frozenset()
