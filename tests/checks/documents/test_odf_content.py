"""The body of an OpenDocument file."""

from __future__ import annotations

import pytest

from checks.documents.odf import flat
from checks.documents.packages import EVE, hidden_notes, pieces, places
from safesend.checks.piece import Kind


def _text(body: str, styles: str = "") -> bytes:
    return flat("text", body, styles=styles)


def _slide(inside: str, page: str = "", styles: str = "") -> bytes:
    return flat(
        "presentation", f"<draw:page {page}>{inside}</draw:page>", styles=styles
    )


def _style(family: str, properties: str, name: str = "s1", more: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="{family}" {more}>'
        f"<style:{properties}/></style:style>"
    )


_P = f"<text:p>{EVE}</text:p>"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f"<text:h>{EVE}</text:h>", "text, paragraph 1"),
        (
            "<text:p>eve@<text:span>exa</text:span>mple.net</text:p>",
            "text, paragraph 1",
        ),
        (
            (
                '<text:p>x<text:note text:note-class="footnote"><text:note-body>'
                f"{_P}</text:note-body></text:note></text:p>"
            ),
            "footnote",
        ),
        (f"<text:tracked-changes><a>{_P}</a></text:tracked-changes>", "deleted text"),
        (f"<style:header>{_P}</style:header>", "page header"),
        (f"<style:footer-left>{_P}</style:footer-left>", "page footer"),
        (f"<style:master-page>{_P}</style:master-page>", "master page"),
        (f"<text:p><svg:desc>{EVE}</svg:desc></text:p>", "alt text in text"),
        (f'<text:p><text:bookmark a="{EVE}"/></text:p>', "text, paragraph 1"),
        (f'<odd a="{EVE}"/>', "document"),
    ],
)
def test_everything_has_a_place(body: str, place: str) -> None:
    """As a person looks for it."""
    assert places(_text(body)) == [place]


def test_a_link_is_one() -> None:
    """Those inside the document lead nowhere."""
    link = '<text:p><text:a xlink:href="{}">x</text:a></text:p>'
    content = _text(link.format(f"mailto:{EVE}") + link.format("#eve@example.net"))
    assert places(content) == ["link in text, paragraph 1"]
    assert [p.kind for p in pieces(content) if EVE in p.text] == [Kind.LINK]


@pytest.mark.parametrize("value", ["none", "condition"])
def test_a_hidden_section_is_told(value: str) -> None:
    """One that is not shown; one with a condition may be."""
    section = f'<text:section text:name="s" text:display="{value}">{_P}</text:section>'
    content = _text(section)
    told = ["the section 's' is hidden"] if value == "none" else []
    assert hidden_notes(content) == told
    assert all(p.hidden == (value == "none") for p in pieces(content) if EVE in p.text)


@pytest.mark.parametrize(
    "paragraph",
    [
        f'<text:p>x<text:span text:style-name="s1">{EVE}</text:span></text:p>',
        f'<text:p text:style-name="p1">{EVE}</text:p>',
        f'<text:p text:style-name="p2">{EVE}</text:p>',
        f'<text:p>x<text:hidden-text text:string-value="{EVE}"/></text:p>',
        f"<text:p>x<text:hidden-paragraph>{EVE}</text:hidden-paragraph></text:p>",
    ],
)
def test_hidden_text_is_told(paragraph: str) -> None:
    """By a style, a style it is based on, or a field."""
    styles = (
        _style("text", 'text-properties text:display="none"')
        + _style("paragraph", 'text-properties text:display="none"', "p1")
        + _style("paragraph", "odd", "p2", 'style:parent-style-name="p1"')
    )
    content = _text(paragraph, styles)
    assert places(content)[0] == "hidden text in text, paragraph 1"
    assert hidden_notes(content) == ["hidden text is in it"]


def test_a_hidden_slide_is_told() -> None:
    """With its number."""
    hides = _style("drawing-page", 'd presentation:visibility="hidden"')
    content = _slide(_P, 'draw:style-name="s1"', hides)
    assert places(content) == ["hidden slide 1"]
    assert hidden_notes(content) == ["slide 1 is hidden"]


def test_speaker_notes_are_told() -> None:
    """Not the number of the page or an empty frame, which stand there anyway."""
    notes = "<presentation:notes><draw:frame {}>{}</draw:frame></presentation:notes>"
    content = _slide(notes.format('presentation:class="notes"', _P))
    assert places(content) == ["speaker notes of slide 1"]
    assert hidden_notes(content) == ["speaker notes are in it"]
    for attributes in (
        'presentation:class="page-number"',
        'presentation:class="notes" presentation:placeholder="true"',
    ):
        assert hidden_notes(_slide(notes.format(attributes, _P))) == []
    assert hidden_notes(_slide(notes.format("", "<text:p/>"))) == []


def test_a_drawing_has_pages() -> None:
    """Only a presentation has slides."""
    content = flat("drawing", f'<draw:page draw:name="bob@x.example">{_P}</draw:page>')
    assert places(content) == ["page 1"]
    assert places(content, "bob@x.example") == ["page 1"]


def test_a_comment_is_told() -> None:
    """With who wrote it."""
    comment = (
        "<office:annotation><dc:creator>Mallory</dc:creator>"
        "<text:p>eve@<text:span>example.net</text:span></text:p></office:annotation>"
    )
    content = _text(f"<text:p>be{comment}fore</text:p>")
    assert places(content) == ["comment in text"]
    assert places(content, "Mallory") == ["comment in text"]
    assert places(content, "before") == ["text, paragraph 1"]
    assert hidden_notes(content) == ["a comment is in it"]


def test_tracked_changes_are_told() -> None:
    """With who made them."""
    change = (
        "<text:tracked-changes><text:changed-region><text:deletion>"
        "<office:change-info><dc:creator>Mallory</dc:creator></office:change-info>"
        f"{_P}</text:deletion></text:changed-region></text:tracked-changes>"
    )
    content = _text(change)
    assert places(content) == ["deleted text"]
    assert places(content, "Mallory") == ["author of a tracked change"]
    assert hidden_notes(content) == ["tracked changes are still in it (1)"]


def test_an_ordinary_text_hides_nothing() -> None:
    """Nor do its styles."""
    styles = _style("text", 'text-properties fo:font="bold"'.replace("fo:", ""))
    assert hidden_notes(_text(_P, styles)) == []
