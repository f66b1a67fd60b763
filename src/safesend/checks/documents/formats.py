"""Which format a file has: by its first octets, then by its text, then by its name."""

from __future__ import annotations

import re

import attrs

from safesend.checks.documents.look import Fits, Look, begins, has_member, opens

__all__ = ["FORMATS", "Format", "Sight", "recognised"]


@attrs.frozen
class Format:
    """A format: how it is told, and by whom it is read.

    `readers` are "module:function", imported when they are used; each is asked.
    `strict`: no program opens a file with this suffix that has another content.
    """

    what: str
    fits: Fits
    readers: tuple[str, ...]
    suffixes: frozenset[str] = frozenset()
    strict: bool = False


@attrs.frozen
class Sight:
    """The readers of one file, and a doubt about it in a plain clause, or ""."""

    readers: tuple[str, ...]
    doubt: str = ""


def recognised(name: str, data: bytes) -> Sight:
    """Who reads a file of this name and content."""
    look = Look.of(name, data)
    for form in FORMATS:
        if form.fits(look):
            return Sight(form.readers)
    named = next((form for form in FORMATS if look.suffix in form.suffixes), None)
    if named and named.strict:
        doubt = f"it is damaged: its name says {named.what}, its content does not"
        return Sight((_TEXT if look.is_text else _OCTETS,), doubt)
    if look.is_text:
        return Sight(named.readers if named else (_TEXT,))
    return Sight((_UNKNOWN,))


def _is_iwork(look: Look) -> bool:
    return any(name.endswith(".iwa") for name in look.members)


def _is_pdf(look: Look) -> bool:
    """Readers find the mark anywhere in the first 1,024 octets."""
    if look.data.startswith(b"%PDF-"):
        return True
    return b"%PDF-" in look.data[:1024] and b"startxref" in look.data[-2048:]


def _is_opendocument(look: Look) -> bool:
    mark = b"mimetypeapplication/vnd.oasis.opendocument"
    return mark in look.data[:256] or "META-INF/manifest.xml" in look.members


def _is_pgp(look: Look) -> bool:
    """It begins with a session key for a key or a password (RFC 9580 section 5)."""
    packets = tuple(bytes([tag]) for tag in (0x84, 0x85, 0x8C, 0xC1, 0xC3))
    return look.suffix in {"pgp", "gpg", "asc"} and look.data.startswith(packets)


_OCTAL = re.compile(rb"[ 0]{0,7}([0-7]{1,7})[ \0]{0,7}")


def _is_tar(look: Look) -> bool:
    """By its mark, or an old one by the checksum of its first header."""
    header = look.data[:512]
    if header[257:262] == b"ustar":
        return True
    stated = _OCTAL.fullmatch(header[148:156])
    total = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    return stated is not None and int(stated[1], 8) == total


_TELLING = {"received", "return-path", "message-id", "mime-version", "delivered-to"}
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):(.*)")


def _is_mail(look: Look) -> bool:
    """Its first lines are header fields that only mails have, or From and To."""
    names = set[str]()
    for line in look.opening.splitlines():
        field = _FIELD.match(line)
        if field:
            names.add(field[1].lower())
        elif line[:1] not in {" ", "\t"}:
            break
    return bool(names & _TELLING) or (
        "from" in names and len(names & {"to", "cc", "bcc", "subject", "date"}) > 1
    )


def _is_smime(look: Look) -> bool:
    return b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03" in look.data[:64]


def _suffixes(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _ours(*names: str) -> tuple[str, ...]:
    return tuple(f"safesend.checks.documents.{name}" for name in names)


_TEXT, _OCTETS, _UNKNOWN = _ours("text:read", "unknown:read_quietly", "unknown:read")
_HTML = opens(
    r"(?:<\?xml[^>]{0,200}>\s{0,100})?(?:<!--[^>]{0,500}-->\s{0,100})?"
    r"<(?:!doctype\s{1,20}html|html|head|body)[\s>/]"
)
_FRAGMENT = opens(
    r"<(?:title|meta|table|div|p|style|script|center|font|span|h[1-6]|br|img|ul|ol|b|i"
    r"|a)[\s>/]"
)
_XML = _suffixes("xml svg gpx kml rss atom plist webloc xsd xsl xslt rdf")


def _is_html(look: Look) -> bool:
    """It has the frame of a page, or begins with an element of one."""
    return _HTML(look) or (look.suffix not in _XML and _FRAGMENT(look))


_JSON = r"[\[{]\s{0,1000}(?:[\"\[{\]}]|-?\d|(?:true|false|null)\b)"
_DATABASES = (
    *(b"SQLite format 3\0", b"\0\1\0\0Standard Jet DB", b"\0\1\0\0Standard ACE DB"),
    *(b"PAR1", b"Obj\x01", b"ORC", b"ARROW1", b"\x89HDF\r\n", b"PGDMP"),
)
_MEDIA = (
    *(b"wOFF", b"wOF2", b"\0\1\0\0\0", b"OTTO", b"true\0", b"ttcf"),
    *(b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\x1aE\xdf\xa3"),
)

FORMATS: tuple[Format, ...] = (
    Format(
        "a PDF",
        _is_pdf,
        _ours("pdf:read"),
        frozenset({"pdf"}),
        strict=True,
    ),
    Format(
        "a document of Pages, Numbers or Keynote",
        _is_iwork,
        _ours("sealed:read_iwork", "archive:read_zip"),
        _suffixes("pages numbers key"),
    ),
    Format(
        "an Excel, Word or PowerPoint file",
        has_member("[Content_Types].xml"),
        _ours("ooxml:read", "zip_strays:read"),
        _suffixes(
            "xlsx xlsm xltx xltm xlsb xlam docx docm dotx dotm"
            " pptx pptm ppsx ppsm potx potm ppam"
        ),
        strict=True,
    ),
    Format(
        "an OpenDocument file",
        _is_opendocument,
        _ours("opendocument:read", "zip_strays:read"),
        _suffixes("odt ods odp odg odf odb odc odm ott ots otp otg oth"),
        strict=True,
    ),
    Format(
        "a zip archive",
        begins(b"PK\3\4", b"PK\5\6", b"PK\7\x08PK\3\4", b"PK00PK\3\4"),
        _ours("archive:read_zip", "zip_strays:read"),
        _suffixes("zip epub jar war apk kmz xpi ipa whl cbz"),
        strict=True,
    ),
    Format(
        "a gzip file",
        begins(b"\x1f\x8b\x08"),
        _ours("compressed:read_gzip"),
        _suffixes("gz tgz svgz"),
        strict=True,
    ),
    Format(
        "a bzip2 file",
        begins(b"BZh"),
        _ours("compressed:read_bzip2"),
        _suffixes("bz2 tbz tbz2"),
        strict=True,
    ),
    Format(
        "an xz file",
        begins(b"\xfd7zXZ\0", b"\x5d\0\0\x80\0", b"\x5d\0\0\x10\0", b"\x5d\0\0\0\4"),
        _ours("compressed:read_xz"),
        _suffixes("xz txz lzma"),
        strict=True,
    ),
    Format(
        "a tar archive",
        _is_tar,
        _ours("archive:read_tar"),
        frozenset({"tar"}),
        strict=True,
    ),
    Format(
        "an archive",
        begins(
            *(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd"),
            *(b"\x04\x22\x4d\x18", b"MSCF\0\0\0\0", b"LZIP", b"\x1f\x9d", b"\x1f\xa0"),
            *(b"xar!", b"LRZI", b"\x60\xea", b"zPQ", b"ISc(", b"StuffIt ", b"hsqs"),
        ),
        _ours("sealed:read_archive"),
        _suffixes(
            "7z rar zst zstd lz4 cab lz lzh lha arj z xar pkg br zpaq ace dmg sit sitx"
        ),
        strict=True,
    ),
    Format(
        "a PNG picture",
        begins(b"\x89PNG\r\n\x1a\n"),
        _ours("png:read"),
        frozenset({"png", "apng"}),
    ),
    Format(
        "a JPEG picture",
        begins(b"\xff\xd8\xff"),
        _ours("jpeg:read"),
        _suffixes("jpg jpeg jpe jfif"),
    ),
    Format(
        "a GIF picture",
        begins(b"GIF87a", b"GIF89a"),
        _ours("gif:read"),
        frozenset({"gif"}),
    ),
    Format(
        "a TIFF picture",
        begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        _ours("picture:read_tiff"),
        _suffixes("tif tiff dng nef cr2 arw"),
    ),
    Format(
        "a WebP picture",
        lambda look: look.data[:4] == b"RIFF" and look.data[8:12] == b"WEBP",
        _ours("picture:read_webp"),
        frozenset({"webp"}),
    ),
    Format(
        "a picture",
        lambda look: (
            look.data.startswith((b"8BPS", b"\0\0\1\0", b"\0\0\0\x0cJXL ", b"\xff\x0a"))
            or look.data[4:12]
            in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftypheif"}
            or (look.data[:2] == b"BM" and look.data[6:10] == b"\0\0\0\0")
        ),
        _ours("picture:read_any"),
        _suffixes("heic heif avif psd ico bmp jxl"),
    ),
    Format(
        "an old Office file",
        begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        _ours("compound:read"),
        frozenset({"msg"}),
        strict=True,
    ),
    Format(
        "Outlook's winmail.dat",
        begins(b"\x78\x9f\x3e\x22"),
        _ours("sealed:read_tnef"),
    ),
    Format("an Outlook data file", begins(b"!BDN"), _ours("sealed:read_outlook_data")),
    Format(
        "an encrypted file",
        lambda look: (
            _is_pgp(look)
            or _is_smime(look)
            or look.data.startswith(
                (
                    *(b"age-encryption.org/", b"Salted__", b"LUKS\xba\xbe"),
                    b"\x03\xd9\xa2\x9a",
                )
            )
        ),
        _ours("sealed:read_encrypted"),
        _suffixes("pgp gpg age aes kdbx axx"),
        strict=True,
    ),
    Format(
        "a database",
        begins(*_DATABASES),
        _ours("sealed:read_database"),
        _suffixes("sqlite sqlite3 db3 mdb accdb parquet avro orc"),
        strict=True,
    ),
    Format("a font, sound or film", begins(*_MEDIA), (_UNKNOWN,)),
    Format("an RTF text", begins(b"{\\rtf"), _ours("rtf:read"), frozenset({"rtf"})),
    Format(
        "a program that unpacks itself",
        lambda look: look.is_zip_inside,
        (_UNKNOWN, *_ours("archive:read_zip", "zip_strays:read")),
    ),
    Format(
        "a calendar", opens("BEGIN:VCALENDAR"), _ours("calendar:read"), _suffixes("ics")
    ),
    Format(
        "a contact card", opens("BEGIN:VCARD"), _ours("calendar:read"), _suffixes("vcf")
    ),
    Format(
        "a mailbox",
        opens(r"From [^\s]{1,320} [^\n]{0,80}\d\d:\d\d[^\n]{0,40}\n[^\s:]{1,60}:"),
        _ours("mailbox:read_mbox"),
        _suffixes("mbox mbx"),
    ),
    Format(
        "an HTML page",
        _is_html,
        _ours("page:read"),
        _suffixes("html htm xhtml shtml xht"),
    ),
    Format(
        "a flat OpenDocument file",
        opens(r"<\?xml[^>]{0,200}>\s{0,100}<office:document[\s>]|<office:document\s"),
        _ours("opendocument:read_flat"),
        _suffixes("fodt fods fodp fodg"),
    ),
    Format(
        "an XML file",
        opens(r"<\?xml\s|<!DOCTYPE\s|<svg[\s>]|<gpx\s|<rss\s|<plist\s"),
        _ours("markup:read"),
        _XML,
    ),
    Format(
        "a mail",
        _is_mail,
        _ours("mailbox:read_mail_file"),
        _suffixes("eml mht mhtml mim emlx nws"),
    ),
    Format(
        "armoured octets",
        opens(r"-----BEGIN [A-Z0-9 ]{1,60}-----"),
        _ours("armour:read"),
        _suffixes("asc pem crt p7b"),
    ),
    Format(
        "a table",
        lambda look: look.is_text and look.suffix in {"csv", "tsv", "tab", "psv"},
        _ours("table:read"),
        _suffixes("csv tsv tab psv"),
    ),
    Format(
        "a JSON file",
        opens(_JSON),
        _ours("json_text:read"),
        _suffixes("json jsonl ndjson geojson ipynb webmanifest"),
    ),
)
