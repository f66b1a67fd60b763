"""A letter's HTML made harmless to look at: it loads nothing, runs nothing, leads
nowhere.

The frame it is shown in allows none of that anyway: it is sandboxed, and its policy
forbids every load. Taken out as well, nothing is even tried, and what was there can be
told. Pictures that travel with the letter are put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote, unquote

import attrs

from safesend.checks.html_links import link_place
from safesend.checks.markup import Token, attributes, tokens

__all__ = ["POLICY", "Inert", "inert"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the letter's own document may load (CSP): what stands in it, and no more."""

_HEAD = (
    "<!doctype html>"
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY};'
    " base-uri 'none'; form-action 'none'\">"
    "<style>html{background:#fff;color:#000;color-scheme:light}"
    "a[data-leads-to]{color:#06c;text-decoration:underline;cursor:help}</style>"
)
# With what is in them; what is left of the others is their content.
_DROPPED_WHOLE = frozenset({"script", "iframe", "noembed", "noframes"})
_DROPPED = frozenset(
    {
        *("applet", "base", "embed", "frame", "frameset", "link", "meta", "object"),
        *("plaintext", "portal"),
        *_DROPPED_WHOLE,
    }
)
_RENAMED = {"form": "div"}
_TAG = re.compile(r"[a-z][a-z0-9:_.-]{0,60}", re.ASCII)
_NAME = re.compile(r"[a-z_:][a-z0-9:_.-]{0,60}", re.ASCII)
# What would act by itself, take the focus or a key.
_ACTS = re.compile(r"on.*|autofocus|accesskey|autoplay|target|download|srcdoc|ping")
# Each alternative matches to its end, so that nothing is looked at twice.
_CSS_LOADS = re.compile(
    r"@import\s*(?:url\(\s*)?[\"']?(?P<import>[^\"');{}]*)[^;{}]*;?"
    r"|\burl\(\s*(?:\"([^\"]*)(?:\"|\Z)|'([^']*)(?:'|\Z)|([^\s)\"';]*))\s*\)?",
    re.IGNORECASE,
)


@attrs.frozen
class Inert:
    """The letter as a document of its own, and what it would have done elsewhere."""

    html: str
    remote: tuple[str, ...] = ()
    """What it loads from elsewhere: URLs, each once."""
    missing: tuple[str, ...] = ()
    """Content ids of pictures that do not travel with it."""
    links: tuple[str, ...] = ()
    """Where its links lead, each once."""
    active: tuple[str, ...] = ()
    """Tags with which it would do something: scripts, forms, frames."""


@attrs.define
class _Reader:
    """Writes the tokens of a letter anew."""

    pictures: Mapping[str, str]
    remote: dict[str, None] = attrs.field(factory=dict)
    missing: dict[str, None] = attrs.field(factory=dict)
    links: dict[str, None] = attrs.field(factory=dict)
    active: dict[str, None] = attrs.field(factory=dict)

    def written(self, token: Token) -> str:
        match token.kind:
            case "text":
                return token.text.replace("<", "&lt;")
            case "raw":
                return self._raw(token)
            case "start" if _TAG.fullmatch(token.name):
                return self._start(token)
            case "end" if token.name not in _DROPPED and _TAG.fullmatch(token.name):
                return f"</{_RENAMED.get(token.name, token.name)}>"
            case _:  # comments and declarations say nothing to a reader
                return ""

    def _raw(self, token: Token) -> str:
        if token.name in _DROPPED_WHOLE:
            return ""
        return self._css(token.text) if token.name == "style" else token.text

    def _start(self, token: Token) -> str:
        given = list(attributes(token.text))
        tag = token.name
        if tag in _DROPPED or tag in _RENAMED:
            self._note_active(tag, dict(given))
        if tag in _DROPPED:
            return ""
        kept = [pair for name, value in given for pair in self._kept(tag, name, value)]
        inside = "".join(f' {name}="{escape(value)}"' for name, value in kept)
        end = "/" if token.text.rstrip().endswith("/") else ""
        return f"<{_RENAMED.get(tag, tag)}{inside}{end}>"

    def _note_active(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "link" and "stylesheet" in given.get("rel", "").lower():
            self.remote[given.get("href", "")] = None
        elif tag == "meta":
            if given.get("http-equiv", "").lower() == "refresh":
                self.active["meta refresh"] = None
        elif tag not in ("base", "link", "plaintext"):
            self.active[tag] = None

    def _kept(self, tag: str, name: str, value: str) -> Iterator[tuple[str, str]]:
        if _ACTS.fullmatch(name) or not _NAME.fullmatch(name):
            return
        place = link_place(tag, name, {})
        if place == "link":
            self.links[value.strip()] = None
            yield "data-leads-to", value
            yield "title", value
        elif place == "picture" and name not in ("srcset", "imagesrcset"):
            yield name, self._picture(value)
        elif name == "style":
            yield name, self._css(value)
        elif not place:
            yield name, value

    def _picture(self, url: str) -> str:
        """What is shown for a picture: itself, if it travels with the letter."""
        url = url.strip()
        if not url:
            return ""
        scheme, _, rest = url.partition(":")
        match scheme.lower():
            case "data":
                return url
            case "cid":
                cid = unquote(rest)
                if cid in self.pictures:
                    return self.pictures[cid]
                self.missing[cid] = None
                return _placeholder("not in this letter")
            case _:
                self.remote[url] = None
                return _placeholder("remote: not loaded")

    def _css(self, css: str) -> str:
        return _CSS_LOADS.sub(self._css_load, css)

    def _css_load(self, hit: re.Match[str]) -> str:
        url = (hit[2] or hit[3] or hit[4] or "").strip()
        if hit["import"] is not None:
            self.remote[hit["import"].strip()] = None
            return ""
        scheme, _, rest = url.partition(":")
        if scheme.lower() == "data":
            return hit[0]
        if scheme.lower() == "cid":
            cid = unquote(rest)
            if cid in self.pictures:
                return f'url("{self.pictures[cid]}")'
            self.missing[cid] = None
        elif url and not url.startswith("#"):
            self.remote[url] = None
        return "none"


def inert(html: str, pictures: Mapping[str, str]) -> Inert:
    """The letter without what acts or loads. Never raises.

    `pictures` are the data: URLs of those that travel with it, by content id.
    """
    reader = _Reader(pictures)
    body = "".join(map(reader.written, tokens(html)))
    return Inert(
        _HEAD + body,
        tuple(reader.remote),
        tuple(reader.missing),
        tuple(reader.links),
        tuple(reader.active),
    )


def _placeholder(words: str) -> str:
    """A grey picture with words in it."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="220" height="56">'
        '<rect width="220" height="56" fill="#eceae4" stroke="#8a857a"'
        ' stroke-dasharray="4 3"/><text x="110" y="33" font-family="sans-serif"'
        f' font-size="13" fill="#5b574e" text-anchor="middle">{words}</text></svg>'
    )
    return "data:image/svg+xml," + quote(svg)
