"""Places of a mail's bodies: texts in each encoding, each corner of HTML."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable

from checks.planting.message import PLAIN, html_mail, mail, uuencoded
from checks.planting.spot import Spot

__all__ = ["BODIES"]


def _text_in(charset: str, transfer: str) -> Callable[[str], bytes]:
    """A plain text with the given charset and transfer encoding."""

    def make(text: str) -> bytes:
        octets = f"Grüße, {text}, und bis bald.\r\n".encode(charset, "replace")
        if transfer == "base64":
            octets = base64.encodebytes(octets)
        elif transfer == "quoted-printable":
            octets = quopri.encodestring(octets)
        elif transfer == "x-uuencode":
            octets = uuencoded(octets, "text.txt")
        head = (
            f"Content-Type: text/plain; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {transfer}\r\n"
        )
        return mail(octets, head)

    return make


def _soft_broken(text: str) -> bytes:
    """Quoted-printable with a soft break after each third character."""
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    octets = b"=\r\n".join(quopri.encodestring(p.encode()).strip() for p in pieces)
    head = f"{PLAIN}Content-Transfer-Encoding: quoted-printable\r\n"
    return mail(octets, head)


def _junk_in_base64(text: str) -> bytes:
    """Base64 with blanks, stars and line breaks where none should be."""
    encoded = base64.b64encode(f"Hello {text}!".encode()).decode()
    octets = "*\r\n ".join(encoded[i : i + 5] for i in range(0, len(encoded), 5))
    return mail(octets, f"{PLAIN}Content-Transfer-Encoding: base64\r\n")


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
    Spot(
        f"text {charset} {transfer}",
        _text_in(charset, transfer),
        ("text",),
        multiline=True,
    )
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

# A blank ends the value.
_ONE_WORD = {"html attribute without quotes", "html srcset"}

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
    *(
        Spot(
            name,
            _html(form),
            ("html",),
            blanks=name not in _ONE_WORD,
        )
        for name, form in _HTML_FORMS.items()
    ),
    Spot("html tag name", _html("<x-{}>x</x-{}>"), ("html",), verbatim=False),
]
