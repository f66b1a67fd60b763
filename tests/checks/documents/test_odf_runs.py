"""Paragraphs of OpenDocument."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from safesend.checks.documents.odf_runs import attribute, links, paragraph, spoken_odf


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<p>a<s/>b<s c='2'/>c<tab/>d<line-break/>e</p>", "a b  c\td\ne"),
        ("<p>eve@<span>exa<b/></span>mple.net</p>", "eve@example.net"),
        ("<p>a<note-citation>1</note-citation>b</p>", "a 1 b"),
        ("<p><s c='999999'/></p>", " " * 100),
        ("<p><s c='-5'/></p>", " "),
        ("<p>a<hidden-text string-value='b'/></p>", "a b"),
        ("<p/>", ""),
    ],
)
def test_text_is_joined_as_it_is_shown(xml: str, text: str) -> None:
    """With its spaces, tabs and line breaks."""
    assert spoken_odf(fromstring(xml)) == text


def test_hidden_stretches_stand_alone() -> None:
    """What surrounds them is joined."""
    xml = "<p>Dear <span style-name='h'>x<b>y</b></span>friend</p>"
    found = paragraph(fromstring(xml), {"h"}, "here", hidden=False)
    assert [(p.place, p.text, p.hidden) for p in found] == [
        ("hidden text in here", "xy", True),
        ("here", "Dear friend", False),
    ]


def test_what_is_hidden_as_a_whole_says_so_once() -> None:
    """Its place says it already."""
    found = paragraph(fromstring("<p>x</p>"), {"h"}, "hidden slide 1", hidden=True)
    assert [(p.place, p.hidden) for p in found] == [("hidden slide 1", True)]


def test_links_lead_out_of_the_document() -> None:
    """Others are left to their attributes."""
    xml = "<p><a href='mailto:x'/><a href='#y'/><a href='./Object 1'/></p>"
    assert list(links(fromstring(xml))) == ["mailto:x"]


def test_an_attribute_is_found_by_its_local_name() -> None:
    """Whatever its namespace."""
    element = fromstring("<p xmlns:t='t' t:name='x'/>")
    assert (attribute(element, "name"), attribute(element, "other")) == ("x", "")
