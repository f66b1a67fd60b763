"""What a campaign is, as plain values: sender, letter, files, what checks are told.

Files and seeds are parts of their own, named by their SHA-256. Of keys only what tells
them from others is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from safesend.checks.allowance import Allow
from safesend.engine.content.keys import Keys, mark_of
from safesend.engine.content.whole import whole
from safesend.engine.declaration import Declaration
from safesend.errors import LedgerError
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.dkim import Dkim
from safesend.message.recipient import Recipient
from safesend.message.rowdata import pack, unpack
from safesend.message.template import Template
from safesend.message.unsubscribe import Unsubscribe

__all__ = ["LETTER", "letter_of", "values_of"]

_TEXT = (str, type(None))
_FILE = {"name": str, "type": str, "cid": _TEXT, "sha256": str}
_TEMPLATE = {
    "subject": str,
    "text": _TEXT,
    "html": _TEXT,
    "attachments": [_FILE],
    "headers": [{"name": str, "value": str}],
    "reply_to": _TEXT,
    "inline": [_FILE],
    "literal": bool,
}
LETTER: Mapping[str, Any] = {
    "name": str,
    "sender": str,
    "template": _TEMPLATE,
    "message_id_domain": _TEXT,
    "unsubscribe": (*_TEXT, {"url": str, "key": str, "list": str}),
    "envelope_sender": _TEXT,
    "allowed_domains": ([str], type(None)),
    "max_recipients": (int, type(None)),
    "allow": [{"check": str, "reason": str, "place": str}],
    "verify": [{"column": str, "other": str}],
    "public": [str],
    "private": [str],
    "seeds": [str],
    "seed_every": int,
    "redirect_all_to": _TEXT,
    "dkim": [{"domain": str, "selector": str, "key": str}],
}
"""The shape of these values, see `canon`."""

Put = Callable[[bytes], str]
"""Takes a part, and gives its name: its SHA-256 in hexadecimal."""

Get = Callable[[str], bytes]
"""Gives the part of a name."""


def values_of(letter: Declaration, put: Put) -> dict[str, Any]:
    """The plain values of a campaign. Raises `AttachmentError` as reading files does.

    `put` is handed the parts.
    """
    domains = letter.allowed_domains
    return {
        "name": letter.name,
        "sender": _mailbox(letter.sender),
        "template": _template(letter.template, put),
        "message_id_domain": letter.message_id_domain,
        "unsubscribe": _link(letter.unsubscribe),
        "envelope_sender": letter.envelope_sender,
        "allowed_domains": None if domains is None else sorted(domains),
        "max_recipients": letter.max_recipients,
        "allow": [attrs.asdict(one) for one in letter.allow],
        "verify": [{"column": one, "other": other} for one, other in letter.verify],
        "public": [
            _mailbox(one) if isinstance(one, Address) else one for one in letter.public
        ],
        "private": [*letter.private],
        "seeds": [put(pack(whole(seed))) for seed in letter.seeds],
        "seed_every": letter.seed_every,
        "redirect_all_to": _maybe_mailbox(letter.redirect_all_to),
        "dkim": [_signer(one) for one in letter.dkim],
    }


def letter_of(values: Mapping[str, Any], get: Get, keys: Keys) -> Declaration:
    """The campaign of such values, to nobody; `get` is asked for its parts.

    Raises what making one raises, `LedgerError` for a part that is none, and
    `ConfigurationError` where a key is missing.
    """
    taken = dict(values)
    link = taken["unsubscribe"]
    if isinstance(link, dict):
        taken["unsubscribe"] = keys.link(link["url"], link["key"], link["list"])
    return Declaration(
        **taken
        | {
            "template": _template_of(taken["template"], get),
            "audience": (),
            "allow": [Allow(**one) for one in taken["allow"]],
            "verify": [(one["column"], one["other"]) for one in taken["verify"]],
            "seeds": [_seed(get(name)) for name in taken["seeds"]],
            "dkim": [
                keys.signer(one["domain"], one["selector"], one["key"])
                for one in taken["dkim"]
            ],
        }
    )


def _mailbox(address: Address) -> str:
    """A text that is read as this very mailbox."""
    if address.name is None:
        return address.wire
    quoted = re.sub(r'(["\\])', r"\\\1", address.name)
    return f'"{quoted}" <{address.wire}>'


def _maybe_mailbox(address: Address | None) -> str | None:
    return None if address is None else _mailbox(address)


def _link(link: Unsubscribe | str | None) -> Any:
    if not isinstance(link, Unsubscribe):
        return link
    return {"url": link.base_url, "key": link.key.id, "list": link.key.origin}


def _signer(one: Dkim) -> dict[str, str]:
    mark = mark_of(one.key)
    return {"domain": one.domain, "selector": one.selector, "key": mark}


def _template(template: Template, put: Put) -> dict[str, Any]:
    # Its rules are in the html by now, if `inline_css` was wanted.
    headers = template.headers.items()
    return {
        "subject": template.subject,
        "text": template.text,
        "html": template.html,
        "attachments": [_file(file, put) for file in template.attachments],
        "headers": [{"name": name, "value": value} for name, value in headers],
        "reply_to": _maybe_mailbox(template.reply_to),
        "inline": [_file(file, put) for file in template.inline],
        "literal": template.literal,
    }


def _template_of(values: Mapping[str, Any], get: Get) -> Template:
    headers = {one["name"]: one["value"] for one in values["headers"]}
    if len(headers) < len(values["headers"]):
        raise LedgerError("a header of the campaign in the ledger stands there twice")
    files = {
        kind: [_file_of(one, get) for one in values[kind]]
        for kind in ("attachments", "inline")
    }
    return Template(**dict(values) | files | {"headers": headers})


def _file(file: Attachment, put: Put) -> dict[str, Any]:
    return {
        "name": file.name,
        "type": file.content_type,
        "cid": file.cid,
        "sha256": put(file.load()),
    }


def _file_of(values: Mapping[str, Any], get: Get) -> Attachment:
    return Attachment.from_bytes(
        get(values["sha256"]),
        name=values["name"],
        content_type=values["type"],
        cid=values["cid"],
    )


def _seed(octets: bytes) -> Recipient:
    try:
        return unpack(octets)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        reason = "a seed of the campaign in the ledger cannot be read"
    raise LedgerError(reason)
