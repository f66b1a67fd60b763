"""Places of a mail: headers, bodies in each encoding, parts in parts, file names.

Messages are octets put together by hand, as mailers of every age wrote them; nothing
of `safesend` and no mail class of Python decides where something stands.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import uuid
from collections.abc import Callable
from urllib.parse import quote

from checks.planting.spot import Spot, named

__all__ = ["BODIES", "HEADERS", "PARTS", "PLACES", "READER", "html_mail", "mail"]

READER = "reader@recipients.example"
"""Whom every mail is for."""

_HEAD = (
    "From: The Club <news@sender.example>\r\n"
    f"To: {READER}\r\n"
    "Message-ID: <4f1c2a77@sender.example>\r\n"
    "Date: Tue, 24 Nov 2026 08:05:09 +0000\r\n"
    "MIME-Version: 1.0\r\n"
)
_TEXT = "Dear member,\r\n\r\nthe hall is open again on Monday.\r\n\r\nThe Club\r\n"
_PLAIN = "Content-Type: text/plain; charset=utf-8\r\n"


def mail(body: bytes | str, head: str = _PLAIN, subject: str = "Open again") -> bytes:
    """A mail to the reader; `head` holds the lines of its content headers."""
    octets = body.encode() if isinstance(body, str) else body
    lines = f"{_HEAD}Subject: {subject}\r\n{head}\r\n"
    return lines.encode("utf-8", "surrogateescape") + octets


def html_mail(inside: str) -> bytes:
    """A mail of one HTML part with this in its source."""
    return mail(inside, "Content-Type: text/html; charset=utf-8\r\n")


def _multipart(kind: str, *parts: bytes, before: str = "", after: str = "") -> bytes:
    """The content headers and the body of a multipart."""
    edge = f"=_{uuid.uuid5(uuid.NAMESPACE_URL, kind + str(len(parts))).hex}"
    head = f'Content-Type: multipart/{kind}; boundary="{edge}"\r\n\r\n{before}'
    body = b"".join(b"\r\n--" + edge.encode() + b"\r\n" + part for part in parts)
    return head.encode() + body + f"\r\n--{edge}--\r\n{after}".encode()


def _part(head: str, body: bytes | str) -> bytes:
    octets = body.encode() if isinstance(body, str) else body
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + octets


def _with(entity: bytes) -> bytes:
    return f"{_HEAD}Subject: Open again\r\n".encode() + entity


_TEXT_PART = _part("Content-Type: text/plain", _TEXT)


def _mixed(part: bytes) -> bytes:
    return _with(_multipart("mixed", _TEXT_PART, part))


def _attached(name: str, kind: str, content: bytes) -> bytes:
    head = (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{name}"'
    )
    return _mixed(_part(head, base64.encodebytes(content)))


# Headers -----------------------------------------------------------------------------


def _header(name: str, form: str = "{}") -> Callable[[str], bytes]:
    return lambda text: mail(_TEXT, f"{name}: {form.format(text)}\r\n{_PLAIN}")


def _word_b(text: str, charset: str = "utf-8") -> str:
    octets = base64.b64encode(text.encode(charset)).decode()
    return f"=?{charset}?B?{octets}?="


def _word_q(text: str) -> str:
    return (
        "=?iso-8859-1?q?" + "".join(f"={o:02x}" for o in text.encode("latin-1")) + "?="
    )


def _folded(text: str) -> str:
    middle = text.index("@") + 3
    return f"{_word_b(text[:middle])}\r\n {_word_b(text[middle:])}"


def _continued(text: str) -> bytes:
    """A parameter in pieces (RFC 2231 section 3), the second percent-encoded."""
    middle = len(text) // 2
    escaped = "".join(f"%{octet:02X}" for octet in text[middle:].encode())
    head = (
        "Content-Type: text/plain\r\nContent-Disposition: inline;\r\n"
        f" filename*0*=utf-8''{quote(text[:middle], safe='')};\r\n"
        f" filename*1*={escaped}\r\n"
    )
    return mail(_TEXT, head)


def _extended(text: str) -> bytes:
    head = f"Content-Type: text/plain;\r\n name*=utf-8'en'{quote(text, safe='')}\r\n"
    return mail(_TEXT, head)


HEADERS = [
    Spot("subject", lambda text: mail(_TEXT, subject=f"For {text}"), ("Subject",)),
    Spot(
        "subject in base64 words",
        lambda text: mail(_TEXT, subject=_word_b(f"For {text}")),
        ("Subject",),
    ),
    Spot(
        "subject in quoted words",
        lambda text: mail(_TEXT, subject=_word_q(f"For {text}")),
        ("Subject",),
        verbatim=False,
    ),
    Spot(
        "subject in utf-16 words",
        lambda text: mail(_TEXT, subject=_word_b(f"For {text}", "utf-16")),
        ("Subject",),
    ),
    Spot(
        "subject broken inside the address",
        lambda text: mail(_TEXT, subject=_folded(text)),
        ("Subject",),
        verbatim=False,
    ),
    Spot("cc", _header("Cc"), ("Cc",)),
    Spot("bcc", _header("Bcc", "Eve <{}>"), ("Bcc",)),
    Spot("bcc in lower case", _header("bcc"), ("bcc",)),
    Spot("resent-to", _header("Resent-To"), ("Resent-To",)),
    Spot("reply-to", _header("Reply-To"), ("Reply-To",)),
    Spot("in-reply-to", _header("In-Reply-To", "<{}>"), ("In-Reply-To",)),
    Spot("references", _header("References", "<1@a.example> <{}>"), ("References",)),
    Spot("comments", _header("Comments", "(was for {})"), ("Comments",)),
    Spot("keywords", _header("Keywords"), ("Keywords",)),
    Spot("received", _header("Received", "by mx for <{}>; Tue"), ("Received",)),
    Spot("delivered-to", _header("Delivered-To"), ("Delivered-To",)),
    Spot("return-path", _header("Return-Path", "<{}>"), ("Return-Path",)),
    Spot("x header", _header("X-Recipients"), ("X-Recipients",)),
    Spot("x json", _header("X-SMTPAPI", '{{"to": ["{}"]}}'), ("X-SMTPAPI",)),
    Spot(
        "unsubscribe",
        _header("List-Unsubscribe", "<https://s.example/u?e={}>"),
        ("List-Unsubscribe",),
    ),
    Spot(
        "folded header",
        _header("X-Long", "a word\r\n another word\r\n\t{} and more"),
        ("X-Long",),
    ),
    Spot("parameter name*", _extended, (), verbatim=False),
    Spot("parameter in pieces", _continued, (), verbatim=False),
    Spot("boundary", lambda t: _with(_boundary(t)), (), ascii_only=True),
    Spot("content-description", _header("Content-Description"), ()),
    Spot("content-id", _header("Content-ID", "<{}>"), ()),
]


def _boundary(text: str) -> bytes:
    edge = f"=_{text}"
    head = f'Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n'
    return f"{head}--{edge}\r\n\r\n{_TEXT}\r\n--{edge}--\r\n".encode()


# Bodies ------------------------------------------------------------------------------


def _text_in(charset: str, transfer: str) -> Callable[[str], bytes]:
    """A plain text with the given charset and transfer encoding."""

    def make(text: str) -> bytes:
        octets = f"Grüße, {text}, und bis bald.\r\n".encode(charset, "replace")
        if transfer == "base64":
            octets = base64.encodebytes(octets)
        elif transfer == "quoted-printable":
            octets = quopri.encodestring(octets)
        elif transfer == "x-uuencode":
            octets = _uuencoded(octets, "text.txt")
        head = (
            f"Content-Type: text/plain; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {transfer}\r\n"
        )
        return mail(octets, head)

    return make


def _uuencoded(content: bytes, name: str) -> bytes:
    lines = [f"begin 644 {name}\n".encode()]
    lines += [binascii.b2a_uu(content[i : i + 45]) for i in range(0, len(content), 45)]
    return b"".join([*lines, b"`\nend\n"])


def _soft_broken(text: str) -> bytes:
    """Quoted-printable with a soft break after each third character."""
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    octets = b"=\r\n".join(quopri.encodestring(p.encode()).strip() for p in pieces)
    head = f"{_PLAIN}Content-Transfer-Encoding: quoted-printable\r\n"
    return mail(octets, head)


def _junk_in_base64(text: str) -> bytes:
    """Base64 with blanks, stars and line breaks where none should be."""
    encoded = base64.b64encode(f"Hello {text}!".encode()).decode()
    octets = "*\r\n ".join(encoded[i : i + 5] for i in range(0, len(encoded), 5))
    return mail(octets, f"{_PLAIN}Content-Transfer-Encoding: base64\r\n")


def _lying_charset(text: str) -> bytes:
    head = "Content-Type: text/plain; charset=us-ascii\r\n"
    return mail(f"Hello {text}\r\n".encode("utf-16"), head)


def _unknown_charset(text: str) -> bytes:
    return mail(f"Hello {text}\r\n", "Content-Type: text/plain; charset=x-none\r\n")


def _html(form: str) -> Callable[[str], bytes]:
    page = "<!DOCTYPE html><html><body><p>Hello.</p>{}</body></html>"
    before, _, after = page.partition("{}")
    return lambda text: html_mail(before + form.replace("{}", text) + after)


def _tags_between(text: str) -> bytes:
    return html_mail("<p>" + "".join(f"<b>{letter}</b>" for letter in text) + "</p>")


_TEXT_BODIES = [
    Spot(f"text {charset} {transfer}", _text_in(charset, transfer), ("text",))
    for charset, transfer in (
        ("utf-8", "8bit"),
        ("utf-8", "base64"),
        ("utf-8", "quoted-printable"),
        ("utf-16", "base64"),
        ("utf-16-le", "base64"),
        ("utf-32", "base64"),
        ("utf-7", "7bit"),
        ("utf-8", "x-unheard-of"),
    )
] + [
    Spot(
        f"text {charset} {transfer}",
        _text_in(charset, transfer),
        ("text",),
        ascii_only=True,
    )
    for charset, transfer in (
        ("iso-8859-1", "quoted-printable"),
        ("windows-1252", "8bit"),
        ("koi8-r", "base64"),
        ("iso-2022-jp", "7bit"),
        ("shift_jis", "base64"),
        ("cp037", "base64"),
    )
]

_HTML_FORMS = {
    "html text": "<p>Ask {}.</p>",
    "html link text": '<a href="https://s.example/">{}</a>',
    "html mailto": '<a href="mailto:{}">write</a>',
    "html mailto cc": '<a href="mailto:info@s.example?cc={}&amp;subject=x">w</a>',
    "html query": '<a href="https://s.example/?a=1&amp;email={}&amp;b=2">here</a>',
    "html alt": '<img src="cid:a" alt="{}">',
    "html title": '<p title="{}">x</p>',
    "html data attribute": "<p data-who='{}'>x</p>",
    "html attribute without quotes": "<p data-who={}>x</p>",
    "html form value": '<input type="hidden" name="e" value="{}">',
    "html meta": '<meta name="author" content="{}">',
    "html id": '<p id="{}">x</p>',
    "html tag name": "<x-{}>x</x-{}>",
    "html comment": "<!-- sent to {} -->",
    "html conditional comment": "<!--[if mso]><p>{}</p><![endif]-->",
    "html broken comment": "<!- {} ->",
    "html open comment": "<!-- never ends {}",
    "html style": "<style>/* {} */ p {color: red}</style>",
    "html style content": "<style>p:after {content: '{}'}</style>",
    "html style attribute": "<p style='background: url(https://s.example/{})'>x</p>",
    "html script": "<script>var who = '{}';</script>",
    "html json-ld": '<script type="application/ld+json">{"email": "{}"}</script>',
    "html hidden": '<div style="display:none">{}</div>',
    "html hidden attribute": "<div hidden>{}</div>",
    "html tiny": '<span style="font-size:0">{}</span>',
    "html white": '<span style="color:#fff">{}</span>',
    "html noscript": "<noscript>{}</noscript>",
    "html template": "<template>{}</template>",
    "html textarea": "<textarea>{}</textarea>",
    "html svg": "<svg><text>{}</text></svg>",
    "html cdata": "<svg><![CDATA[{}]]></svg>",
    "html processing instruction": "<?php echo '{}' ?>",
    "html pixel": '<img width=1 height=1 src="https://t.example/p?u={}">',
    "html srcset": '<img srcset="https://t.example/{} 2x">',
    "html data url": '<img src="data:text/plain,{}">',
    "html after the end": "</body></html>{}",
    "html open tag": "<p title='{}",
    "html doctype": "<!DOCTYPE x '{}'>",
}

BODIES = [
    *_TEXT_BODIES,
    Spot("soft breaks", _soft_broken, ("text",), verbatim=False),
    Spot("junk in base64", _junk_in_base64, ("text",)),
    Spot("wrong charset", _lying_charset, ("text",)),
    Spot("unknown charset", _unknown_charset, ("text",)),
    Spot("no headers of content", lambda t: mail(f"Hi {t}\r\n", ""), ("text",)),
    Spot(
        "text that is html",
        lambda t: mail(f"<html><body>&nbsp;{t}</body></html>"),
        (),
    ),
    Spot("tags between letters", _tags_between, ("html",), verbatim=False),
    *(Spot(name, _html(form), ("html",)) for name, form in _HTML_FORMS.items()),
]


# Parts -------------------------------------------------------------------------------


def _alternative(text: str) -> bytes:
    plain = _part("Content-Type: text/plain; charset=utf-8", f"For {text}\r\n")
    page = _part("Content-Type: text/html; charset=utf-8", "<p>For you</p>")
    return _with(_multipart("alternative", plain, page))


def _amp(text: str) -> bytes:
    plain = _part("Content-Type: text/plain", _TEXT)
    page = _part("Content-Type: text/x-amp-html", f"<html amp4email>{text}</html>")
    return _with(_multipart("alternative", plain, page))


def _nested(text: str) -> bytes:
    inner = _part("Content-Type: text/plain; charset=utf-8", f"For {text}\r\n")
    for kind in ("related", "mixed", "alternative", "signed", "mixed"):
        inner = _multipart(kind, inner)
    return _with(inner)


def _part_header(text: str) -> bytes:
    return _mixed(_part(f"Content-Type: text/plain\nX-Who: {text}", _TEXT))


def _inner_mail(text: str, *, field: str = "Bcc") -> bytes:
    inside = (
        f"From: a@sender.example\r\n{field}: {text}\r\nSubject: old\r\n\r\nOld.\r\n"
    )
    return _mixed(_part("Content-Type: message/rfc822", inside))


def _inner_body(text: str) -> bytes:
    inside = f"From: a@sender.example\r\nSubject: old\r\n\r\nIt was for {text}.\r\n"
    return _mixed(_part("Content-Type: message/rfc822", inside))


def _inner_mail_in_base64(text: str) -> bytes:
    inside = base64.encodebytes(f"Subject: old\r\nCc: {text}\r\n\r\nOld.".encode())
    head = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64"
    return _mixed(_part(head, inside))


def _digest(text: str) -> bytes:
    inside = _part("", f"From: a@sender.example\r\nCc: {text}\r\n\r\nOld.\r\n")
    return _with(_multipart("digest", inside))


def _returned(text: str) -> bytes:
    status = f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {text}\r\n"
    return _mixed(_part("Content-Type: message/delivery-status", status))


def _calendar(text: str) -> bytes:
    lines = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        f"UID:1\r\nDTSTART:20261130T190000Z\r\nATTENDEE;CN=Eve:mailto:{text}\r\n"
        "SUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    head = "Content-Type: text/calendar; method=REQUEST; charset=utf-8"
    return _mixed(_part(head, lines))


def _file_name(form: str) -> Callable[[str], bytes]:
    head = "Content-Type: application/octet-stream\nContent-Disposition: attachment"
    return lambda text: _mixed(_part(f"{head}; {form.format(text)}", "\x00\x01\x02"))


def _encoded_file_name(text: str) -> bytes:
    return _file_name('filename="{}"')(_word_b(f"{text}.bin"))


def _missing_end(text: str) -> bytes:
    head = 'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
    return _with(f"{head}--edge\r\n\r\nHello {text}".encode())


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
    inside = _uuencoded(f"name;mail\nEve;{text}\n".encode(), "list.csv")
    return mail(b"See below.\n\n" + inside + b"\nBye\n")


PARTS = [
    Spot("alternative text", _alternative, ("text",)),
    Spot("amp", _amp, ()),
    Spot("nested", _nested, ("text",)),
    Spot("header of a part", _part_header, ()),
    Spot(
        "preamble",
        lambda t: _with(_multipart("mixed", _TEXT_PART, before=f"{t}\r\n")),
        (),
    ),
    Spot(
        "epilogue",
        lambda t: _with(_multipart("mixed", _TEXT_PART, after=f"{t}\r\n")),
        (),
    ),
    Spot("bcc of an inner mail", _inner_mail, ("Bcc",)),
    Spot("body of an inner mail", _inner_body, ()),
    Spot("inner mail in base64", _inner_mail_in_base64, ()),
    Spot("digest", _digest, ()),
    Spot("delivery status", _returned, ()),
    Spot("calendar attendee", _calendar, (), ascii_only=True),
    Spot("file name", _file_name('filename="{}.bin"'), (), ascii_only=True),
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
        lambda t: _attached("list.csv", "text/csv", f"name;mail\nEve;{t}\n".encode()),
        ("attachment 'list.csv'",),
    ),
    Spot(
        "attached page called a picture",
        lambda t: _attached("a.png", "image/png", f"<html><p>{t}</p>".encode()),
        (),
    ),
    Spot(
        "attached without a name",
        lambda t: _mixed(_part("Content-Type: application/octet-stream", f"a {t} b")),
        (),
    ),
]

PLACES = named([*HEADERS, *BODIES, *PARTS])
"""Every place of a mail."""
