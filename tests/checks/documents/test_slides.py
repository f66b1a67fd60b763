"""Presentations: what is shown, and what the speaker keeps to himself."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from checks.documents.packages import EVE, hidden_notes, package, pieces, places


def _made(change: Callable[[Any], None]) -> bytes:
    show = pptx.Presentation()
    for title in ("First", "Second"):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
    change(show)
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def test_slides_are_counted_as_they_are_shown() -> None:
    """The order stands in the presentation, not in the names of the parts."""

    def change(show: Any) -> None:
        show.slides[1].shapes.title.text = EVE
        order = show.slides._sldIdLst
        order.insert(0, order[1])

    assert places(_made(change)) == ["slide 1"]


def test_runs_are_joined() -> None:
    """PowerPoint cuts an address into runs anywhere."""

    def change(show: Any) -> None:
        paragraph = show.slides[0].placeholders[1].text_frame.paragraphs[0]
        paragraph.add_run().text = "eve@exa"
        paragraph.add_run().text = "mple.net"

    assert places(_made(change)) == ["slide 1"]


def test_speaker_notes_are_told() -> None:
    """They go out with the file."""

    def change(show: Any) -> None:
        show.slides[1].notes_slide.notes_text_frame.text = EVE

    content = _made(change)
    assert places(content) == ["speaker notes of slide 2"]
    assert hidden_notes(content) == ["speaker notes are in it"]


def test_an_empty_page_of_notes_is_nothing() -> None:
    """PowerPoint makes one at a click; it shows the number of the slide."""

    def change(show: Any) -> None:
        notes = show.slides[0].notes_slide
        for shape in notes.placeholders:
            if shape.placeholder_format.type.name == "SLIDE_NUMBER":
                shape.text_frame.text = "1"

    assert hidden_notes(_made(change)) == []


def test_a_slide_number_is_no_note() -> None:
    """Nor are a date, a header and a footer."""
    shape = (
        '<p:sp><p:nvSpPr><p:nvPr><p:ph type="{}"/></p:nvPr></p:nvSpPr>'
        "<p:txBody><a:p><a:r><a:t>text</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    for kind, told in (("sldNum", 0), ("dt", 0), ("ftr", 0), ("body", 1)):
        notes = f'<p:notes xmlns:p="p" xmlns:a="a">{shape.format(kind)}</p:notes>'
        content = package({"ppt/notes1.xml": notes})
        assert len(hidden_notes(content)) == told
        assert places(content, "text")[0] == "speaker notes"


def test_a_hidden_slide_is_told() -> None:
    """With its number."""

    def change(show: Any) -> None:
        show.slides[1]._element.set("show", "0")
        show.slides[1].shapes.title.text = EVE

    content = _made(change)
    assert places(content) == ["hidden slide 2"]
    assert hidden_notes(content) == ["slide 2 is hidden"]
    assert all(piece.hidden for piece in pieces(content) if EVE in piece.text)


def test_a_hidden_slide_without_text_is_nothing() -> None:
    """There is nothing to read on it."""
    slide = '<p:sld xmlns:p="p" show="false"><p:cSld/></p:sld>'
    assert hidden_notes(package({"ppt/slides/slide1.xml": slide})) == []


def test_a_slide_that_does_not_say_is_shown() -> None:
    """Even one without content."""
    assert hidden_notes(package({"ppt/slides/slide1.xml": "<sld/>"})) == []


def test_the_workbook_behind_a_chart_is_read() -> None:
    """All its cells, drawn or not."""

    def change(show: Any) -> None:
        data = CategoryChartData()
        data.categories = [EVE]
        data.add_series("x", (1,))
        size = (Inches(1),) * 4
        show.slides[0].shapes.add_chart(XL_CHART_TYPE.PIE, *size, data)

    content = _made(change)
    assert any("embedded file" in place and "A2" in place for place in places(content))
    assert "chart" in places(content)
    assert hidden_notes(content) == []


def test_alt_texts_and_masters_are_read() -> None:
    """Wherever a name can stand."""

    def change(show: Any) -> None:
        show.slides[0].shapes.title._element.nvSpPr.cNvPr.set("descr", EVE)
        show.slide_layouts[1].placeholders[0].text_frame.text = "layout@example.net"

    content = _made(change)
    assert places(content) == ["slide 1"]
    assert places(content, "layout@example.net") == ["slide layout"]
