"""Text files of each format with a text at each of their places."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from xml.sax.saxutils import escape

from checks.planting.spot import Spot

__all__ = ["MAIL", "TEXTS"]


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
MAIL = "From: a@sender.example\r\nSubject: old\r\n{}\r\n\r\nOld.\r\n"


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
        + MAIL.format(f"Cc: {text}").replace("\r\n", "\n").encode()
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
    Spot("eml", lambda t: MAIL.format(f"Cc: {t}").encode(), ("Cc",), "a.eml"),
    Spot("eml bcc", lambda t: MAIL.format(f"Bcc: {t}").encode(), ("Bcc",), "a.eml"),
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
