"""PDF files: by reportlab, and by hand what it does not make (ISO 32000-1)."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from checks.planting.spot import Spot, named

__all__ = ["PDFS", "by_hand"]


def _reportlab(draw: Callable[[Any, str], object]) -> Callable[[str], bytes]:
    """A page of reportlab, drawn on by a function of canvas and text."""

    def make(text: str) -> bytes:
        from reportlab.pdfgen.canvas import Canvas

        out = io.BytesIO()
        canvas = Canvas(out)
        canvas.drawString(72, 760, "The hall is open again.")
        draw(canvas, text)
        canvas.showPage()
        canvas.save()
        return out.getvalue()

    return make


def _line(canvas: Any, text: str) -> None:
    canvas.drawString(72, 700, f"Write to {text} now.")


def _glyph_by_glyph(canvas: Any, text: str) -> None:
    x = 72.0
    for letter in text:
        canvas.drawString(x, 700, letter)
        x += canvas.stringWidth(letter)


def _invisible(canvas: Any, text: str) -> None:
    block = canvas.beginText(72, 700)
    block.setTextRenderMode(3)
    block.textLine(text)
    canvas.drawText(block)


def _outside(canvas: Any, text: str) -> None:
    canvas.drawString(-900, -900, text)


def _white(canvas: Any, text: str) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 700, text)


def _under_a_bar(canvas: Any, text: str) -> None:
    canvas.drawString(72, 700, text)
    canvas.rect(70, 695, 300, 20, fill=1)


def _second_page(canvas: Any, text: str) -> None:
    canvas.showPage()
    canvas.drawString(72, 700, text)


def _link(canvas: Any, text: str) -> None:
    canvas.linkURL(f"mailto:{text}", (72, 700, 200, 720))


def _annotation(canvas: Any, text: str) -> None:
    canvas.textAnnotation(text, (72, 700, 200, 720))


def _bookmark(canvas: Any, text: str) -> None:
    canvas.bookmarkPage("here")
    canvas.addOutlineEntry(text, "here")


def _form(canvas: Any, text: str) -> None:
    canvas.acroForm.textfield(name="who", value=text, x=72, y=600)


def _paragraph(text: str) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]
    words = f"Dear member, please write to {escape(text)} as soon as you can. " * 6
    SimpleDocTemplate(out).build([Paragraph(words, style)])
    return out.getvalue()


# By hand -----------------------------------------------------------------------------


def by_hand(*objects: bytes, trailer: bytes = b"", root: bytes = b"") -> bytes:
    """A PDF of one page whose content is object 4; more objects follow from 6 on."""
    fixed = [
        b"<</Type/Catalog/Pages 2 0 R" + root + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>"
        ),
        objects[0] if objects else stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *objects[1:],
    ]
    return _assembled(fixed, trailer)


def _assembled(objects: list[bytes], trailer: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (size, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, more: bytes = b"", *, deflate: bool = False) -> bytes:
    """A stream object (section 7.3.8)."""
    if deflate:
        content, more = zlib.compress(content), more + b"/Filter/FlateDecode"
    head = b"<</Length %d%s>>\nstream\n" % (len(content), more)
    return head + content + b"\nendstream"


def _escaped(text: str) -> bytes:
    return re.sub(rb"([\\()])", rb"\\\1", text.encode("latin-1", "replace"))


def _shown(operator: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """A page whose text is shown by these operators."""

    def make(text: str) -> bytes:
        content = b"BT /F 12 Tf 72 700 Td " + operator(text) + b" ET"
        return by_hand(stream(content, deflate=True))

    return make


def _kerned(text: str) -> bytes:
    letters = b" -20 ".join(b"(" + _escaped(letter) + b")" for letter in text)
    return b"[" + letters + b"] TJ"


def _in_hex(text: str) -> bytes:
    return b"<" + text.encode("latin-1").hex().encode() + b"> Tj"


def _in_octal(text: str) -> bytes:
    return b"(" + b"".join(b"\\%03o" % o for o in text.encode("latin-1")) + b") Tj"


def _two_strings(text: str) -> bytes:
    middle = len(text) // 2
    first, second = _escaped(text[:middle]), _escaped(text[middle:])
    return b"(" + first + b") Tj (" + second + b") Tj"


def _over_lines(text: str) -> bytes:
    return b"(" + _escaped(text[:4]) + b"\\\n" + _escaped(text[4:]) + b") Tj"


def _own_encoding(text: str) -> bytes:
    """Codes that mean nothing without the ToUnicode table (section 9.10.3)."""
    letters = sorted(set(text))
    codes = {letter: number for number, letter in enumerate(letters, 33)}
    table = b"".join(
        b"<%02x> <%04x>\n" % (codes[letter], ord(letter)) for letter in letters
    )
    cmap = (
        b"/CIDInit /ProcSet findresource begin\nbegincmap\n"
        b"1 begincodespacerange\n<00> <ff>\nendcodespacerange\n"
        b"%d beginbfchar\n%sendbfchar\nendcmap\nend\n" % (len(letters), table)
    )
    shown = bytes(codes[letter] for letter in text).hex().encode()
    content = stream(b"BT /F 12 Tf 72 700 Td <" + shown + b"> Tj ET", deflate=True)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Odd/ToUnicode 7 0 R>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>"
        ),
        content,
        font,
        b"<<>>",
        stream(cmap, deflate=True),
    ]
    return _assembled(objects, b"")


def _utf16(text: str) -> bytes:
    return (
        b"<"
        + b"\xfe\xff".hex().encode()
        + text.encode("utf-16-be").hex().encode()
        + b">"
    )


def _info(text: str) -> bytes:
    content = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    author = b"<</Author " + _utf16(text) + b">>"
    return by_hand(content, author, trailer=b"/Info 6 0 R")


def _xmp(text: str) -> bytes:
    packet = (
        '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{escape(text)}'
        "</dc:creator>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    content = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    metadata = stream(packet.encode(), b"/Type/Metadata/Subtype/XML")
    return by_hand(content, metadata, root=b"/Metadata 6 0 R")


def _attached(text: str) -> bytes:
    content = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    names = (
        b"/Names<</EmbeddedFiles<</Names[(list.csv)<</Type/Filespec/F(list.csv)"
        b"/EF<</F 6 0 R>>>>]>>>>"
    )
    table = f"name;mail\nEve;{text}\n".encode()
    return by_hand(
        content, stream(table, b"/Type/EmbeddedFile", deflate=True), root=names
    )


def _unused(text: str) -> bytes:
    content = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    old = b"BT /F 12 Tf 72 700 Td (" + _escaped(text) + b") Tj ET"
    return by_hand(content, stream(old, deflate=True))


def _earlier_version(text: str) -> bytes:
    """An update that replaces the page's text and leaves the old one in the file."""
    old = b"BT /F 12 Tf 72 700 Td (" + _escaped(text) + b") Tj ET"
    first = by_hand(stream(old, deflate=True))
    offset = len(first)
    new = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    update = b"4 0 obj\n" + new + b"\nendobj\n"
    start = offset + len(update)
    before = int(first.rsplit(b"startxref\n", 1)[1].split(b"\n", 1)[0])
    update += b"xref\n4 1\n%010d 00000 n \n" % offset
    update += b"trailer\n<</Size 6/Root 1 0 R/Prev %d>>\n" % before
    return first + update + b"startxref\n%d\n%%%%EOF\n" % start


def _script(text: str) -> bytes:
    content = stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET")
    action = b"/OpenAction<</S/JavaScript/JS(var who = '" + _escaped(text) + b"';)>>"
    return by_hand(content, root=action)


def _after_the_end(text: str) -> bytes:
    return by_hand() + f"\nname;mail\nEve;{text}\n".encode()


def _remark(text: str) -> bytes:
    return by_hand().replace(b"%%EOF", b"% made for " + text.encode() + b"\n%%EOF")


_DRAWN = {
    "text": _line,
    "glyph by glyph": _glyph_by_glyph,
    "invisible": _invisible,
    "outside the page": _outside,
    "white": _white,
    "under a black bar": _under_a_bar,
    "second page": _second_page,
    "link": _link,
    "annotation": _annotation,
    "bookmark": _bookmark,
    "form": _form,
    "title": lambda canvas, text: canvas.setTitle(text),
    "author": lambda canvas, text: canvas.setAuthor(text),
    "subject": lambda canvas, text: canvas.setSubject(text),
    "keywords": lambda canvas, text: canvas.setKeywords(text),
}

_SHOWN = {
    "kerned letters": _kerned,
    "hex string": _in_hex,
    "octal string": _in_octal,
    "two strings": _two_strings,
    "string over lines": _over_lines,
}

_BY_HAND = {
    "own encoding": _own_encoding,
    "info in utf-16": _info,
    "xmp": _xmp,
    "attached file": _attached,
    "unused object": _unused,
    "earlier version": _earlier_version,
    "script": _script,
    "after the end": _after_the_end,
    "remark": _remark,
}

# The raw search of octets and the joining of letters look for an address as it is.
_PLAIN_ONLY = {"glyph by glyph", "remark"}


def _spot(name: str, make: Callable[[str], bytes]) -> Spot:
    verbatim = name not in _PLAIN_ONLY
    return Spot(f"pdf {name}", make, (), "a.pdf", ascii_only=True, verbatim=verbatim)


PDFS = named(
    [
        *(_spot(name, _reportlab(draw)) for name, draw in _DRAWN.items()),
        Spot("pdf paragraph", _paragraph, ("page 1",), "a.pdf", verbatim=False),
        *(_spot(name, _shown(operator)) for name, operator in _SHOWN.items()),
        *(_spot(name, make) for name, make in _BY_HAND.items()),
    ]
)
"""Every place in a PDF."""
