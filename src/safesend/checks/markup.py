"""HTML source -> tokens, each octet of it in one of them, in linear time.

The tags are found as in `safesend.message.html_to_text`; but nothing is left out here,
for what a page does not show stands in its source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import attrs

__all__ = ["Token", "attributes", "looks_like_html", "tokens", "unescaped"]

# Inside the atomic group nothing can fail, so nothing is tried twice.
_TOKEN = re.compile(
    r"""
      (?P<text>[^<]++)
    | <!--(?P<comment>-?(?=>)|(?>.*?(?=--!?>|\Z)))(?:--!?>|>|\Z)
    | <!\[CDATA\[(?P<cdata>(?>.*?(?=\]\]>|\Z)))(?:\]\]>|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][^\s/>]*+)
       (?P<attrs>(?>(?:[^>=]+|=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))?)*))
       (?P<close>>|\Z)
    | <(?P<declaration>[!?/][^>]*+)(?:>|\Z)
    | (?P<lone><)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>]*+)))?"""
)
# Their content is no markup (HTML 13.1.2): it ends where their own end tag begins.
_RAW = frozenset(
    {"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"}
)
_LEADING_ZEROS = re.compile(r"&#([xX]?)0{2,}(?=[0-9a-fA-F])")
_ENDLESS = re.compile(r"&#[0-9]{10,};?")
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|table|tr|td|div|p|br|span|b|i|a|img|style"
    r"|meta|font|center|h[1-6]|ul|ol|li)(?:\s[^<>]{0,2000}|/)?>",
    re.IGNORECASE,
)


@attrs.frozen
class Token:
    """A piece of source and where it begins.

    `kind` is "text", "start", "end", "comment", "cdata", "declaration" or "raw" (the
    content of a script, style or title). `name` is the tag's in lower case; `text` what
    stands in it: of a tag, its attributes. `open`: the source ends before the tag does.
    """

    kind: str
    name: str
    text: str = attrs.field(repr=False)
    offset: int
    open: bool = False


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a source in their order. Never raises."""
    at, unclosed = 0, set[str]()
    while hit := _TOKEN.match(source, at):
        token = _token(hit)
        yield token
        at = hit.end()
        name = token.name
        if token.kind == "start" and name in _RAW and name not in unclosed:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
            if end is None:
                # Nobody knows where it ends; what follows is read as markup.
                unclosed.add(name)
            else:
                yield Token("raw", name, source[at : end.start()], at)
                at = end.start()


def _token(hit: re.Match[str]) -> Token:
    if hit["tag"] is not None:
        kind = "end" if hit["end"] else "start"
        name = hit["tag"].lower()
        return Token(kind, name, hit["attrs"], hit.start(), not hit["close"])
    for kind in ("comment", "cdata", "declaration"):
        if hit[kind] is not None:
            return Token(kind, "", hit[kind], hit.start())
    return Token("text", "", hit["text"] or "<", hit.start())


def attributes(text: str) -> Iterator[tuple[str, str]]:
    """Names in lower case and decoded values, repeated ones as well."""
    for hit in _ATTRIBUTE.finditer(text):
        yield hit[1].lower(), unescaped(hit[2] or hit[3] or hit[4] or "")


def unescaped(text: str) -> str:
    """The text without character references. Never raises.

    The standard library refuses references of thousands of digits, which a browser
    reads: leading zeros mean nothing, and no character has so high a number.
    """
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:
        shorter = _LEADING_ZEROS.sub(r"&#\g<1>", text)
        return html.unescape(_ENDLESS.sub("\ufffd", shorter))


def looks_like_html(text: str) -> bool:
    """Whether a text is the source of a page: it holds one of the usual tags."""
    return "<" in text and _HTML.search(text) is not None
