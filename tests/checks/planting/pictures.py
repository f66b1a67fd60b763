"""Pictures with a text in their metadata or behind their end."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from xml.sax.saxutils import escape

from checks.planting.archives import table, zipped
from checks.planting.spot import Spot

__all__ = ["PICTURES"]


def _picture(kind: str, **options: object) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (4, 3), (200, 10, 10)).save(out, kind, **options)
    return out.getvalue()


def _png_text(text: str, *, compressed: bool) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", text, zip=compressed)
    return _picture("PNG", pnginfo=info)


def _png_itxt(text: str) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", _xmp(text), zip=True)
    return _picture("PNG", pnginfo=info)


def _xmp(text: str) -> str:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta '
        'xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-'
        'rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator><rdf:Seq><rdf:li>{escape(text)}</rdf:li></rdf:Seq></dc:creator>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _exif(tag: int, text: str) -> bytes:
    import piexif

    value: object = text.encode()
    block = "0th"
    if tag == piexif.ExifIFD.UserComment:
        block, value = "Exif", b"UNICODE\x00" + text.encode("utf-16-be")
    elif tag == piexif.ImageIFD.XPAuthor:
        value = tuple(text.encode("utf-16-le") + b"\x00\x00")
    return bytes(piexif.dump({block: {tag: value}}))


def _jpeg_exif(name: str) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        import piexif

        tags = {**vars(piexif.ImageIFD), **vars(piexif.ExifIFD)}
        return _picture("JPEG", exif=_exif(tags[name], text))

    return make


def _jpeg_segment(marker: int, head: bytes) -> Callable[[str], bytes]:
    """A JPEG with one more segment behind its first marker (ITU T.81 B.1.1.4)."""

    def make(text: str) -> bytes:
        content = head + text.encode()
        size = struct.pack(">H", len(content) + 2)
        jpeg = _picture("JPEG")
        return jpeg[:2] + bytes((0xFF, marker)) + size + content + jpeg[2:]

    return make


def _iptc(text: str) -> bytes:
    """A by-line (2:80) in a Photoshop resource block."""
    octets = text.encode()
    record = b"\x1c\x02\x50" + struct.pack(">H", len(octets)) + octets
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">L", len(record)) + record
    content = b"Photoshop 3.0\x00" + block
    jpeg = _picture("JPEG")
    size = struct.pack(">H", len(content) + 2)
    return jpeg[:2] + b"\xff\xed" + size + content + jpeg[2:]


def _png_exif(text: str) -> bytes:
    return _picture("PNG", exif=_exif(0x013B, text)[6:])


def _gif_comment(text: str) -> bytes:
    return _picture("GIF", comment=text.encode())


def _heic(text: str) -> bytes:
    """The boxes of a HEIC that a metadata reader looks at, with an XMP packet."""
    brand = b"ftypheic\x00\x00\x00\x00mif1heic"
    packet = _xmp(text).encode()
    boxes = struct.pack(">L", len(brand) + 4) + brand
    return boxes + struct.pack(">L", len(packet) + 8) + b"mdat" + packet


PICTURES = [
    Spot("png text", lambda t: _png_text(t, compressed=False), (), "a.png"),
    Spot("png compressed text", lambda t: _png_text(t, compressed=True), (), "a.png"),
    Spot("png xmp", _png_itxt, (), "a.png", ascii_only=True),
    Spot("png exif", _png_exif, (), "a.png", ascii_only=True),
    Spot("png with a tail", lambda t: _picture("PNG") + table(t), (), "a.png"),
    Spot(
        "png with a zip behind",
        lambda t: _picture("PNG") + zipped("list.csv", table(t)),
        (),
        "a.png",
    ),
    Spot("jpeg comment", _jpeg_segment(0xFE, b""), (), "a.jpg"),
    Spot("jpeg artist", _jpeg_exif("Artist"), (), "a.jpg", ascii_only=True),
    Spot("jpeg description", _jpeg_exif("ImageDescription"), (), "a.jpg"),
    Spot("jpeg user comment", _jpeg_exif("UserComment"), (), "a.jpg"),
    Spot("jpeg windows author", _jpeg_exif("XPAuthor"), (), "a.jpg"),
    Spot(
        "jpeg xmp",
        lambda t: _jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00")(_xmp(t)),
        (),
        "a.jpg",
        ascii_only=True,
    ),
    Spot("jpeg iptc", _iptc, (), "a.jpg"),
    Spot("jpeg with a tail", lambda t: _picture("JPEG") + table(t), (), "a.jpg"),
    Spot("gif comment", _gif_comment, (), "a.gif"),
    Spot(
        "tiff artist",
        lambda t: _picture("TIFF", tiffinfo={315: t}),
        (),
        "a.tiff",
        ascii_only=True,
    ),
    Spot(
        "webp xmp",
        lambda t: _picture("WEBP", xmp=_xmp(t).encode()),
        (),
        "a.webp",
        ascii_only=True,
    ),
    Spot(
        "webp exif",
        lambda t: _picture("WEBP", exif=_exif(0x013B, t)),
        (),
        "a.webp",
        ascii_only=True,
    ),
    Spot("heic xmp", _heic, (), "a.heic", ascii_only=True),
]
