"""Ready-made messages, as programs make them, and what a standard parser reads."""

from __future__ import annotations

import re
from email import charset, encoders, message_from_bytes, policy
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

PNG = b"\x89PNG\r\n\x1a\n"
_CID = re.compile(r"cid:[^\"'<>()\s]+")


def modern(*, subject="Hello", text="Dear all\n", html=None, files=(), pictures=()):
    """With `EmailMessage`, as the documentation of Python shows it."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "News <news@example.org>"
    message["To"] = "ada@example.net"
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    if pictures:
        shown = message.get_payload()[-1] if text is not None else message
        for name, cid in pictures:
            shown.add_related(PNG, "image", "png", cid=f"<{cid}>", filename=name)
    for name, data in files:
        message.add_attachment(
            data, maintype="application", subtype="pdf", filename=name
        )
    return message


def legacy(
    *, subject="Hello", text="Dear all\n", html=None, files=(), pictures=(),
    coding="utf-8", base64=True,
):  # fmt: skip
    """With the MIME classes, as most programs still do."""

    def part(value, subtype):
        rules = charset.Charset(coding)
        if not base64:
            rules.body_encoding = charset.QP
        one = MIMEText("", subtype, None)
        one.set_payload(value, rules)
        return one

    texts = [part(text, "plain")] if text is not None else []
    if html is not None:
        shown = part(html, "html")
        if pictures:
            related = MIMEMultipart("related")
            related.attach(shown)
            for name, cid in pictures:
                picture = MIMEImage(PNG, "png", name=name)
                picture.add_header("Content-ID", f"<{cid}>")
                picture.add_header("Content-Disposition", "inline", filename=name)
                related.attach(picture)
            shown = related
        texts.append(shown)
    if len(texts) > 1:
        body = MIMEMultipart("alternative")
        for one in texts:
            body.attach(one)
    else:
        [body] = texts
    message = body
    if files:
        message = MIMEMultipart()
        message.attach(body)
        for name, data in files:
            file = MIMEApplication(data, "pdf", encoders.encode_base64)
            file.add_header("Content-Disposition", "attachment", filename=name)
            message.attach(file)
    message["Subject"] = subject
    message["From"] = "News <news@example.org>"
    message["To"] = "ada@example.net"
    return message


def stray(kind="application/pdf", data=b"x", **fields):
    """One part of any kind."""
    part = MIMEBase(*kind.split("/"))
    part.set_payload(data)
    encoders.encode_base64(part)
    for name, value in fields.items():
        part[name.replace("_", "-")] = value
    return part


def octets(*lines):
    """A message by hand."""
    return "\r\n".join(lines).encode()


def as_read(content):
    """What `email` reads: subject, texts, files with type, name and content.

    Content ids are left out: they may be other ones.
    """
    parsed = message_from_bytes(content, policy=policy.default)
    texts, files = {}, []
    for part in parsed.walk():
        assert part.defects == []
        kind = part.get_content_type()
        if part.is_multipart():
            continue
        if part.get_filename() is None and kind in ("text/plain", "text/html"):
            text = part.get_payload(decode=True).decode(part.get_content_charset())
            texts[kind] = _CID.sub("cid:", "\n".join(text.splitlines())).rstrip("\n")
        else:
            data = part.get_payload(decode=True)
            files.append((part.get_filename(), kind, data))
    return str(parsed["subject"]).strip(), texts, sorted(files)
