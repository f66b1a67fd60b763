"""The ways off the list that a template writes by itself, into List-Unsubscribe (pure).

RFC 2369 section 3.2 and RFC 8058 section 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import attrs

from safesend.message.unsubscribe import PLACE

__all__ = ["WaysToLeave", "ways_to_leave"]

_HEADER, _ONE_CLICK = "list-unsubscribe", "list-unsubscribe-post"
_FIELD, _LOGIC = re.compile(r"\{\{.*?\}\}"), re.compile(r"\{%.*?%\}")
_URI = re.compile(r"<([^<>]*)>")
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?][!-;=?-~]*)?")
_MAILTO = "mailto:"
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@attrs.frozen(kw_only=True)
class WaysToLeave:
    """What a List-Unsubscribe header offers.

    `link` has `{token}` where a row has a value of its own; `one_click`: programs may
    post to it. `mailbox` is the domain of the address to write to.
    """

    link: str | None = None
    one_click: bool = False
    mailbox: str | None = None


def ways_to_leave(headers: Mapping[str, str]) -> WaysToLeave:
    """What the headers of a template offer, by the sources of their values."""
    given = {name.lower(): value for name, value in headers.items()}
    source = _LOGIC.sub("", _FIELD.sub(PLACE, given.get(_HEADER, "")))
    uris = [uri.strip() for uri in _URI.findall(source)]
    link = next(filter(_is_link, uris), None)
    return WaysToLeave(
        link=link,
        one_click=link is not None and _ONE_CLICK in given,
        mailbox=next(filter(None, map(_domain, uris)), None),
    )


def _is_link(uri: str) -> bool:
    if not _LINK.fullmatch(uri):
        return False
    try:
        return urlsplit(uri).port != 0
    except ValueError:  # beyond 65535
        return False


def _domain(uri: str) -> str:
    """The domain of the mailbox that a mailto: URI names first; "": it names none."""
    if not uri.lower().startswith(_MAILTO):
        return ""
    addresses = unquote(uri[len(_MAILTO) :].partition("?")[0])
    domain = addresses.partition(",")[0].rpartition("@")[2].strip()
    return domain.lower() if _DOMAIN.fullmatch(domain) else ""
