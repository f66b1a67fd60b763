"""Mail programs throw parts of the letter away (M08).

Why: scripts, frames and plug-ins are taken out of mails nearly everywhere, forms and
outside style sheets by many programs. A letter with a script looks like an attack.

Source: caniemail.com (html-form, css-at-import); Google's page on the CSS that Gmail
keeps (developers.google.com/gmail/design/css).

What safesend does: it reports each kind of element once, how often it stands there and
in which line first. Scripts that only describe the mail (application/ld+json, which
Gmail reads) pass.

Way out: take them out. Link to a page with the form, the film or the script on it, and
write styles into <style> or, with inline_css, into the tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import Element, Page

__all__ = ["ADVICE"]

_GONE = frozenset(
    {
        "applet",
        "base",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "object",
        "script",
    }
)
_IMPORT = re.compile(r"@import\b", re.IGNORECASE)
_EVENT = re.compile(r"on[a-z]{3,20}")


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Each kind once."""
    found: dict[str, list[int]] = {}
    for kind, line in _all(letter.page) if letter.page else ():
        found.setdefault(kind, []).append(line)
    for kind, lines in found.items():
        often = f" ({len(lines)} times)" if len(lines) > 1 else ""
        yield (
            f"html, line {lines[0]}",
            f"{kind} is left out by many mail programs{often}",
        )


def _all(page: Page) -> Iterator[tuple[str, int]]:
    for one in page.elements:
        kind = _kind(one)
        if kind:
            yield kind, one.line
        if any(map(_EVENT.fullmatch, one.said)):
            yield "what an attribute like onclick does", one.line
    for line, css in page.sheets:
        if _IMPORT.search(css):
            yield "@import", line


def _kind(one: Element) -> str:
    said = one.said
    if one.name == "script" and "ld+json" in said.get("type", "").lower():
        return ""
    if one.name in _GONE:
        return f"<{one.name}>"
    if one.name == "link" and "stylesheet" in said.get("rel", "").lower():
        return "a style sheet elsewhere (<link>)"
    if one.name == "meta" and said.get("http-equiv", "").lower() == "refresh":
        return "<meta http-equiv=refresh>"
    return ""


ADVICE = Advice.of(__doc__, id="M08", look=look)
