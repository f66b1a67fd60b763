"""Whole PDF files: everything in them is found, and hostile ones end."""

from __future__ import annotations

import functools
import io
import re
import time
import zlib

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import seconds
from checks.planting.pdf import PDFS, by_hand, stream
from safesend.checks.documents import pdf
from safesend.checks.documents.budget import Budget, Exhausted, Unreadable
from safesend.checks.documents.files import File, read_file
from safesend.checks.piece import Kind, NoteKind, Piece

EVE = "eve.long@wonder-land.example"
HELLO = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")


def read(data, **budget):
    return list(pdf.read(File("a.pdf", data, Budget(**budget))))


def texts(found):
    return [one.text for one in found if isinstance(one, Piece)]


def notes(found, kind):
    return [
        one.what for one in found if not isinstance(one, Piece) and one.kind is kind
    ]


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def lettered(*lines):
    """A PDF by reportlab with a page for each line."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for line in lines:
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def writer_of(data):
    return pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))


@pytest.mark.parametrize("spot", PDFS)
def test_an_address_at_each_place_is_found(spot) -> None:
    """Drawn, described, linked, attached, hidden or forgotten."""
    found = read(PDFS[spot].make(EVE))
    assert any(EVE in text for text in texts(found))
    assert notes(found, NoteKind.UNREADABLE) == []


def test_a_plain_file_has_no_notes() -> None:
    """Of an innocent PDF nothing is said but its text."""
    found = read(lettered("Dear member", "second page"))
    assert [one for one in found if not isinstance(one, Piece)] == []
    assert [one.text for one in found if one.kind is Kind.TEXT] == [
        "Dear member",
        "second page",
    ]


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_a_file_that_opens_without_a_password_is_read(algorithm) -> None:
    """Rights are no secret: everybody reads it."""
    pytest.importorskip("cryptography")
    writer = writer_of(PDFS["pdf info in utf-16"].make(EVE))
    writer.encrypt("", "owner", algorithm=algorithm)
    assert EVE in texts(read(written(writer)))


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_file_with_a_password_is_unreadable(algorithm) -> None:
    """Nobody knows what is in it."""
    pytest.importorskip("cryptography")
    writer = writer_of(lettered("secret"))
    writer.encrypt("password", algorithm=algorithm)
    with pytest.raises(Unreadable, match="encrypted"):
        read(written(writer))


def test_an_unknown_encryption_is_an_encryption() -> None:
    """A handler of a firm's own is not called damage."""
    trailer = b"/Encrypt 6 0 R/ID[<00><00>]"
    data = by_hand(HELLO, b"<</Filter/Acme.Safe/V 9>>", trailer=trailer)
    with pytest.raises(Unreadable, match="encrypted"):
        read(data)


def test_attached_files_are_noted_and_read() -> None:
    """Both the list of attachments and a pin on a page hold files."""
    writer = writer_of(lettered("see the pin"))
    writer.add_attachment("list.csv", f"name;mail\nEve;{EVE}\n".encode())
    found = read(written(writer))
    assert "a file is attached inside the PDF" in notes(found, NoteKind.HIDDEN)
    [piece] = [one for one in found if EVE in getattr(one, "text", "")]
    assert piece.place.startswith("attached file 'list.csv'")


def test_an_attached_file_without_a_description_is_read() -> None:
    """A stream that says it is a file is one."""
    table = stream(f"mail\n{EVE}\n".encode(), b"/Type/EmbeddedFile", deflate=True)
    [piece] = [one for one in read(by_hand(HELLO, table)) if EVE in one.text]
    assert piece.place == "attached file"


def test_a_damaged_attached_file_is_noted() -> None:
    """What cannot be unpacked is not silently left out."""
    spec = b"<</Type/Filespec/UF(a.txt)/EF<</F 7 0 R/UF 7 0 R/DOS 5>>>>"
    broken = stream(b"x", b"/Type/EmbeddedFile/Filter/NoSuchFilter")
    found = read(by_hand(HELLO, spec, broken))
    assert notes(found, NoteKind.UNREADABLE) == ["it is damaged"]
    assert "a.txt" in texts(found)


@pytest.mark.parametrize(
    "layers",
    [
        b"<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>",
        b"<</OCGs[6 0 R]/D<</BaseState/OFF>>>>",
    ],
)
def test_a_layer_that_is_off_is_noted(layers) -> None:
    """Its text is read as any other."""
    layer = b"<</Type/OCG/Name(prices for us)>>"
    found = read(by_hand(HELLO, layer, root=b"/OCProperties" + layers))
    assert notes(found, NoteKind.HIDDEN) == ["a layer of the PDF is switched off"]
    assert "prices for us" in texts(found)


@pytest.mark.parametrize(
    "layers",
    [
        b"<</OCGs[6 0 R]/D<</ON[6 0 R]/OFF[]>>>>",
        b"<</OCGs[6 0 R]/D<</BaseState/OFF/ON[6 0 R]>>>>",
        b"<</OCGs 5/D 5>>",
        b"5",
    ],
)
def test_layers_that_are_on_are_not_noted(layers) -> None:
    """Nor do broken lists of layers matter."""
    layer = b"<</Type/OCG/Name(x)>>"
    assert not notes(
        read(by_hand(HELLO, layer, root=b"/OCProperties " + layers)), NoteKind.HIDDEN
    )


def test_an_update_that_replaced_a_text_is_noted() -> None:
    """The old text is no longer shown, and is in the file."""
    found = read(PDFS["pdf earlier version"].make(EVE))
    [note] = notes(found, NoteKind.HIDDEN)
    assert note == "an earlier version of the PDF is in it, with other text"
    [piece] = [one for one in found if EVE in getattr(one, "text", "")]
    assert (piece.place, piece.hidden) == ("an earlier version, page 1", True)


def test_a_file_without_pages_is_searched() -> None:
    """A page tree that is no tree does not hide the rest."""
    note = b"<</Type/Annot/Contents(" + EVE.encode() + b")>>"
    data = by_hand(HELLO, note).replace(b"/Pages 2 0 R", b"/Pages 9 0 R")
    assert EVE in texts(read(data))


def test_an_update_with_the_same_text_is_not_noted() -> None:
    """Filling in a form or signing appends a version; that alone is no leak."""
    writer = pypdf.PdfWriter(io.BytesIO(lettered("Hello")), incremental=True)
    writer.add_metadata({"/Keywords": "new"})
    data = written(writer)
    assert data.count(b"%%EOF") == 2
    found = read(data)
    assert "new" in texts(found)
    assert notes(found, NoteKind.HIDDEN) == []


def test_a_page_that_was_taken_out_is_noted() -> None:
    """It is not shown any more, and still there."""
    data = lettered("one", f"write to {EVE}")
    kids = re.search(rb"/Count 2 /Kids \[ (\d+ 0 R) (\d+ 0 R) \]", data)
    fewer = b"/Count 1 /Kids [ " + kids[1] + b" ".ljust(len(kids[2]) + 1) + b" ]"
    found = read(data.replace(kids[0], fewer))
    [piece] = [one for one in found if EVE in getattr(one, "text", "")]
    assert (piece.place, piece.hidden) == ("a page that is not shown", True)
    assert notes(found, NoteKind.HIDDEN) == ["a page in it is not shown"]


def test_text_without_a_font_is_found() -> None:
    """No program shows it, any program can read it."""
    content = stream(b"BT 72 700 Td (" + EVE.encode() + b") Tj ET", deflate=True)
    data = by_hand(content).replace(b"/Resources<<", b"/Resourced<<")
    assert EVE in texts(read(data))


def test_the_appearance_of_a_field_is_found() -> None:
    """What a field shows may differ from its value."""
    show = b"/Tx BMC BT /F 9 Tf 2 2 Td (" + EVE.encode() + b") Tj ET EMC"
    form = stream(show, b"/Subtype/Form/Resources<</Font<</F 5 0 R>>>>", deflate=True)
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(b)/Rect[0 0 9 9]/AP<</N 6 0 R>>>>"
    )
    found = read(by_hand(HELLO, form, field))
    assert {EVE, "a", "b"} <= set(texts(found))


def test_fonts_are_not_searched() -> None:
    """Their makers' addresses are in every second PDF, and nobody's data."""
    font = stream(b"%!PS-AdobeFont (info@foundry.example)", deflate=True)
    descriptor = b"<</Type/FontDescriptor/FontFile 7 0 R/FontFamily(x@y.example)>>"
    assert not any(
        "@" in text for text in texts(read(by_hand(HELLO, descriptor, font)))
    )


def test_the_place_of_an_annotation_names_its_page() -> None:
    """Pages are counted from one, as programs show them."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "one")
    canvas.showPage()
    canvas.textAnnotation(EVE, (72, 700, 200, 720))
    canvas.showPage()
    canvas.save()
    [piece] = [one for one in read(out.getvalue()) if EVE in one.text]
    assert piece.where() == "page 2, annotation"


# Damaged and hostile -----------------------------------------------------------------


def ends(data, most=60.0):
    """Whatever the file is, reading it ends as the interface says, and soon."""
    start = time.process_time()
    found = list(read_file("a.pdf", data))
    assert time.process_time() - start < most
    return found


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\n" + b"1 0 obj\n" * 1000,
        b"%PDF-1.7\n" + b"<<" * 20_000 + b"\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 50_000 + b"\nendobj\nstartxref\n9\n%%EOF",
    ],
)
def test_what_only_begins_as_a_pdf_is_damaged(data) -> None:
    """It is refused, since nobody knows what a program makes of it."""
    assert "it is damaged" in notes(ends(data), NoteKind.UNREADABLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
        (b"/Kids[3 0 R]", b"/Kids[3 0 R 2 0 R 3 0 R]"),
        (b"/Kids[3 0 R]", b"/Kids 5"),
        (b"/Pages 2 0 R", b"/Pages 1 0 R"),
        (b"/Pages 2 0 R", b"/Pages 99 0 R"),
        (b"/Contents 4 0 R", b"/Contents 3 0 R"),
        (b"/Contents 4 0 R", b"/Contents[4 0 R 4 0 R 2 0 R]"),
        (b"/Font<</F 5 0 R>>", b"/Font<</F 3 0 R>>"),
        (b"/Parent 2 0 R", b"/Parent 3 0 R"),
        (b"/Root 1 0 R", b"/Root 1 0 R/Prev 9999999"),
        (b"/Root 1 0 R", b"/Root 4 0 R"),
        (b"/Root 1 0 R", b""),
        (b"/Type/Page/", b"/Type[1]/Annots 3 0 R/"),
        (b"/Length 35", b"/Length 4 0 R"),
        (b"/Length 35", b"/Length 99999999999"),
        (b"/Type1", b"/Type0"),
        (b"BT /F", b"BT /G"),
    ],
)
def test_loops_and_lies_end(old, new) -> None:
    """A broken structure is read as far as it goes, or damaged."""
    data = by_hand(HELLO)
    assert old in data
    ends(data.replace(old, new))


def test_an_xref_that_names_itself_ends() -> None:
    """A chain of older tables may be a ring."""
    data = by_hand(HELLO)
    start = re.search(rb"startxref\n(\d+)", data)[1]
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev " + start)
    assert "Hello" in texts(ends(data))


def test_a_form_that_draws_itself_ends() -> None:
    """Forms may be in each other, and in themselves."""
    form = stream(
        b"BT /F 9 Tf (eve) Tj ET /X Do /X Do",
        b"/Subtype/Form/Resources<</XObject<</X 6 0 R>>/Font<</F 5 0 R>>>>",
    )
    data = by_hand(stream(b"/X Do"), form)
    resources = b"/Resources<</XObject<</X 6 0 R>>"
    found = ends(data.replace(b"/Resources<<", resources, 1))
    assert "eve" in texts(found)


def test_a_bomb_ends_with_the_budget() -> None:
    """What is packed too well is left as it is."""
    bomb = stream(b"(" + b"a@" * 3_000_000 + b") Tj", deflate=True)
    with pytest.raises(Exhausted):
        read(by_hand(HELLO, bomb, bomb), octets=5_000_000)
    filters = b"/Filter[" + b"/FlateDecode" * 3 + b"]"
    packed = zlib.compress(zlib.compress(zlib.compress(b"\0" * (64 << 20))))
    ends(by_hand(stream(packed, filters)))
    ends(by_hand(stream(packed, b"/Filter[" + b"/FlateDecode" * 1000 + b"]")))


def test_a_file_of_many_objects_takes_linear_time() -> None:
    """Twice the objects take about twice the time."""
    times = []
    for count in (500, 2000):
        objects = [b"<</Contents(note %d)>>" % n for n in range(count)]
        data = by_hand(HELLO, *objects)
        times.append(seconds(functools.partial(read, data)))
    assert times[1] < 12 * times[0] + 0.2


@pytest.mark.parametrize(("before", "after"), [(b"\n\n", b""), (b"", b"\n" * 5000)])
def test_what_stands_before_or_after_does_not_matter(before, after) -> None:
    """Programs open files with other octets around them."""
    data = before + PDFS["pdf text"].make(EVE) + after
    assert any(EVE in text for text in texts(ends(data)))


def test_a_file_without_its_end_is_read() -> None:
    """A torn download is searched for its objects."""
    data = PDFS["pdf text"].make(EVE)
    assert any(EVE in text for text in texts(read(data[: data.rindex(b"startxref")])))


@given(st.data())
def test_any_change_of_any_octet_ends(choice) -> None:
    """Files that were torn or turned at random end as notes and pieces."""
    data = bytearray(PDFS[choice.draw(st.sampled_from(sorted(PDFS)))].make(EVE))
    for _ in range(choice.draw(st.integers(1, 8))):
        place = choice.draw(st.integers(0, len(data) - 1))
        data[place] = choice.draw(st.integers(0, 255))
    cut = choice.draw(st.integers(len(data) // 2, len(data)))
    ends(bytes(data[:cut]))


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"


@pytest.mark.parametrize(
    "form",
    [
        stream(b"(eve) Tj", FORM + b"/Filter/NoSuchFilter"),
        stream(b"BT (eve) Tj <</A >> >> ET", FORM),
    ],
)
def test_a_drawing_whose_text_cannot_be_read_is_noted(form) -> None:
    """It is missing from the text of the page that shows it, without a word."""
    what = "it is damaged or too large; its text was not read"
    assert notes(read(by_hand(HELLO, form)), NoteKind.UNREADABLE) == [what]


def test_a_page_that_pypdf_leaves_out_silently_is_noted() -> None:
    """The same for what the page itself draws; an address in it is found."""
    page = stream(b"BT /F 12 Tf (%s) Tj <</A >> >> ET" % EVE.encode())
    found = read(by_hand(page))
    assert notes(found, NoteKind.UNREADABLE)
    assert any(EVE in text for text in texts(found))


def test_a_broken_drawing_without_text_is_none() -> None:
    """Lines and colours are of no interest."""
    form = stream(b"[" * 5000 + b"] 0 d 9 9 l S", FORM)
    assert texts(read(by_hand(HELLO, form))) == ["Hello"]
    assert notes(read(by_hand(HELLO, form)), NoteKind.UNREADABLE) == []


def test_the_octets_of_an_object_that_cannot_be_read_are_searched() -> None:
    """Another program may be able to read it."""
    torn = b"[" * 3000 + b"(" + EVE.encode() + b")" + b"]" * 3000
    assert any(EVE in text for text in texts(read(by_hand(HELLO, torn))))


def test_the_octets_of_a_packed_object_that_cannot_be_read_are_searched() -> None:
    """The same in an object stream; a table that lies about places harms nobody."""
    torn = b"[" * 3000 + b"(" + EVE.encode() + b")" + b"]" * 3000
    packed = b"9 0 " + torn
    objects = stream(packed, b"/Type/ObjStm/N 1/First 4", deflate=True)
    data = by_hand(HELLO, objects)
    start = len(data)
    rows = b"".join(
        bytes(row)
        for row in [
            *([1, 0, place >> 8, place & 255, 0] for place in _places(data)),
            *([1, 0, 255, 255, 0] for _ in range(2)),
            [2, 0, 0, 6, 0],
        ]
    )
    table = stream(rows, b"/Type/XRef/W[1 3 1]/Size 10/Root 1 0 R/Index[1 9]")
    data += b"10 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    assert any(EVE in text for text in texts(read(data)))


def _places(data: bytes) -> list[int]:
    """Where the objects 1 to 6 begin."""
    return [data.index(b"\n%d 0 obj" % number) + 1 for number in range(1, 7)]
