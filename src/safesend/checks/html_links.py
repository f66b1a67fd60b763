"""Which attributes of HTML are URLs, of what kind, and what a data: URL holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

import attrs

from safesend.checks.transfer import from_base64

__all__ = ["Embedded", "css_urls", "embedded", "link_place", "refresh_url", "urls"]

_SETS = frozenset({"imagesrcset", "srcset"})
_PICTURES = _SETS | {"background", "dynsrc", "icon", "lowsrc", "poster"}
_OTHERS = {"cite", "classid", "codebase", "longdesc", "manifest", "ping", "profile"}
_FRAMES = {"embed", "frame", "iframe", "object", "portal"}
_ANCHORS = {"a", "area"}

_BLANKS = re.compile(r"[\t\n\r\f]+")
_DENSITY = re.compile(r"[\d.]{1,20}[wxh]", re.IGNORECASE)
# Each of these matches to its end, so that no URL is looked at twice.
_CSS = re.compile(
    r"(?:\burl\(\s*|@import\s+(?!url))"
    r"(?:\"([^\"]*)(?:\"|\Z)|'([^']*)(?:'|\Z)|([^\s)\"';]*))",
    re.IGNORECASE,
)
_REFRESH = re.compile(
    r"[\s\d.,;]{0,50}(?:url\s{0,20}=)?\s{0,20}['\"]?(.*)", re.DOTALL | re.IGNORECASE
)
_DATA = re.compile(r"data:([^,;\s]{0,100})((?:;[^,;]{0,200}){0,9}),", re.IGNORECASE)
_SHOWN = 200


def link_place(tag: str, name: str, attributes: Mapping[str, str]) -> str:
    """What is at the URL in this attribute: "link", "picture", "style", "frame",
    "form", "script" or "other"; "" if it is no URL.
    """
    if name in _PICTURES:
        return "picture"
    if name in ("action", "formaction"):
        return "form"
    if name in ("href", "xlink:href"):
        return _of_href(tag, attributes)
    if name == "src":
        frame = "frame" if tag in _FRAMES else "picture"
        return "script" if tag == "script" else frame
    if name == "data":
        return "frame" if tag == "object" else ""
    return "other" if name in _OTHERS else ""


def _of_href(tag: str, attributes: Mapping[str, str]) -> str:
    if tag in _ANCHORS:
        return "link"
    if tag == "link":
        relation = attributes.get("rel", "").lower()
        if "stylesheet" in relation:
            return "style"
        return "picture" if "icon" in relation else "other"
    return "picture" if tag in ("feimage", "image") else "other"


def urls(name: str, value: str) -> Iterator[str]:
    """The URLs of an attribute, as they stand, without line breaks.

    A list for pictures of several sizes has more than one.
    """
    if name not in _SETS:
        yield _BLANKS.sub("", value).strip()
        return
    for word in value.split():
        url = word.strip(",")
        if url and not _DENSITY.fullmatch(url):
            yield url


def css_urls(css: str) -> Iterator[str]:
    """What a style sheet or a style attribute loads."""
    for hit in _CSS.finditer(css):
        url = (hit[1] or hit[2] or hit[3] or "").strip()
        if url:
            yield url


def refresh_url(content: str) -> str:
    """Where `<meta http-equiv=refresh content="0; url=...">` leads; or ""."""
    found = _REFRESH.match(content)
    return found[1].strip().rstrip("'\"") if found else ""


@attrs.frozen
class Embedded:
    """A file in a URL: its declared type, its content, and how the URL begins."""

    type: str
    content: bytes = attrs.field(repr=False)
    head: str


def embedded(url: str) -> Embedded | None:
    """The file in a data: URL (RFC 2397); None if it is another URL."""
    found = _DATA.match(url)
    if found is None:
        return None
    rest = unquote_to_bytes(url[found.end() :])
    if found[2].lower().rstrip().endswith(";base64"):
        rest = from_base64(rest.translate(bytes.maketrans(b"-_", b"+/")))
    return Embedded(found[1].lower(), rest, found[0][:_SHOWN])
