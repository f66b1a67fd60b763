"""Places between and inside the parts of a mail, well-formed or not."""

from __future__ import annotations

import base64
from collections.abc import Callable

from checks.planting.message import (
    TEXT,
    TEXT_PART,
    attached,
    mail,
    mixed,
    multipart,
    part,
    uuencoded,
    with_entity,
    word_b,
)
from checks.planting.spot import Spot

__all__ = ["PARTS"]


def _alternative(text: str) -> bytes:
    plain = part("Content-Type: text/plain; charset=utf-8", f"For {text}\r\n")
    page = part("Content-Type: text/html; charset=utf-8", "<p>For you</p>")
    return with_entity(multipart("alternative", plain, page))


def _amp(text: str) -> bytes:
    plain = part("Content-Type: text/plain", TEXT)
    page = part("Content-Type: text/x-amp-html", f"<html amp4email>{text}</html>")
    return with_entity(multipart("alternative", plain, page))


def _nested(text: str) -> bytes:
    inner = part("Content-Type: text/plain; charset=utf-8", f"For {text}\r\n")
    for kind in ("related", "mixed", "alternative", "signed", "mixed"):
        inner = multipart(kind, inner)
    return with_entity(inner)


def _part_header(text: str) -> bytes:
    return mixed(part(f"Content-Type: text/plain\nX-Who: {text}", TEXT))


def _inner_mail(text: str, *, field: str = "Bcc") -> bytes:
    inside = (
        f"From: a@sender.example\r\n{field}: {text}\r\nSubject: old\r\n\r\nOld.\r\n"
    )
    return mixed(part("Content-Type: message/rfc822", inside))


def _inner_body(text: str) -> bytes:
    inside = f"From: a@sender.example\r\nSubject: old\r\n\r\nIt was for {text}.\r\n"
    return mixed(part("Content-Type: message/rfc822", inside))


def _inner_mail_in_base64(text: str) -> bytes:
    inside = base64.encodebytes(f"Subject: old\r\nCc: {text}\r\n\r\nOld.".encode())
    head = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64"
    return mixed(part(head, inside))


def _digest(text: str) -> bytes:
    inside = part("", f"From: a@sender.example\r\nCc: {text}\r\n\r\nOld.\r\n")
    return with_entity(multipart("digest", inside))


def _returned(text: str) -> bytes:
    status = f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {text}\r\n"
    return mixed(part("Content-Type: message/delivery-status", status))


def _calendar(text: str) -> bytes:
    lines = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        f"UID:1\r\nDTSTART:20261130T190000Z\r\nATTENDEE;CN=Eve:mailto:{text}\r\n"
        "SUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    head = "Content-Type: text/calendar; method=REQUEST; charset=utf-8"
    return mixed(part(head, lines))


def _file_name(form: str) -> Callable[[str], bytes]:
    head = "Content-Type: application/octet-stream\nContent-Disposition: attachment"
    return lambda text: mixed(part(f"{head}; {form.format(text)}", "\x00\x01\x02"))


def _encoded_file_name(text: str) -> bytes:
    return _file_name('filename="{}"')(word_b(f"for {text} .bin"))


def _missing_end(text: str) -> bytes:
    head = 'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
    return with_entity(f"{head}--edge\r\n\r\nHello {text}".encode())


def _missing_boundary(text: str) -> bytes:
    return mail(f"--edge\r\n\r\nHello {text}", "Content-Type: multipart/mixed\r\n")


def _wrong_boundary(text: str) -> bytes:
    head = 'Content-Type: multipart/mixed; boundary="other"\r\n'
    return mail(f"--edge\r\n\r\nHello {text}\r\n--edge--\r\n", head)


def _twice_boundary(text: str) -> bytes:
    head = 'Content-Type: multipart/mixed; boundary="one"; boundary="two"\r\n'
    body = f"--one\r\n\r\nHello\r\n--two\r\n\r\n{text}\r\n--two--\r\n--one--\r\n"
    return mail(body, head)


def _two_types(text: str) -> bytes:
    encoded = base64.encodebytes(f"Hello {text}".encode()).decode()
    head = (
        "Content-Type: image/png\r\nContent-Type: text/plain\r\n"
        "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n"
    )
    return mail(encoded, head)


def _base64_multipart(text: str) -> bytes:
    inner = f"--edge\r\n\r\nHello {text}\r\n--edge--\r\n".encode()
    head = (
        'Content-Type: multipart/mixed; boundary="edge"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
    )
    return mail(base64.encodebytes(inner), head)


def _bare_line_feeds(text: str) -> bytes:
    return _alternative(text).replace(b"\r\n", b"\n")


def _uu_in_text(text: str) -> bytes:
    inside = uuencoded(f"name;mail\nEve;{text}\n".encode(), "list.csv")
    return mail(b"See below.\n\n" + inside + b"\nBye\n")


PARTS = [
    Spot("alternative text", _alternative, ("text",)),
    Spot("amp", _amp, ()),
    Spot("nested", _nested, ("text",)),
    Spot("header of a part", _part_header, ()),
    Spot(
        "preamble",
        lambda t: with_entity(multipart("mixed", TEXT_PART, before=f"{t}\r\n")),
        (),
    ),
    Spot(
        "epilogue",
        lambda t: with_entity(multipart("mixed", TEXT_PART, after=f"{t}\r\n")),
        (),
    ),
    Spot("bcc of an inner mail", _inner_mail, ("Bcc",)),
    Spot("body of an inner mail", _inner_body, ()),
    Spot("inner mail in base64", _inner_mail_in_base64, ()),
    Spot("digest", _digest, ()),
    Spot("delivery status", _returned, ()),
    Spot("calendar attendee", _calendar, (), ascii_only=True),
    Spot("file name", _file_name('filename="for {} .bin"'), (), ascii_only=True),
    Spot("file name as word", _encoded_file_name, ()),
    Spot("parameter name", _file_name('name="{}"'), ()),
    Spot("part without an end", _missing_end, ()),
    Spot("multipart without boundary", _missing_boundary, ()),
    Spot("wrong boundary", _wrong_boundary, ()),
    Spot("two boundaries", _twice_boundary, ()),
    Spot("two types", _two_types, ()),
    Spot("multipart in base64", _base64_multipart, ()),
    Spot("bare line feeds", _bare_line_feeds, ("text",)),
    Spot("uuencoded in the text", _uu_in_text, ()),
    Spot(
        "attached csv",
        lambda t: attached("list.csv", "text/csv", f"name;mail\nEve;{t}\n".encode()),
        ("attachment 'list.csv'",),
    ),
    Spot(
        "attached page called a picture",
        lambda t: attached("a.png", "image/png", f"<html><p>{t}</p>".encode()),
        (),
    ),
    Spot(
        "attached without a name",
        lambda t: mixed(part("Content-Type: application/octet-stream", f"a {t} b")),
        (),
    ),
]
