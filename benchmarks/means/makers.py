"""Those who make a message of a letter and a person's values, one after the other."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP, compat32
from email.utils import formatdate, make_msgid
from typing import Any

import attrs

from benchmarks import letter
from benchmarks.means.letters import FILE_NAME, has_logic

__all__ = ["MAKERS", "Maker"]

_DATE = 1_800_000_000.0
_LEGACY = compat32.clone(linesep="\r\n")

Values = dict[str, str]


@attrs.frozen
class Maker:
    """`taken` turns values into what `make` takes; only `make` is timed."""

    make: Callable[[Any], Sequence[bytes]]
    """The octets for the wire, in one piece or several."""
    taken: Callable[[Values], Any] = dict


def _filler(source: letter.Letter) -> Callable[[str, Values], str]:
    """How a program puts values into a text: replaced, or rendered by Jinja2."""
    if not has_logic(source):
        return letter.filled
    from jinja2 import Environment

    plain, marked = Environment(autoescape=False), Environment(autoescape=True)
    compiled = {
        text: (marked if text is source.html else plain).from_string(text)
        for text in (source.subject, source.text, source.html)
    }
    return lambda text, values: compiled[text].render(values)


def _headed(message: Any, subject: Any, person: str) -> None:
    message["From"], message["To"], message["Subject"] = letter.SENDER, person, subject
    # RFC 5322 section 3.6: a Date must and a Message-ID should be there; safesend
    # writes both, so the same work is done here.
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="example.org")


def _email_message(source: letter.Letter, file: bytes | None) -> Maker:
    """As the examples of the module `email` do it."""
    fill = _filler(source)

    def make(values: Values) -> Sequence[bytes]:
        message = EmailMessage()
        _headed(message, fill(source.subject, values), values["email"])
        message.set_content(fill(source.text, values))
        message.add_alternative(fill(source.html, values), subtype="html")
        if file is not None:
            message.add_attachment(
                file,
                maintype="application",
                subtype="octet-stream",
                filename=FILE_NAME,
            )
        return (message.as_bytes(policy=SMTP),)

    return Maker(make)


def _mime(source: letter.Letter, file: bytes | None) -> Maker:
    """As programs did it before Python 3.6, and many still do."""
    fill = _filler(source)

    def make(values: Values) -> Sequence[bytes]:
        texts = MIMEMultipart("alternative")
        message = texts if file is None else MIMEMultipart("mixed")
        subject = Header(fill(source.subject, values), "utf-8")
        _headed(message, subject, values["email"])
        texts.attach(MIMEText(fill(source.text, values), "plain", "utf-8"))
        texts.attach(MIMEText(fill(source.html, values), "html", "utf-8"))
        if file is not None:
            attached = MIMEApplication(file)
            attached.add_header("Content-Disposition", "attachment", filename=FILE_NAME)
            message.attach(texts)
            message.attach(attached)
        return (message.as_bytes(policy=_LEGACY),)

    return Maker(make)


def _ours(source: letter.Letter, file: bytes | None, *, sealed: bool) -> Maker:
    """Compiled once; composed, or composed and read again by the byte gate."""
    from safesend import Address, Attachment, Recipient, Template
    from safesend.engine.prepare import Preparer
    from safesend.message.compile import Letterhead, compile_message
    from safesend.message.compose import compose
    from safesend.message.headers import format_date
    from safesend.message.identity import CampaignKey

    files = [] if file is None else [Attachment.from_bytes(file, name=FILE_NAME)]
    template = Template(
        source.subject, text=source.text, html=source.html, attachments=files
    )
    sender = Address.parse(letter.SENDER, name_allowed=True)
    head = Letterhead(sender=sender, message_id_domain="example.org")
    compiled = compile_message(template, head)
    key = CampaignKey(bytes(32), "composing")
    preparer = Preparer(compiled, key)
    date = format_date(dt.datetime.fromtimestamp(_DATE, dt.UTC))

    def taken(values: Values) -> Recipient:
        others: dict[str, Any] = dict(values)
        return Recipient(others.pop("email"), **others)

    if sealed:
        return Maker(lambda one: preparer.envelope(one, _DATE).segments, taken)
    return Maker(lambda one: compose(compiled, one, key, date).segments, taken)


MAKERS: dict[str, Callable[[letter.Letter, bytes | None], Maker]] = {
    "email": _email_message,
    "mime": _mime,
    "composed": functools.partial(_ours, sealed=False),
    "sealed": functools.partial(_ours, sealed=True),
}
