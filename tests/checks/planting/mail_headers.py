"""Places of a mail's headers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from checks.planting.message import PLAIN, TEXT, mail, with_entity, word_b
from checks.planting.spot import Spot

__all__ = ["HEADERS"]


def _header(name: str, form: str = "{}") -> Callable[[str], bytes]:
    return lambda text: mail(TEXT, f"{name}: {form.format(text)}\r\n{PLAIN}")


def _word_q(text: str) -> str:
    return (
        "=?iso-8859-1?q?" + "".join(f"={o:02x}" for o in text.encode("latin-1")) + "?="
    )


def _folded(text: str) -> str:
    middle = text.index("@") + 3
    return f"{word_b(text[:middle])}\r\n {word_b(text[middle:])}"


def _continued(text: str) -> bytes:
    """A parameter in pieces (RFC 2231 section 3), the second percent-encoded."""
    middle = len(text) // 2
    escaped = "".join(f"%{octet:02X}" for octet in text[middle:].encode())
    head = (
        "Content-Type: text/plain\r\nContent-Disposition: inline;\r\n"
        f" filename*0*=utf-8''{quote(text[:middle], safe='')};\r\n"
        f" filename*1*={escaped}\r\n"
    )
    return mail(TEXT, head)


def _extended(text: str) -> bytes:
    head = f"Content-Type: text/plain;\r\n name*=utf-8'en'{quote(text, safe='')}\r\n"
    return mail(TEXT, head)


HEADERS = [
    Spot("subject", lambda text: mail(TEXT, subject=f"For {text}"), ("Subject",)),
    Spot(
        "subject in base64 words",
        lambda text: mail(TEXT, subject=word_b(f"For {text}")),
        ("Subject",),
    ),
    Spot(
        "subject in quoted words",
        lambda text: mail(TEXT, subject=_word_q(f"For {text}")),
        ("Subject",),
        verbatim=False,
    ),
    Spot(
        "subject in utf-16 words",
        lambda text: mail(TEXT, subject=word_b(f"For {text}", "utf-16")),
        ("Subject",),
    ),
    Spot(
        "subject broken inside the address",
        lambda text: mail(TEXT, subject=_folded(text)),
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
    Spot("boundary", lambda t: with_entity(_boundary(t)), (), ascii_only=True),
    Spot("content-description", _header("Content-Description"), ()),
    Spot("content-id", _header("Content-ID", "<{}>"), ()),
]


def _boundary(text: str) -> bytes:
    edge = f"= {text}"
    head = f'Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n'
    return f"{head}--{edge}\r\n\r\n{TEXT}\r\n--{edge}--\r\n".encode()
