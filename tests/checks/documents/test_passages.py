"""Passages: paragraphs of any part."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from safesend.checks.documents.passages import passages, said_by, spoken
from safesend.checks.documents.xml import blocks
from safesend.checks.piece import Kind, Piece


def _said(xml: str) -> list[tuple[str, str]]:
    found = passages(blocks([xml.encode()], {"p", "textbox"}), "here")
    return [(p.kind.value, p.text) for p in found if isinstance(p, Piece)]


def test_runs_are_joined_and_breaks_kept() -> None:
    """As a reader sees them; paragraphs are lines."""
    xml = "<a><p><t>eve@</t><t>example.net</t><br/></p><p><t>x</t><tab/><t/></p></a>"
    assert spoken(fromstring(xml)) == "eve@example.net\n\nx\t"


def test_a_phonetic_guide_follows_the_text() -> None:
    """It would tear the text apart otherwise."""
    xml = "<si><r><t>a</t></r><rPh><t>guide</t></rPh><r><t>b</t></r></si>"
    assert spoken(fromstring(xml)) == "ab guide"


def test_everything_else_is_markup() -> None:
    """Attributes, comments, texts outside of runs."""
    xml = '<r><p a="attribute"><t>text</t><x>odd</x></p><!--comment--></r>'
    assert _said(xml) == [
        ("text", "text"),
        ("markup", "attribute\nodd"),
        ("markup", "comment"),
    ]


def test_a_box_of_a_drawing_is_one_text() -> None:
    """It is written in a kind of HTML."""
    xml = "<xml><textbox><div><font>eve@</font>example.net</div></textbox></xml>"
    assert _said(xml) == [("text", "eve@example.net")]


def test_what_was_read_before_can_be_left_out() -> None:
    """Then only attributes and the rest are said."""
    block = next(blocks([b'<r a="attribute"><t>text</t></r>'], ()))
    [piece] = said_by(block, "here", set(), hidden=True, without=frozenset({"t"}))
    assert piece == Piece(place="here", text="attribute", kind=Kind.MARKUP, hidden=True)
