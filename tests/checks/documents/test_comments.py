"""Comments in office documents, and who wrote them."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest
from openpyxl.comments import Comment

from checks.documents.packages import EVE, hidden_notes, package, pieces, places
from safesend.checks.piece import Kind


def test_a_comment_in_a_workbook_is_told() -> None:
    """With its cell and its author."""
    book = openpyxl.Workbook()
    book.active["B7"].comment = Comment(EVE, "mallory@example.org")
    out = io.BytesIO()
    book.save(out)
    content = out.getvalue()
    assert places(content) == ["comment at cell B7"]
    assert places(content, "mallory@example.org") == ["author of a comment"]
    assert hidden_notes(content) == ["a comment is in it"]


def test_comments_in_a_text_are_counted() -> None:
    """An author is named once."""
    document = docx.Document()
    run = document.add_paragraph("x").add_run("y")
    for text in (EVE, "another"):
        document.add_comment(run, text=text, author="Mallory", initials="M")
    out = io.BytesIO()
    document.save(out)
    content = out.getvalue()
    assert places(content) == ["comment"]
    assert places(content, "Mallory") == ["author of a comment"]
    assert hidden_notes(content) == ["2 comments are in it"]


@pytest.mark.parametrize(
    ("xml", "place"),
    [
        (
            (
                '<ThreadedComments><threadedComment ref="C3" personId="{{1}}">'
                "<text>{}</text></threadedComment></ThreadedComments>"
            ),
            "comment at cell C3",
        ),
        ("<cmLst><cm authorId='0'><pos/><text>{}</text></cm></cmLst>", "comment"),
        (
            (
                "<cmLst><cm><txBody><p><r><t>eve@exa</t></r><r><t>mple.net</t></r></p>"
                "</txBody></cm></cmLst>"
            ),
            "comment",
        ),
    ],
)
def test_comments_of_all_kinds_are_read(xml: str, place: str) -> None:
    """Threads of Excel, old and new comments of PowerPoint."""
    content = package({"xl/odd.xml": xml.format(EVE)})
    assert places(content) == [place]
    [piece] = [piece for piece in pieces(content) if EVE in piece.text]
    assert (piece.kind, piece.hidden) == (Kind.TEXT, True)
    assert hidden_notes(content) == ["a comment is in it"]


@pytest.mark.parametrize(
    "xml",
    [
        '<personList><person displayName="Eve" userId="{}"/></personList>',
        '<people><person author="{}"/></people>',
        '<cmAuthorLst><cmAuthor name="{}"/><cmAuthor name="{}"/></cmAuthorLst>',
        '<authorLst><author userId="{}" initials=" "/></authorLst>',
    ],
)
def test_authors_of_all_kinds_are_read(xml: str) -> None:
    """Their logins are addresses as often as not; each is said once."""
    content = package({"xl/people.xml": xml.format(EVE, EVE)})
    [piece] = [p for p in pieces(content) if EVE in p.text and p.kind is Kind.METADATA]
    assert piece.place == "author of a comment"
    assert hidden_notes(content) == []


def test_a_list_of_authors_without_comments_is_nothing() -> None:
    """It stays when the last comment is deleted."""
    content = package({"xl/comments1.xml": "<comments><authors/></comments>"})
    assert hidden_notes(content) == []
