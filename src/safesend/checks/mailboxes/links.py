"""A link leads nowhere (M04).

Why: a browser mends much that a mail program does not, and a page gives a place to what
is relative. In a mail "www.example.org" or "http:/example.org" leads to nothing, or to
the reader's own webmail.

Source: RFC 3986, section 3 (the form of a URL), RFC 6068 (mailto:), and WHATWG URL for
what browsers forgive.

What safesend does: it reports empty links, misspelt beginnings (htp://, https//),
missing slashes, blanks, addresses without mailto:, relative ones, scripts and files,
with their line. Where a merge field is the link, it looks at each row and reports the
first for each link. It says nothing of http: where https: may do; nobody can know.

Way out: write the whole address, https:// at its beginning, and try it in a test
message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.mailboxes.page import CHOSEN, FILLED, Element, Page, readable
from safesend.checks.mailboxes.url_form import (
    link_fault,
    looks_whole,
    picture_fault,
)
from safesend.checks.spot import shown
from safesend.message.compose import Composed

__all__ = ["ADVICE", "RowLink", "row_links"]

_FIELD = re.compile(r"\s*\{\{-?\s*([^\W\d]\w*)\s*-?\}\}")
_OWN = "unsubscribe_url"
_LINKS = ("a", "area")


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Every link whose form is wrong in all messages."""
    page = letter.page
    if page is None:
        return
    places = _places(page)
    for one in page.named(*_LINKS):
        href = one.said.get("href")
        if href is None or (href[:1] == "#" and {FILLED, CHOSEN} & {*href}):
            continue
        fault = link_fault(href)
        if href[:1] == "#" and not {href[1:], FILLED, CHOSEN} & places:
            fault = fault or "leads to a place that is not in the letter"
        if fault:
            text = shown(readable(href.strip()))
            yield one.where, f"the link {text!r} {fault}" if text else f"a link {fault}"


def _places(page: Page) -> set[str]:
    """The names to which a link can lead inside of the letter."""
    said = (one.said for one in page.elements)
    names = {place.get(key, "") for place in said for key in ("id", "name")}
    filled = {sign for name in names for sign in (FILLED, CHOSEN) if sign in name}
    return names | filled | {"top"}


@attrs.frozen
class RowLink:
    """A link, or the place of a picture, that begins with a field of the row."""

    field: str
    where: str
    is_picture: bool

    def look(self, composed: Composed) -> tuple[str, str] | None:
        """What is wrong with the value of this row, which is not repeated."""
        value = composed.recipient.fields.get(self.field)
        # One that is empty was not printed, or is refused elsewhere.
        if type(value) is not str or looks_whole(value) or not value.strip():
            return None
        fault = picture_fault(value) if self.is_picture else link_fault(value)
        if not fault:
            return None
        what = "the picture" if self.is_picture else "the link"
        return self.where, f"{what} {{{{ {self.field} }}}} {fault}, in this row"


def row_links(letter: Letter) -> Iterator[RowLink]:
    """Who looks at rows: one for each field that is a link."""
    page, template = letter.page, letter.compiled.template
    if page is None or template.literal:
        return
    fields: Mapping[str, object] = dict.fromkeys(template.parts["html"].fields)
    for one in page.named(*_LINKS, "img"):
        is_picture = one.name == "img"
        field = _field(one, "src" if is_picture else "href")
        if field in fields and field != _OWN:
            yield RowLink(field, one.where, is_picture)


def _field(element: Element, name: str) -> str:
    """The field with which a URL begins, if it is the whole of its host or path."""
    written = element.written.get(name, "")
    found = _FIELD.match(written)
    return (
        found[1] if found and written[found.end() :][:1] in ("", "/", "?", "#") else ""
    )


ADVICE = Advice.of(__doc__, id="M04", look=look)
