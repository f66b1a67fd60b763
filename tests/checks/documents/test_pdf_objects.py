"""Strings in the objects of a PDF, and who sees them."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from pypdf.generic import ByteStringObject, read_object

from checks.planting.pdf import by_hand
from safesend.checks.documents.pdf_objects import (
    Role,
    dictionaries,
    role_of,
    strings,
    word,
)
from safesend.checks.piece import Kind

PAGE = Role("page 3")
LOOSE = Role("elsewhere in the file")


def parsed(source):
    return read_object(io.BytesIO(source + b" "), PdfReader(io.BytesIO(by_hand())))


def seen(source, role=PAGE):
    return list(strings(parsed(source), role))


@pytest.mark.parametrize(
    ("source", "place", "kind"),
    [
        (b"<</Type/Annot/Contents(eve)>>", "page 3, annotation", Kind.TEXT),
        (b"<</Subtype/Text/Rect[0 0 1 1]/T(eve)>>", "page 3, annotation", Kind.TEXT),
        (b"<</FT/Tx/V(eve)>>", "page 3, form field", Kind.TEXT),
        (b"<</T(eve)/Kids[]>>", "page 3, form field", Kind.TEXT),
        (b"<</Subtype/Link/Rect[]/A<</S/URI/URI(eve)>>>>", "page 3, link", Kind.LINK),
        (b"<</AA<</O<</S/JavaScript/JS(eve)>>>>>>", "page 3, script", Kind.MARKUP),
        (b"<</Title(eve)/Parent 1 0 R>>", "bookmark", Kind.TEXT),
        (b"<</S/Launch/F(eve)>>", "page 3, link to a file", Kind.NAME),
        (b"<</Type/Filespec/UF(eve)>>", "page 3, name of a file", Kind.NAME),
        (b"<</Type/OCG/Name(eve)>>", "page 3, layer", Kind.NAME),
        (b"<</Type/Sig/Name(eve)>>", "page 3, signature", Kind.METADATA),
        (b"<</Anything[[(eve)]]>>", "page 3", Kind.MARKUP),
        (b"(eve)", "page 3", Kind.MARKUP),
    ],
)
def test_a_string_is_where_its_dictionary_is(source, place, kind) -> None:
    """What holds a string says how a reader comes to see it."""
    [piece] = seen(source)
    assert (piece.text, piece.place, piece.kind) == ("eve", place, kind)


def test_without_a_page_the_place_is_what_it_is() -> None:
    """An annotation of no page is called an annotation."""
    [piece] = seen(b"<</Type/Annot/Contents(eve)>>", LOOSE)
    assert piece.place == "annotation"


@pytest.mark.parametrize(("flags", "hidden"), [(2, True), (32, True), (4, False)])
def test_hidden_annotations_are_hidden(flags, hidden) -> None:
    """Hidden and NoView annotations are shown only by other programs."""
    [piece] = seen(b"<</Subtype/Text/Rect[]/F %d/Contents(eve)>>" % flags)
    assert piece.hidden is hidden


@pytest.mark.parametrize(
    "source",
    [
        b"<</Type/Font/BaseFont(eve)>>",
        b"<</ID[(eve)(eve)]>>",
        b"<</DA(/Helv 0 Tf)>>",
        b"<</CreationDate(D:20200101000000Z)>>",
        b"<</S/Name>>",
        b"<</A 5/B true/C null/D 1 0 R>>",
        b"<</A()>>",
    ],
)
def test_words_of_the_format_are_no_text(source) -> None:
    """Names, dates of the program, fonts and numbers say nothing of people."""
    assert seen(source) == []


def test_names_and_keys_with_an_address_are_text() -> None:
    """A destination or a button may be named after somebody."""
    found = seen(b"<</eve@example.net 1/B/bob#40example.org>>")
    assert {piece.text for piece in found} == {"eve@example.net", "/bob@example.org"}


def test_strings_are_decoded() -> None:
    """UTF-16, PDFDocEncoding, octal and hex strings are what they say."""
    assert [
        piece.text for piece in seen(b"[<FEFF0065007600650040> (\\145v\\145)]")
    ] == [
        "eve@",
        "eve",
    ]


def test_octets_in_a_string_are_searched() -> None:
    """A signature holds a certificate, and it the address of its owner."""
    blob = ByteStringObject(b"\0\xff\x06\x03eve@example.net\x13\x88\x01\0ab\0")
    [piece] = strings(blob, PAGE)
    assert (piece.text, piece.kind) == ("eve@example.net", Kind.OCTETS)


def test_lines_have_numbers() -> None:
    """A note of several lines is a piece for each."""
    found = seen(b"<</Type/Annot/Contents(one\\rtwo\\n\\nthree)>>")
    assert [(p.line, p.text) for p in found] == [(1, "one"), (2, "two"), (3, "three")]


def test_depth_has_an_end() -> None:
    """A hostile nesting is left at some depth, and no recursion is involved."""
    nested = leaf = []
    for _ in range(5000):
        nested = [nested]
    leaf.append("eve")
    assert list(strings(nested, PAGE)) == []
    assert list(dictionaries(nested)) == []
    assert list(strings([[["eve"]]], PAGE))


def test_every_dictionary_is_found() -> None:
    """Those in arrays and in other dictionaries too."""
    found = list(dictionaries(parsed(b"<</A<</B 1>>/C[<</D 2>>]>>")))
    assert [sorted(one) for one in found] == [["/A", "/C"], ["/D"], ["/B"]]


def test_what_is_no_name_is_no_word() -> None:
    """Hostile files put arrays where names belong."""
    one = parsed(b"<</Type[1]/S<<>>/F(text)/Rect[]/Subtype/X>>")
    assert word(one, "/Type") == ""
    assert word(one, "/None") == ""
    assert role_of(one, PAGE).hidden is False
