"""HTML -> plain text: what a person would read of a letter, in order.

The tags are found by an expression of our own and not by `html.parser`: that one
takes quadratic time on broken input before the Python patches of 2025
(CVE-2025-6069) and reads it differently after them. Here every token matches to its
end whatever follows, so the time is linear and nothing is ever raised.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from collections.abc import Iterator

import attrs

from safesend.message.plain_page import Page

__all__ = ["html_to_text", "rendered_to_text", "tokens"]

_TOKEN = re.compile(
    r"""
      (?P<text>[^<]++)
    | <!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<end>/?)(?P<tag>[a-z][^\s/>]*+)
       (?P<attrs>(?>=\s*+"[^"]*+(?:"|\Z)|=\s*+'[^']*+(?:'|\Z)|[^>])*+)(?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)
    | (?P<lone><)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>]*+)))?"""
)
_HIDING = re.compile(
    r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)", re.IGNORECASE
)
_BLANKS = re.compile(r"[\t\n\r\f]")
_RAW = frozenset({"iframe", "noembed", "script", "style", "textarea", "title", "xmp"})
_UNREAD = frozenset(
    {"audio", "canvas", "head", "object", "select", "svg", "template", "video"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
    | {"param", "source", "track", "wbr"}
)
_CONTAINERS = frozenset({"blockquote", "li", "ol", "ul"})
_FAR = ("blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "ul")
_NEAR = (
    "address article aside body caption center dd div dt fieldset figcaption figure"
    " footer form header html legend li main nav section table tbody tfoot thead tr"
)
_MARGINS = dict.fromkeys(_NEAR.split(), 1) | dict.fromkeys(_FAR, 2)
_RULE = "-" * 20

# Two noncharacters of Unicode stand around the number of a placeholder.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_OPENER = re.compile(r"\{[{%#]")
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}


def html_to_text(html: str) -> str:
    """The text of an html source; `{{ ... }}`, `{% ... %}` and `{# ... #}` stay.

    Paragraphs and headings stand apart, list items get a bullet or number, the cells
    of a row are joined by "|", a link is followed by its URL, an image is its
    alternative text. Script, style, head, comments and what is hidden are dropped.
    Never raises.
    """
    plain = html.replace(_OPEN, "").replace(_CLOSE, "")
    places: dict[str, int] = {}
    text = rendered_to_text("".join(_shielded(plain, places)))
    kept = list(places)
    return _PLACE.sub(lambda hit: kept[int(hit[1])], text)


def rendered_to_text(html: str) -> str:
    """`html_to_text` for finished html: braces mean nothing in it."""
    reader = _Reader()
    for hit in tokens(html):
        if hit["tag"] is None:
            reader.text(hit["text"] or hit["lone"] or "")
        elif hit["end"]:
            reader.end(hit["tag"].lower())
        else:
            reader.start(hit["tag"].lower(), hit["attrs"])
    reader.end_link()
    return reader.page.text()


def _shielded(html: str, places: dict[str, int]) -> Iterator[str]:
    """The source with a mark for each placeholder, whose number goes to `places`."""
    done, dead = 0, set[str]()
    for opener in _OPENER.finditer(html):
        if opener.start() < done or opener[0] in dead:
            continue
        end = html.find(_CLOSERS[opener[0]], opener.end())
        if end < 0:
            dead.add(opener[0])
            continue
        yield html[done : opener.start()]
        done = end + 2
        place = places.setdefault(html[opener.start() : done], len(places))
        yield f"{_OPEN}{place}{_CLOSE}"
    yield html[done:]


def tokens(html: str) -> Iterator[re.Match[str]]:
    """The tokens of a source: "tag" with "attrs" ("end": "/" in an end tag), "text".

    What stands in a style or script is no token.
    """
    at = 0
    while hit := _TOKEN.match(html, at):
        yield hit
        at = hit.end()
        if hit["tag"] and not hit["end"] and hit["tag"].lower() in _RAW:
            closing = re.compile(rf"</{hit['tag']}\b", re.IGNORECASE).search(html, at)
            at = closing.start() if closing else len(html)


def _attributes(text: str) -> dict[str, str]:
    """Lower-case names and decoded values; of a repeated name the first counts."""
    found: dict[str, str] = {}
    for hit in _ATTRIBUTE.finditer(text):
        value = hit[2] or hit[3] or hit[4] or ""
        found.setdefault(hit[1].lower(), _decoded(value))
    return found


def _decoded(text: str) -> str:
    try:
        return entities.unescape(text)
    except ValueError:  # a reference of more digits than int() reads
        return text


@attrs.define
class _Reader:
    """Writes what the tags mean on a page."""

    page: Page = attrs.field(factory=Page)
    _skipped: str = ""
    _depth: int = 0
    _verbatim: int = 0
    _fresh: bool = False
    _href: str = ""
    _open: list[str] = attrs.field(factory=list)
    _opened: Counter[str] = attrs.field(factory=Counter)
    _numbers: list[int | None] = attrs.field(factory=list)

    def text(self, text: str) -> None:
        if self._skipped:
            return
        text = _decoded(text)
        if not self._verbatim:
            self.page.words(text)
            return
        # The line end right after <pre> is not part of it (HTML 13.1.2.5).
        skip = self._fresh and text.startswith("\n")
        self._fresh = False
        self.page.verbatim(text[1:] if skip else text)

    def start(self, tag: str, rest: str) -> None:
        if self._skipped and not self._ends_skipping(tag):
            self._depth += tag == self._skipped
            return
        found = _attributes(rest)
        hidden = "hidden" in found or _HIDING.search(found.get("style", ""))
        if not (hidden or tag in _UNREAD or tag in _RAW):
            self._begin(tag, found)
        elif tag not in _VOID:
            self._skipped, self._depth = tag, 1

    def end(self, tag: str) -> None:
        if self._skipped:
            self._depth -= tag == self._skipped
            self._skipped = self._skipped if self._depth else ""
        elif tag == "a":
            self.end_link()
        else:
            self._end_block(tag)

    def end_link(self) -> None:
        href, self._href = self._href, ""
        if not href:
            return
        heard = self.page.heard()
        if not heard:
            self.page.words(href)
        elif heard not in (href, _address_of(href)):
            self.page.append(f" ({_address_of(href)})")

    def _ends_skipping(self, tag: str) -> bool:
        """Whether a tag ends the hidden element that nobody closed."""
        forgotten = (self._skipped == "head" and tag == "body") or (
            self._skipped == "p" and tag in _MARGINS
        )
        if forgotten:
            self._skipped = ""
        return forgotten

    def _begin(self, tag: str, found: dict[str, str]) -> None:
        if tag in _MARGINS:
            self._begin_block(tag, found)
        elif tag == "a":
            self.end_link()
            self._href = _useful(found.get("href", ""))
            self.page.listen()
        elif tag == "br":
            self.page.break_line()
        elif tag in ("td", "th"):
            self.page.cell()
        elif tag == "img":
            self.page.words(f" {found.get('alt', '')} ")
        elif tag == "hr":
            self._rule()

    def _rule(self) -> None:
        self.page.margin(2)
        self.page.words(_RULE)
        self.page.margin(2)

    def _begin_block(self, tag: str, found: dict[str, str]) -> None:
        if tag == "li" and self._open[-1:] == ["li"]:
            self._end_block("li")
        self.page.margin(self._margin_of(tag, len(self._numbers)))
        if tag == "pre":
            self._verbatim, self._fresh = self._verbatim + 1, True
        if tag not in _CONTAINERS:
            return
        self._open.append(tag)
        self._opened[tag] += 1
        if tag == "li":
            marker = self._next_marker()
            self.page.indent(" " * len(marker), marker)
        elif tag == "blockquote":
            self.page.indent("> ")
        else:
            self._numbers.append(_first_number(found) if tag == "ol" else None)

    def _end_block(self, tag: str) -> None:
        if tag in _MARGINS:
            self.page.margin(self._margin_of(tag, len(self._numbers) - 1))
        if tag == "pre":
            self._verbatim = max(0, self._verbatim - 1)
        while self._opened[tag] and tag in _CONTAINERS:
            last = self._open.pop()
            self._opened[last] -= 1
            self._leave(last)
            if last == tag:
                return

    def _leave(self, tag: str) -> None:
        if tag in ("ol", "ul"):
            self._numbers.pop()
        else:
            self.page.outdent()

    def _margin_of(self, tag: str, around: int) -> int:
        """A list in a list stands close to its item; `around` are the lists outside."""
        return 1 if tag in ("ol", "ul") and around > 0 else _MARGINS[tag]

    def _next_marker(self) -> str:
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return "- "
        self._numbers[-1] = number + 1
        return f"{number}. "


def _first_number(found: dict[str, str]) -> int:
    start = found.get("start", "")
    return int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1


def _useful(href: str) -> str:
    """A URL that says something on paper, without white space; else ""."""
    url = _BLANKS.sub("", href).strip().replace(" ", "%20")
    return "" if url.lower().startswith(("#", "javascript:")) else url


def _address_of(href: str) -> str:
    """The address or number of a mailto or tel link; other links as they are."""
    scheme, _, rest = href.partition(":")
    return rest.partition("?")[0] if scheme.lower() in ("mailto", "tel") else href
