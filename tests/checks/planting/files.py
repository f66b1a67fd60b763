"""Files of each format with a text at each of their places, by other people's tools."""

from __future__ import annotations

import base64
import bz2
import csv
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import escape

from checks.planting.spot import Spot, named

__all__ = ["ARCHIVES", "FILES", "PICTURES", "TEXTS", "zipped"]

# Texts -------------------------------------------------------------------------------


def _text(form: str, charset: str = "utf-8") -> Callable[[str], bytes]:
    before, _, after = form.partition("{}")
    return lambda text: (before + text + after).encode(charset, "replace")


def _table(delimiter: str, charset: str = "utf-8") -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerows([["name", "mail", "since"], ["Eve", text, "2019"]])
        return out.getvalue().encode(charset, "replace")

    return make


_CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Club//Calendar 1.0//EN\r
BEGIN:VEVENT\r
UID:19960401T080045Z-4000F192713-0052\r
DTSTAMP:20261124T080000Z\r
DTSTART:20261130T190000Z\r
{}\r
SUMMARY:Meeting\r
END:VEVENT\r
END:VCALENDAR\r
"""

_CARD = "BEGIN:VCARD\r\nVERSION:{}\r\nFN:Eve\r\n{}\r\nEND:VCARD\r\n"
_MAIL = "From: a@sender.example\r\nSubject: old\r\n{}\r\n\r\nOld.\r\n"


def _in_calendar(form: str) -> Callable[[str], bytes]:
    return lambda text: _CALENDAR.format(_folded(form.format(text))).encode()


def _folded(line: str) -> str:
    """Folded after 60 octets, as calendars do (RFC 5545 section 3.1)."""
    octets = line.encode()
    pieces = [octets[i : i + 60] for i in range(0, len(octets), 60)]
    if not line.isascii():
        return line
    return b"\r\n ".join(pieces).decode()


def _folded_calendar(text: str) -> bytes:
    middle = text.index("@") + 2
    line = f"ATTENDEE;CN=Eve:mailto:{text[:middle]}\r\n {text[middle:]}"
    return _CALENDAR.format(line).encode()


def _in_card(version: str, form: str) -> Callable[[str], bytes]:
    return lambda text: _CARD.format(version, form.format(text)).encode()


def _card_in_base64(text: str) -> bytes:
    encoded = base64.b64encode(text.encode()).decode()
    return _CARD.format("3.0", f"NOTE;ENCODING=b:{encoded}").encode()


def _card_quoted(text: str) -> bytes:
    octets = "".join(f"={octet:02X}" for octet in text.encode())
    line = f"EMAIL;INTERNET;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{octets}"
    return _CARD.format("2.1", line).encode()


def _json(text: str) -> bytes:
    return json.dumps({"people": [{"name": "Eve", "mail": text}]}).encode()


def _json_key(text: str) -> bytes:
    return json.dumps({text: {"balance": 12}}, indent=2).encode()


def _json_escaped(text: str) -> bytes:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
    return b'{"mail": "' + escaped.encode() + b'"}'


def _json_lines(text: str) -> bytes:
    return b'{"a": 1}\n' + json.dumps({"mail": text}).encode() + b"\n"


def _xml(form: str) -> Callable[[str], bytes]:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<list>'
    before, _, after = form.partition("{}")
    return lambda text: f"{head}{before}{escape(text)}{after}</list>".encode()


def _mbox(text: str) -> bytes:
    return (
        b"From a@sender.example Tue Nov 24 08:05:09 2026\n"
        + _MAIL.format(f"Cc: {text}").replace("\r\n", "\n").encode()
    )


TEXTS = [
    Spot("txt", _text("Hello {}\n"), (), "a.txt", multiline=True),
    Spot("txt utf-8 mark", _text("Hello {}\n", "utf-8-sig"), (), "a.txt"),
    Spot("txt utf-16", _text("Hello {}\n", "utf-16"), (), "a.txt"),
    Spot("txt utf-16 bare", _text("Hello {} and so on\n", "utf-16-le"), (), "a.txt"),
    Spot("txt utf-16 big", _text("Hello {} and so on\n", "utf-16-be"), (), "a.txt"),
    Spot("txt utf-32", _text("Hello {}\n", "utf-32"), (), "a.txt"),
    Spot("txt cp1252", _text("Grüße {}\n", "cp1252"), (), "a.txt", ascii_only=True),
    Spot("txt without name", _text("Hello {}\n"), (), "noname"),
    Spot("txt called a picture", _text("Hello {}\n"), (), "a.png"),
    Spot("markdown", _text("# Hello\n\n[Eve](mailto:{})\n"), (), "a.md"),
    Spot("log", _text("08:00 sent to=<{}> ok\n"), (), "a.log"),
    Spot("sql", _text("INSERT INTO m VALUES (1, '{}');\n"), (), "a.sql"),
    Spot("yaml", _text("people:\n  - mail: {}\n"), (), "a.yaml"),
    Spot("csv", _table(","), (), "a.csv"),
    Spot("csv semicolons", _table(";"), (), "a.csv"),
    Spot("csv pipes", _table("|"), (), "a.csv"),
    Spot("csv utf-16 of Excel", _table("\t", "utf-16"), (), "a.csv"),
    Spot("csv cp1252", _table(";", "cp1252"), (), "a.csv", ascii_only=True),
    Spot("tsv", _table("\t"), (), "a.tsv"),
    Spot("html", _text("<html><body><p>{}</p></body></html>"), (), "a.html"),
    Spot("html comment", _text("<html><!-- {} --></html>"), (), "a.htm"),
    Spot(
        "svg",
        _text('<svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'),
        (),
        "a.svg",
        ascii_only=True,
    ),
    Spot(
        "ics attendee",
        _in_calendar("ATTENDEE:mailto:{}"),
        ("ATTENDEE",),
        "a.ics",
        escapes=True,
    ),
    Spot(
        "ics parameter", _in_calendar('ATTENDEE;CN="{}":x:y'), (), "a.ics", escapes=True
    ),
    Spot(
        "ics folded",
        _folded_calendar,
        ("ATTENDEE",),
        "a.ics",
        escapes=True,
        verbatim=False,
    ),
    Spot("ics comment", _in_calendar("COMMENT:ask {}"), (), "a.ics", escapes=True),
    Spot("ics own property", _in_calendar("X-WHO:{}"), (), "a.ics", escapes=True),
    Spot(
        "vcf 3",
        _in_card("3.0", "EMAIL;TYPE=INTERNET:{}"),
        ("EMAIL",),
        "a.vcf",
        escapes=True,
    ),
    Spot("vcf 4", _in_card("4.0", "EMAIL:{}"), ("EMAIL",), "a.vcf", escapes=True),
    Spot("vcf 2.1 quoted", _card_quoted, (), "a.vcf", escapes=True),
    Spot("vcf base64", _card_in_base64, (), "a.vcf", escapes=True),
    Spot("json", _json, (), "a.json"),
    Spot("json key", _json_key, (), "a.json"),
    Spot("json escaped", _json_escaped, (), "a.json", verbatim=False),
    Spot("json broken", lambda text: _json(text)[:-3], (), "a.json"),
    Spot("jsonl", _json_lines, (), "a.jsonl"),
    Spot("xml", _xml("<mail>{}</mail>"), (), "a.xml"),
    Spot("xml attribute", _xml('<p mail="{}"/>'), (), "a.xml"),
    Spot("xml comment", _xml("<!-- {} -->"), (), "a.xml"),
    Spot("xml cdata", _xml("<m><![CDATA[{}]]></m>"), (), "a.xml"),
    Spot("xml instruction", _xml("<?who {}?>"), (), "a.xml"),
    Spot("xml broken", _xml("<mail>{}</mial>"), (), "a.xml"),
    Spot(
        "xml entity",
        _text('<!DOCTYPE l [<!ENTITY e "{}">]><l>&e;</l>'),
        (),
        "a.xml",
    ),
    Spot(
        "xml utf-16",
        _text('<?xml version="1.0" encoding="utf-16"?><l>{}</l>', "utf-16"),
        (),
        "a.xml",
        ascii_only=True,
    ),
    Spot("eml", lambda t: _MAIL.format(f"Cc: {t}").encode(), ("Cc",), "a.eml"),
    Spot("eml bcc", lambda t: _MAIL.format(f"Bcc: {t}").encode(), ("Bcc",), "a.eml"),
    Spot("mbox", _mbox, ("Cc",), "a.mbox"),
    Spot(
        "rtf",
        _text(r"{\rtf1\ansi Hello {}\par}"),
        (),
        "a.rtf",
        escapes=True,
        ascii_only=True,
    ),
    Spot(
        "rtf hidden",
        _text(r"{\rtf1\ansi Hello {\v {}}\par}"),
        (),
        "a.rtf",
        escapes=True,
        ascii_only=True,
    ),
    Spot(
        "rtf author",
        _text(r"{\rtf1\ansi{\info{\author {}}}Hello\par}"),
        (),
        "a.rtf",
        escapes=True,
        ascii_only=True,
    ),
    Spot(
        "rtf in hex",
        lambda t: (
            b"{\\rtf1\\ansi "
            + "".join(f"\\'{octet:02x}" for octet in t.encode()).encode()
            + b"}"
        ),
        (),
        "a.rtf",
        escapes=True,
        verbatim=False,
    ),
    Spot(
        "rtf split by formatting",
        lambda t: (r"{\rtf1\ansi " + r"\b0 ".join(t) + "}").encode(),
        (),
        "a.rtf",
        escapes=True,
        verbatim=False,
    ),
    Spot("url", _text("[InternetShortcut]\nURL=mailto:{}\n"), (), "a.url"),
]


# Archives ----------------------------------------------------------------------------


def zipped(
    name: str, content: bytes, *, comment: bytes = b"", member_comment: bytes = b""
) -> bytes:
    """A zip of one file, written by the standard library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name, (2026, 11, 24, 8, 0, 0))
        info.comment = member_comment
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
        archive.comment = comment
    return out.getvalue()


def _tarred(name: str, content: bytes, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _csv(text: str) -> bytes:
    return f"name;mail\nEve;{text}\n".encode()


def _zip_in_zip(text: str) -> bytes:
    inner = zipped("list.csv", _csv(text))
    return zipped("c.zip", zipped("b.zip", inner))


def _local_only(text: str) -> bytes:
    """A member that the central directory does not name; unzip -FF brings it back."""
    hidden = zipped("list.csv", _csv(text))
    visible = zipped("a.txt", b"Nothing to see.")
    directory = hidden.index(b"PK\x01\x02")
    shift = directory
    end = struct.unpack_from("<4s4H2LH", visible, visible.rindex(b"PK\x05\x06"))
    start = end[6]
    central = bytearray(visible[start : start + end[5]])
    struct.pack_into("<L", central, 42, shift)
    tail = struct.pack("<4s4H2LH", *end[:6], start + shift, 0)
    return hidden[:directory] + visible[:start] + bytes(central) + tail


ARCHIVES = [
    Spot("zip", lambda t: zipped("list.csv", _csv(t)), ("list.csv",), "a.zip"),
    Spot("zip in zips", _zip_in_zip, ("list.csv",), "a.zip"),
    Spot("zip member name", lambda t: zipped(f"{t}.pdf", b"x"), (), "a.zip"),
    Spot("zip comment", lambda t: zipped("a", b"x", comment=t.encode()), (), "a.zip"),
    Spot(
        "zip member comment",
        lambda t: zipped("a", b"x", member_comment=t.encode()),
        (),
        "a.zip",
    ),
    Spot("zip called text", lambda t: zipped("list.csv", _csv(t)), (), "a.txt"),
    Spot(
        "zip after something",
        lambda t: b"#!/bin/sh\nexit\n" + zipped("list.csv", _csv(t)),
        (),
        "a.zip",
    ),
    Spot("text before a zip", lambda t: _csv(t) + zipped("a", b"x"), (), "a.zip"),
    Spot("zip without directory", _local_only, (), "a.zip"),
    Spot("zip cut off", lambda t: zipped("list.csv", _csv(t) * 9)[:-30], (), "a.zip"),
    Spot("gz", lambda t: gzip.compress(_csv(t)), (), "list.csv.gz"),
    Spot("bz2", lambda t: bz2.compress(_csv(t)), (), "list.csv.bz2"),
    Spot("xz", lambda t: lzma.compress(_csv(t)), (), "list.csv.xz"),
    Spot("tar", lambda t: _tarred("list.csv", _csv(t)), ("list.csv",), "a.tar"),
    Spot("tar name", lambda t: _tarred(f"{t}.pdf", b"x"), (), "a.tar"),
    Spot("tgz", lambda t: _tarred("list.csv", _csv(t), "w:gz"), (), "a.tgz"),
    Spot("tar.xz", lambda t: _tarred("list.csv", _csv(t), "w:xz"), (), "a.tar.xz"),
    Spot(
        "eml in zip",
        lambda t: zipped("old.eml", _MAIL.format(f"Bcc: {t}").encode()),
        ("old.eml",),
        "a.zip",
    ),
    Spot(
        "unknown binary",
        lambda t: b"\x7fBIN\x00\x01\x02" + t.encode() + b"\x00\xff" * 20,
        (),
        "a.bin",
    ),
    Spot(
        "unknown binary utf-16",
        lambda t: b"\x7fBIN\x00\x01\x02\x03" + t.encode("utf-16-le") + b"\xff" * 20,
        (),
        "a.bin",
        ascii_only=True,
    ),
]


# Pictures ----------------------------------------------------------------------------


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
        f"<dc:creator><rdf:Seq><rdf:li>{text}</rdf:li></rdf:Seq></dc:creator>"
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
    Spot("png with a tail", lambda t: _picture("PNG") + _csv(t), (), "a.png"),
    Spot(
        "png with a zip behind",
        lambda t: _picture("PNG") + zipped("list.csv", _csv(t)),
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
    Spot("jpeg with a tail", lambda t: _picture("JPEG") + _csv(t), (), "a.jpg"),
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

FILES = named([*TEXTS, *ARCHIVES, *PICTURES])
"""Every place in files that need no office program."""
