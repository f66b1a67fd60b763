"""What is wrong with the form of a URL in a mail: it can be relative to nothing."""

from __future__ import annotations

import re
from urllib.parse import unquote

from safesend.checks.mailboxes.page import CHOSEN, FILLED

__all__ = ["link_fault", "looks_whole", "picture_fault"]

_SCHEME = re.compile(r"([a-z][a-z0-9+-]+):(.*)", re.IGNORECASE | re.DOTALL)
_WEB = frozenset({"http", "https"})
_NOT_FOLLOWED = frozenset({"about", "data", "file", "javascript", "vbscript"})
# "htp", "htps", "hhtp", "htttps", "ttp": nobody has schemes of such names.
_NEARLY_WEB = re.compile(r"[htps]{3,8}")
_DOMAIN = (
    r"(?!\S{1,200}\.(?:html?|php|aspx?|pdf|png|jpe?g|gif)(?:[?#]|\Z))"
    r"(?:[\w-]{1,63}\.){1,20}[a-z]{2,24}(?:[/?#:]|\Z)|www\."
)
# What a URL without a scheme is, by how it begins; the last is what is left.
_BARE = tuple(
    (re.compile(form, re.IGNORECASE), fault)
    for form, fault in (
        (r"[a-z]:[\\/]|\\\\", "leads to a file on your own computer"),
        (r"https?[/;.,\\]", "lacks the colon behind https"),
        (r"//", "lacks https: before the two slashes"),
        (r"[^\s@<>/?#]+@[^\s@<>/?#]+\Z", "is an address without mailto: before it"),
        (_DOMAIN, "lacks https:// at its beginning"),
        (r"", "is relative, and a mail stands on no page"),
    )
)
_NOT_IN_HOST = re.compile(r"[\s,;\"'<>\\^`|{}()]|\.\.|\A[.:]|\A\Z")
_HOST = re.compile(r"//([^/?#\\]*)")
_SCHEME_AS_HOST = re.compile(r"https?(?::|\Z)", re.IGNORECASE)
_MAILBOX = re.compile(r"\s*[^\s@<>,;:]+@[^\s@<>,;:]+\s*")
_SVG = re.compile(r"\.svgz?(?:[?#]|\Z)", re.IGNORECASE)
_BREAKS = re.compile(r"[\t\n\r]")
# What is quickly seen to be whole, asked first for the values of rows.
_WHOLE = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:[/?#][^\s\\]*)?",
    re.IGNORECASE,
)


def looks_whole(url: str) -> bool:
    """Whether a link is as it should be; in doubt not."""
    return _WHOLE.fullmatch(url) is not None


def link_fault(href: str) -> str:
    """What is wrong with where a link leads, or ""."""
    url = _plain(href)
    if url in ("", "#"):
        return "leads nowhere"
    if url[0] in (FILLED, CHOSEN, "#"):
        return ""
    scheme, rest = _parted(url)
    if scheme in _WEB:
        return _web_fault(rest)
    if scheme == "mailto":
        return _mailto_fault(rest)
    return _other_fault(scheme, rest)


def picture_fault(src: str) -> str:
    """Why the picture at this URL is not shown, or ""."""
    url = _plain(src)
    scheme, rest = _parted(url)
    if url[:1] in (FILLED, CHOSEN) or scheme == "cid":
        return ""
    if scheme == "data":
        return (
            "stands in the html (data:), where Outlook and some of Gmail do not show it"
        )
    if scheme not in _WEB:
        fault = url and _other_fault(scheme, rest)
        return fault or "names nothing that a mail program loads"
    if _SVG.search(url):
        return "is SVG, which Gmail and Outlook on Windows do not show"
    return _web_fault(rest)


def _plain(url: str) -> str:
    """As browsers take it (WHATWG URL, section 4.4)."""
    return _BREAKS.sub("", url).strip()


def _parted(url: str) -> tuple[str, str]:
    """The scheme in small letters and the rest; "www.example.org:80" has none."""
    found = _SCHEME.fullmatch(url)
    return (found[1].lower(), found[2]) if found else ("", url)


def _other_fault(scheme: str, rest: str) -> str:
    if not scheme:
        return next(fault for form, fault in _BARE if form.match(rest))
    if scheme in _NOT_FOLLOWED:
        return f"begins with {scheme}:, which no mail program follows"
    if _NEARLY_WEB.fullmatch(scheme) and rest.startswith("/"):
        return f"begins with {scheme}: in place of https:"
    return ""


def _web_fault(rest: str) -> str:
    found = _HOST.match(rest)
    if found is None:
        return "lacks a slash behind the colon"
    host = found[1].rpartition("@")[2]
    if _SCHEME_AS_HOST.match(host):
        return "has https:// twice"
    if _NOT_IN_HOST.search(host):
        return "has no server's name that could be one"
    return "has a blank in it (write %20)" if " " in rest else ""


def _mailto_fault(rest: str) -> str:
    if FILLED in rest or CHOSEN in rest:
        return ""
    to, question, _ = rest.partition("?")
    if not to and question:  # RFC 6068 section 2: addresses may stand in "to" as well
        return ""
    mailboxes = unquote(to).split(",")
    if " " not in to and all(map(_MAILBOX.fullmatch, mailboxes)):
        return ""
    return "has no address behind mailto: that could be one"
