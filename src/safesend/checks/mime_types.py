"""What a part is to its reader: a text, a page, a mail, or a file."""

from __future__ import annotations

import enum

from safesend.checks.mime_tree import Entity
from safesend.checks.spot import shown

__all__ = ["Role", "charset_of", "name_of", "role_of", "unit_of"]


class Role(enum.Enum):
    """How the content of a part is read."""

    TEXT = enum.auto()
    HTML = enum.auto()
    AMP = enum.auto()
    MAIL = enum.auto()
    HEADERS = enum.auto()
    REPORT = enum.auto()
    FRAGMENT = enum.auto()
    SEALED = enum.auto()
    CALENDAR = enum.auto()
    FILE = enum.auto()


_UNITS = {
    Role.TEXT: "text",
    Role.HTML: "html",
    Role.AMP: "amp",
    Role.MAIL: "attached mail",
    Role.HEADERS: "attached mail",
    Role.REPORT: "delivery report",
    Role.FRAGMENT: "attached mail",
    Role.SEALED: "sealed mail",
    Role.CALENDAR: "calendar",
}
_BODIES = {Role.TEXT, Role.HTML, Role.AMP}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}

# Whatever the disposition says.
_ALWAYS = {
    "message/rfc822": Role.MAIL,
    "message/global": Role.MAIL,
    "message/news": Role.MAIL,
    "message/partial": Role.FRAGMENT,
    "message/external-body": Role.HEADERS,
    "message/global-headers": Role.HEADERS,
    "text/rfc822-headers": Role.HEADERS,
}
# What a reader sees at once, unless it is attached.
_SHOWN = {
    "text/html": Role.HTML,
    "text/enriched": Role.HTML,
    "text/richtext": Role.HTML,
    "application/xhtml+xml": Role.HTML,
    "text/x-amp-html": Role.AMP,
    "text/watch-html": Role.AMP,
    "text/calendar": Role.CALENDAR,
    "application/ics": Role.CALENDAR,
}

_NAMES = {
    "text/calendar": "invitation.ics",
    "application/ics": "invitation.ics",
    "text/vcard": "card.vcf",
    "text/x-vcard": "card.vcf",
    "text/directory": "card.vcf",
    "text/csv": "table.csv",
    "text/tab-separated-values": "table.tsv",
    "text/xml": "file.xml",
    "application/xml": "file.xml",
    "application/json": "file.json",
    "application/ld+json": "file.json",
    "application/pdf": "file.pdf",
    "application/zip": "file.zip",
    "application/rtf": "file.rtf",
    "text/rtf": "file.rtf",
    "application/ms-tnef": "winmail.dat",
    "application/pgp-keys": "key.asc",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "image/jpeg": "picture.jpg",
    "image/png": "picture.png",
    "image/gif": "picture.gif",
    "image/svg+xml": "picture.svg",
}


def role_of(entity: Entity) -> Role:
    """The role of a part that is no multipart.

    Texts and pages that are attached, and whatever is not known, are files: those are
    told by their content, for their declared type may be wrong.
    """
    kind = entity.type
    if kind in _SEALED:
        smime = next(iter(entity.parameter("smime-type")), "").lower()
        return Role.FILE if smime == "certs-only" else Role.SEALED
    always = Role.REPORT if kind.startswith("message/") else None
    if role := _ALWAYS.get(kind, always):
        return role
    if entity.disposition == "attachment":
        return Role.FILE
    inline = kind == "text/plain" and (
        entity.disposition == "inline" or not entity.names()
    )
    return Role.TEXT if inline else _SHOWN.get(kind, Role.FILE)


def unit_of(entity: Entity) -> str:
    """How a person would call a part: "html", "attachment 'a.pdf'"."""
    if entity.type.startswith("multipart/"):
        return "multipart"
    role = role_of(entity)
    name = shown(next(iter(entity.names()), ""))
    if role in _BODIES or (role in _UNITS and not name):
        return _UNITS[role]
    picture = entity.type.startswith("image/") and (
        entity.disposition == "inline" or bool(entity.headers.get("content-id"))
    )
    what = "picture" if picture else "attachment"
    return f"{what} '{name}'" if name else f"{what} without a name ({entity.type})"


def charset_of(entity: Entity) -> str:
    """The declared charset, or ""."""
    return next(iter(entity.parameter("charset")), "")


def name_of(kind: str) -> str:
    """A file name for a part that has none, by its type; or ""."""
    return _NAMES.get(kind, "")
